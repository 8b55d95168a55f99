"""Who may call the API: holders of an API key, and in development this machine's own gallery page and tools."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from server.errors import Unauthorized
from server.services import Services

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-real-ip")


def services_of(request: Request) -> Services:
    """The services of the application."""
    services: Services = request.app.state.services
    return services


def holds_key(request: Request) -> bool:
    """Whether the request carries an API key (RFC 6750 section 2.1)."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and services_of(request).api_keys.admit(credentials.strip())


def may_see_urls(request: Request) -> bool:
    """Whether the caller may have signed URLs: key holders may, and in development this machine itself.

    Without a key, three things could make another's request look like one of this machine: a proxy that passes it on,
    a name of elsewhere pointed at 127.0.0.1 (DNS rebinding), and a page of elsewhere whose script calls us from the
    developer's own browser (cross-site request forgery). Each is refused by what it cannot hide.
    """
    if "authorization" in request.headers:
        # Whoever sends credentials means them: a wrong key is never let in by another door.
        return holds_key(request)
    return (
        services_of(request).settings.development
        and request.client is not None
        and request.client.host in _LOOPBACK
        and not any(name in request.headers for name in _FORWARDING)
        and _hostname(f"//{request.headers.get('host', '')}") in _LOOPBACK_HOSTS
        and _of_our_own_page(request)
    )


def _of_our_own_page(request: Request) -> bool:
    """Whether no page of another origin sent it. Tools beside browsers send neither header.

    Browsers since 2023 send Sec-Fetch-Site with every request to loopback (W3C Fetch Metadata); older ones send Origin
    with everything but GET and HEAD, whose answers no other page can read.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def require_sight(request: Request) -> Services:
    """The services, if the caller may have signed URLs. Raises Unauthorized."""
    if not may_see_urls(request):
        raise Unauthorized("Send an API key: Authorization: Bearer <key>.")
    return services_of(request)
