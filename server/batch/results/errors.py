"""What keeps results from being given in a form.

SignetError
└── TooManyColumns  422  the rows' values make no table
"""

from __future__ import annotations

from server.errors import SignetError


class TooManyColumns(SignetError):  # noqa: N818 - says what is wrong, as the other errors of the server do
    """Rows of JSON name so many different values that no table has room for them."""

    status, code, title = 422, "too-many-columns", "Too many columns"
