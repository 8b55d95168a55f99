"""Secrets that templates send with their requests for live data: variables of the environment, by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from dotenv import dotenv_values

from server.errors import SignetError

# With these the server itself purges CloudFront.
_OWN = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


class SecretUnavailable(SignetError):  # noqa: N818 - says what is wrong
    """A template asks for a secret that this server does not have, or does not give."""

    status = 502
    code = "secret-unavailable"
    title = "Secret unavailable"


class Secrets:
    """Gives secrets whose names match a pattern; never one of the server's own settings."""

    def __init__(self, patterns: Sequence[str] = ("*",), environment: Mapping[str, str | None] | None = None) -> None:
        """`patterns` as a shell has them (`STATS_*`); without `environment` that of this process and its .env file."""
        self._patterns = tuple(patterns)
        found = {**dotenv_values(".env"), **os.environ} if environment is None else environment
        self._values = {name: value for name, value in found.items() if value and self._is_open(name)}

    def resolve(self, name: str) -> str:
        """The value of a secret.

        Raises:
            SecretUnavailable: there is none of this name, no pattern admits it, or it can't stand in a header.
        """
        value = self._values.get(name, "").strip()
        if not self._is_open(name):
            raise _unavailable(name, "no pattern in SIGNET_BINDING_SECRETS admits it")
        if not value:
            raise _unavailable(
                name, "it is not set; set it in the server's environment or .env file and start it again"
            )
        if not value.isprintable() or not value.isascii():
            raise _unavailable(name, "it has characters that no header can carry: line breaks, or others than ASCII")
        return value

    def _is_open(self, name: str) -> bool:
        own = name in _OWN or (name.startswith("SIGNET_") and not name.startswith("SIGNET_SECRET_"))
        return not own and any(fnmatchcase(name, pattern) for pattern in self._patterns)


def _unavailable(name: str, reason: str) -> SecretUnavailable:
    # Whoever sees a picture need not know which secrets there are.
    return SecretUnavailable(
        "A secret that the template needs is not available.", log_message=f"secret {name}: {reason}"
    )
