"""Names of secrets in manifests: `env:NAME`."""

from __future__ import annotations

import re

from renderer.errors import SourcePosition, TemplateSyntaxError

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_OWN = "SIGNET_"
_OPEN = "SIGNET_SECRET_"


def secret_name(written: str, position: SourcePosition | None = None) -> str:
    """NAME of `env:NAME`. Raises TemplateSyntaxError for other texts, and for the server's own settings."""
    scheme, _, name = written.partition("env:")
    if scheme or not _NAME.fullmatch(name):
        message = f"{written[:60]!r} is no env:NAME; the name has capital letters, digits and underscores."
        raise TemplateSyntaxError(message, position)
    if name.startswith(_OWN) and not (name.startswith(_OPEN) and name != _OPEN):
        message = f"{name} belongs to the server; secrets for templates are called otherwise, or {_OPEN}…"
        raise TemplateSyntaxError(message, position)
    return name
