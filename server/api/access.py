"""Who may call the API."""

from __future__ import annotations

from starlette.requests import Request

from server.errors import Unauthorized
from server.services import Services

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})


def services_of(request: Request) -> Services:
    """The services of the application."""
    services: Services = request.app.state.services
    return services


def require_key(request: Request) -> Services:
    """The services, if the caller holds an API key. Raises Unauthorized."""
    services = services_of(request)
    if not holds_key(request):
        raise Unauthorized("Send an API key: Authorization: Bearer <key>.")
    return services


def holds_key(request: Request) -> bool:
    """Whether the request carries an API key (RFC 6750 section 2.1)."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and services_of(request).api_keys.admit(credentials.strip())


def may_see_urls(request: Request) -> bool:
    """Whether the gallery may show signed URLs: to key holders, and in development to this machine itself.

    A request that a proxy passed on is never from this machine, and neither is one whose Host is not local: a page
    elsewhere may have pointed its own name at 127.0.0.1 (DNS rebinding).
    """
    if holds_key(request):
        return True
    headers = request.headers
    forwarded = any(name in headers for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"))
    host = headers.get("host", "").rpartition(":")[0] if headers.get("host", "").count(":") else headers.get("host", "")
    return (
        services_of(request).settings.development
        and not forwarded
        and request.client is not None
        and request.client.host in _LOOPBACK
        and host.lower() in _LOOPBACK_HOSTS
    )


def require_sight(request: Request) -> Services:
    """The services, if the caller may see signed URLs. Raises Unauthorized."""
    if not may_see_urls(request):
        raise Unauthorized("Send an API key: Authorization: Bearer <key>.")
    return services_of(request)
