"""Live data that can't be had.

SignetError
└── BindingUnavailable  502  and neither old data, nor a default, nor a fallback template could stand in for it
OutgoingError
└── BadAnswer
    └── NothingThere         the source has answered, and what it says is that there is no data
"""

# ruff: noqa: N818 - the names say what is wrong, as those of server.errors do

from __future__ import annotations

from server.errors import SignetError
from server.outgoing.errors import BadAnswer


class BindingUnavailable(SignetError):
    """Data that a picture can't do without could not be had."""

    status = 502
    code = "binding-unavailable"
    title = "Live data unavailable"


class NothingThere(BadAnswer):
    """No failure: what was there before is over, so old data must not stand in."""
