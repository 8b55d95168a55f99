"""What is wrong with a push.

SignetError
├── UnknownBinding     404  no such template or binding, or none that takes pushed data
├── PushConflict       412  the data has changed since the caller read it
└── InvalidDelivery    401  a webhook that its sender did not sign, or too long ago
"""

# ruff: noqa: N818 - the names say what is wrong, as those of server.errors do

from __future__ import annotations

from server.errors import SignetError


class UnknownBinding(SignetError):
    """There is no binding of this name that takes pushed data."""

    status = 404
    code = "unknown-binding"
    title = "Unknown binding"


class PushConflict(SignetError):
    """A condition of the request (If-Match, If-None-Match) is not met."""

    status = 412
    code = "push-conflict"
    title = "The data has changed"


class InvalidDelivery(SignetError):
    """A webhook's signature does not belong to its body, or its time is not ours."""

    status = 401
    code = "invalid-delivery"
    title = "Invalid webhook signature"
