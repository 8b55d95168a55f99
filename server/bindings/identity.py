"""What makes two requests for data the same one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

from renderer import HeaderValue, ResolvedRequest, Secret

_ROUNDS: Final = 20_000  # some milliseconds, once for each secret: it must not be guessed from a file's name


class Secrets(Protocol):
    """Where secrets come from: see `server.secrets`."""

    def resolve(self, name: str) -> str:
        """The value of a secret. Raises SignetError."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A request with its secrets in place. `key` (64 hex digits) tells it from all others and gives none away."""

    key: str
    headers: dict[str, str]
    secret_headers: dict[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def redacted(self, text: str) -> str:
        """A text for the log, in case that somebody repeats a secret in an answer.

        Messages quote answers as JSON, and only their beginning: a part of a secret may stand at a quotation's end.
        """
        written = {form for secret in self.secrets for form in (secret, json.dumps(secret)[1:-1])}
        for form in sorted(written, key=len, reverse=True):
            text = text.replace(form, "…")
            for size in range(len(form) - 1, 0, -1):
                text = text.replace(form[:size] + "…", "…")
        return text


def identify(owner: str, request: ResolvedRequest, secrets: Secrets) -> Identified:
    """Fill in the secrets and derive the key; `owner` is template and binding, whose data is nobody else's.

    The values of secrets count in the key, so that a new token never shows what the old one was allowed to see.

    Raises:
        SignetError: a secret that the manifest names is not there.
    """
    headers: dict[str, str] = {}
    secret_headers: dict[str, str] = {}
    used: dict[str, str] = {}
    described: list[object] = [owner, request.method, request.url, (request.body or b"").decode()]
    for name, value in sorted(request.headers.items()):
        used |= {part.name: secrets.resolve(part.name) for part in value.parts if isinstance(part, Secret)}
        hidden = any(isinstance(part, Secret) for part in value.parts)
        (secret_headers if hidden else headers)[name] = _text(value, used)
        described.append([name.lower(), *(_described(part, used) for part in value.parts)])
    key = hashlib.sha256(json.dumps(described, separators=(",", ":")).encode()).hexdigest()
    return Identified(key, headers, secret_headers, tuple(used.values()))


def _text(value: HeaderValue, used: dict[str, str]) -> str:
    return "".join(used[part.name] if isinstance(part, Secret) else part for part in value.parts)


def _described(part: str | Secret, used: dict[str, str]) -> object:
    return [part.name, _digest(used[part.name])] if isinstance(part, Secret) else part


@lru_cache(maxsize=256)
def _digest(secret: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), b"signet.binding", _ROUNDS).hex()
