"""Standard Webhooks: signatures of messages that come and go."""

from server.webhooks.signatures import (
    InvalidSignature,
    Message,
    UnusableSecret,
    check_secret,
    new_secret,
    sign,
    verify,
)

__all__ = ["InvalidSignature", "Message", "UnusableSecret", "check_secret", "new_secret", "sign", "verify"]
