"""What can be wrong with a question about deliveries.

SignetError
└── UnknownDelivery  404
"""

from __future__ import annotations

from server.errors import SignetError


class UnknownDelivery(SignetError):  # noqa: N818 - says what is wrong
    """The batch has no such delivery."""

    status, code, title = 404, "unknown-delivery", "Unknown delivery"
