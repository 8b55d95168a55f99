"""Signatures by the Standard Webhooks specification, version 1 (symmetric).

Signed is `{id}.{timestamp}.{body}` by HMAC-SHA-256; the header has `v1,` and the base64 of it, several separated by
spaces. A secret is written `whsec_` and the base64 of 24 to 64 bytes. Source: https://www.standardwebhooks.com/
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Final

TOLERANCE: Final = 300
"""Seconds by which a message's time may differ from ours, either way: older ones may be replays."""

_PREFIX: Final = "whsec_"
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class InvalidSignature(Exception):  # noqa: N818 - says what is wrong
    """A message is not genuine, too old, or lacks a header. Its text says which, and nothing about secrets."""


class UnusableSecret(Exception):  # noqa: N818 - says what is wrong
    """A secret is not in the form `whsec_…`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook: its id, which is the same in every delivery, unix seconds of this delivery, and the body."""

    id: str
    timestamp: int
    body: bytes


def new_secret() -> str:
    """A secret that nobody can guess."""
    return _PREFIX + base64.b64encode(token_bytes(32)).decode()


def check_secret(secret: str) -> None:
    """Raises UnusableSecret."""
    _key(secret)


def sign(message: Message, secret: str, *others: str) -> dict[str, str]:
    """The three headers of a delivery, with a signature for each secret. Raises UnusableSecret."""
    signatures = [base64.b64encode(_digest(message, _key(each))).decode() for each in (secret, *others)]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(message.timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: float) -> Message:
    """The message of a genuine delivery; `headers` by lower-case name, `secrets` those that count at present.

    Raises:
        InvalidSignature: a header is missing or malformed, the time is not ours, or no signature belongs to a secret.
        UnusableSecret: one of ours.
    """
    identity, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(identity):
        raise InvalidSignature("The header webhook-id is missing, or no plain text of at most 200 characters.")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise InvalidSignature("The header webhook-timestamp is missing, or no number of seconds.")
    if abs(int(timestamp) - now) > TOLERANCE:
        raise InvalidSignature(f"The header webhook-timestamp is more than {TOLERANCE} seconds away from our time.")
    message = Message(identity, int(timestamp), body)
    expected = [_digest(message, _key(secret)) for secret in secrets]
    given = [_decoded(part) for part in headers.get("webhook-signature", "").split()[:20]]
    # All are compared, whichever matches, so that the time taken tells nothing.
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in given]
    if not any(matches):
        raise InvalidSignature("The header webhook-signature is missing, or does not belong to this body.")
    return message


def _digest(message: Message, key: bytes) -> bytes:
    return hmac.digest(key, f"{message.id}.{message.timestamp}.".encode() + message.body, hashlib.sha256)


def _decoded(part: str) -> bytes:
    version, _, text = part.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # no base64, or no ASCII
        return b""


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or not 16 <= len(key) <= 128:
        raise UnusableSecret(f"a webhook secret is {_PREFIX} and the base64 of 24 to 64 bytes")
    return key
