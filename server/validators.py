"""Header values that decide what caches keep: pure functions, no HTTP library.

Sources: RFC 9110 (ETag, If-None-Match), RFC 9111 and 5861 (Cache-Control), RFC 8246 (immutable), RFC 9211
(Cache-Status), W3C Server Timing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

YEAR: Final = 31_536_000
CACHE_NAME: Final = "Signet"
EMAIL_LIVE: Final = "no-cache, max-age=0"
"""Cache-Control of pictures that mail programs must ask for at every opening."""

LIVE_CDN_SECONDS: Final = 60
"""Longest that a CDN may show a picture that mail programs must ask for at every opening."""

COMMON_TAG: Final = "signet"
"""The surrogate key that all pictures have, so that all of them can be purged without what else a CDN keeps."""

Forward = Literal["miss", "uri-miss", "stale", "partial", "bypass", "request"]

_ENTITY_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"|([^\s,"]+)')
_ETAG_KEY: Final = re.compile(r"[\x21\x23-\x7e]+")
_TAGGED_KEY: Final = 200  # characters; whoever asks chooses the key, and headers have to stay short
_NOT_IN_TAG: Final = re.compile(r"[^A-Za-z0-9_.:/-]")
_NOT_IN_TOKEN: Final = re.compile(r"[^A-Za-z0-9!#$%&'*+.^_`|~-]")


def etag(key: str) -> str:
    """The strong entity tag of a render key.

    Raises:
        ValueError: the key holds characters that no entity tag may hold (RFC 9110 section 8.8.3).
    """
    if not _ETAG_KEY.fullmatch(key):
        raise ValueError(f"{key[:80]!r} can't be an entity tag: visible ASCII without quotation marks only")
    return f'"{key}"'


def if_none_match(header: str | None, tag: str) -> bool:
    """Whether the client already holds the representation with entity tag `tag` (to be answered 304).

    Compares weakly (RFC 9110 section 13.1.2): `W/` is ignored, since caches that compress mark tags as weak. Malformed
    members match nothing and spoil nothing; a tag whose quotation marks were lost on the way still counts.
    """
    if not header:
        return False
    if header.strip() == "*":
        return True
    opaque = tag.removeprefix("W/").strip('"')
    return any((quoted or bare) == opaque for quoted, bare in _ENTITY_TAG.findall(header))


def cache_control(
    max_age: int,
    *,
    stale_while_revalidate: int = 0,
    stale_if_error: int = 0,
    pinned_and_static: bool = False,
    email_live: bool = False,
) -> str:
    """Cache-Control of a picture; all times in seconds, zero or less leaves a directive out.

    A picture of a pinned version without live data never changes: a year, `immutable`. `email_live` wins over all.
    `s-maxage` and `must-revalidate` are never sent, because large CDNs stop serving stale when they see either.
    """
    if email_live:
        return EMAIL_LIVE
    if pinned_and_static:
        return f"public, max-age={YEAR}, immutable"
    directives = [f"public, max-age={max(0, max_age)}"]
    if stale_while_revalidate > 0:
        directives.append(f"stale-while-revalidate={stale_while_revalidate}")
    if stale_if_error > 0:
        directives.append(f"stale-if-error={stale_if_error}")
    return ", ".join(directives)


def live_cdn_headers(seconds: int) -> dict[str, str]:
    """What caches of ours may do with a picture that mail programs' proxies must not keep: show it while it is right.

    `CDN-Cache-Control` (RFC 9213) is read by Cloudflare and others, `Surrogate-Control` by Fastly; who knows neither
    obeys Cache-Control. So a mail to a million readers is not a million requests. `seconds` is how long it stays right.
    """
    if seconds <= 0:
        return {}
    lifetime = f"max-age={min(seconds, LIVE_CDN_SECONDS)}"
    return {"CDN-Cache-Control": lifetime, "Surrogate-Control": lifetime}


def cache_tags(template: str, bindings: Iterable[str] = (), experiment: str | None = None) -> tuple[str, ...]:
    """What a picture depends on, to purge by: `template:article`, `binding:article/stats`, `experiment:hero`."""
    tags = [f"template:{template}", *sorted(f"binding:{template}/{name}" for name in bindings)]
    if experiment is not None:
        tags.append(f"experiment:{experiment}")
    return tuple(_NOT_IN_TAG.sub("_", tag) for tag in tags)


def binding_tag(template: str, binding: str, key: str = "") -> str:
    """The tag of pictures that show a binding's data, or that of one of its keys; of a long one by how it begins."""
    return _NOT_IN_TAG.sub("_", f"binding:{template}/{binding}" + (f"/{key[:_TAGGED_KEY]}" if key else ""))


def tag_headers(tags: Sequence[str]) -> dict[str, str]:
    """The same tags for Cloudflare, CloudFront, nginx (`Cache-Tag`, commas) and for Fastly (`Surrogate-Key`, spaces).

    Fastly alone has no other way to forget all pictures but to forget everything that it keeps.
    """
    return {"Cache-Tag": ",".join(tags), "Surrogate-Key": " ".join((COMMON_TAG, *tags))} if tags else {}


def cache_status(
    *,
    forward: Forward | None = None,
    stored: bool = False,
    collapsed: bool = False,
    ttl: int | None = None,
    detail: str = "",
) -> str:
    """This cache's member of Cache-Status (RFC 9211): a hit, unless `forward` says why a render was needed.

    `ttl` is the freshness left in seconds, negative if stale; `collapsed` that another request's render was shared.
    """
    parts = [CACHE_NAME, "hit" if forward is None else f"fwd={forward}"]
    if forward is not None and stored:
        parts.append("stored")
    if forward is not None and collapsed:
        parts.append("collapsed")
    if ttl is not None:
        parts.append(f"ttl={ttl}")
    if detail:
        parts.append(f"detail={_NOT_IN_TOKEN.sub('_', detail)}")
    return "; ".join(parts)


def server_timing(durations: Iterable[tuple[str, float]]) -> str:
    """Server-Timing from names and seconds, in the order given; it counts in milliseconds: `render;dur=6.10`."""
    return ", ".join(f"{_NOT_IN_TOKEN.sub('_', name)};dur={seconds * 1000:.2f}" for name, seconds in durations)
