"""How long an answer of another server may be used without asking again (RFC 9111 section 4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

MIN_SECONDS: Final = 60
MAX_SECONDS: Final = 86_400
_UNSAID_SECONDS: Final = 3600  # of servers that say nothing, as most that serve plain files

_DIRECTIVE: Final = re.compile(r'([a-z-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;]*)))?', re.IGNORECASE)


def lifetime(headers: Mapping[str, str], *, least: int = MIN_SECONDS, most: int = MAX_SECONDS) -> int:
    """Seconds that an answer stays fresh from now on, never less than `least` or more than `most`.

    `headers` must not regard case. `s-maxage` before `max-age` before `Expires`; `no-store`, `no-cache` and `private`
    count as stale at once; what can't be read does too (RFC 9111 section 4.2.1).
    """
    return max(least, min(most, _said(headers)))


def _said(headers: Mapping[str, str]) -> int:
    directives = {
        name.lower(): quoted or bare for name, quoted, bare in _DIRECTIVE.findall(headers.get("cache-control", ""))
    }
    if not directives.keys().isdisjoint(("no-store", "no-cache", "private")):
        return 0
    for name in ("s-maxage", "max-age"):
        if name in directives:
            return _seconds(directives[name]) - _seconds(headers.get("age", ""))
    if "expires" in headers:
        return _until(headers["expires"], headers.get("date", ""))
    return _UNSAID_SECONDS


def _seconds(text: str) -> int:
    return int(text[:10]) if text.isascii() and text.isdecimal() else 0


def _until(expires: str, date: str) -> int:
    try:
        return int((parsedate_to_datetime(expires) - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):  # TypeError: one has a zone, the other none
        return 0
