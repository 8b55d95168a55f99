"""What makes two requests for data the same one."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from renderer import HeaderValue, ResolvedRequest, Secret

_ROUNDS: Final = 20_000  # some milliseconds, once for each secret: its digest must not be guessed from a file's name


class Secrets(Protocol):
    """Where secrets come from: see `server.secrets`."""

    def resolve(self, name: str) -> str:
        """The value of a secret. Raises SignetError."""


class Identified(NamedTuple):
    """A request with its secrets in place. `key` (64 hex digits) tells it from all others and gives none away."""

    key: str
    headers: dict[str, str]
    secret_headers: dict[str, str]


def identify(owner: str, request: ResolvedRequest, secrets: Secrets) -> Identified:
    """Fill in the secrets and derive the key; `owner` is template and binding, whose data is nobody else's.

    Raises:
        SignetError: a secret that the manifest names is not there.
    """
    headers: dict[str, str] = {}
    secret_headers: dict[str, str] = {}
    described: list[object] = [owner, request.method, request.url, (request.body or b"").decode("utf-8", "replace")]
    for name, value in sorted(request.headers.items()):
        text = _text(value, secrets)
        hidden = any(isinstance(part, Secret) for part in value.parts)
        (secret_headers if hidden else headers)[name] = text
        described.append([name, _digest(text) if hidden else text])
    key = hashlib.sha256(json.dumps(described, separators=(",", ":")).encode()).hexdigest()
    return Identified(key, headers, secret_headers)


def _text(value: HeaderValue, secrets: Secrets) -> str:
    return "".join(secrets.resolve(part.name) if isinstance(part, Secret) else part for part in value.parts)


@lru_cache(maxsize=256)
def _digest(text: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", text.encode(), b"signet.binding", _ROUNDS).hex()
