"""What a picture is refused for.

SignetError
└── BrokenPicture         500  the file is not what it should be; the next attempt renders it anew
"""

# ruff: noqa: N818 - the names say what is wrong, as the other errors of the server do

from __future__ import annotations

from server.errors import SignetError


class BrokenPicture(SignetError):
    """A finished file is torn, or of another format or size than was asked for."""

    status, code, title = 500, "broken-picture", "Broken picture"
