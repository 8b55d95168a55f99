"""Standard Webhooks: signatures of messages that come and go."""

from server.webhooks.signatures import InvalidSignature, Message, sign, verify

__all__ = ["InvalidSignature", "Message", "sign", "verify"]
