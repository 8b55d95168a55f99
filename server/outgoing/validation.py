"""Asking whether an answer has changed without having it sent again (RFC 9110 sections 8.8 and 13.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CONDITIONS: Final = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_LONGEST: Final = 1000


def validators_of(headers: Mapping[str, str]) -> dict[str, str]:
    """An answer's validators by lower-case name; `headers` must not regard case.

    Those that can be sent back as they came: visible ASCII, and not so long that the request would be refused.
    """
    found = {name: headers.get(name, "") for name in _CONDITIONS}
    return {
        name: value
        for name, value in found.items()
        if value and len(value) <= _LONGEST and value.isascii() and value.isprintable()
    }


def kept_validators(meta: object) -> dict[str, str]:
    """Validators that were written to a store; those of another version of this program count as none."""
    known = meta if isinstance(meta, dict) else {}
    return {name: value for name, value in known.items() if isinstance(value, str) and name in _CONDITIONS}


def conditions(validators: Mapping[str, str]) -> dict[str, str]:
    """Request headers that spare the body if nothing has changed."""
    return {_CONDITIONS[name]: value for name, value in validators.items()}
