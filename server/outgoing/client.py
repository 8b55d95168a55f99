"""The client of all outgoing requests: pooled, behind the guard, bounded in time and bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import Final
from weakref import WeakValueDictionary

import httpcore
import httpx

from server.outgoing.breaker import Attempt, Breakers
from server.outgoing.encodings import decoded
from server.outgoing.errors import (
    BadRedirect,
    BrokenAnswer,
    OutgoingError,
    Refused,
    TimedOut,
    TooLarge,
    Unreachable,
)
from server.outgoing.guard import Guard, host_of, port_of
from server.outgoing.network import GuardedTransport, Resolver, resolve

_USER_AGENT: Final = "Signet"
_PER_HOST: Final = 8  # requests at once to one host
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of one request: bytes of the answer's body (as sent, and decoded), seconds for everything, redirects."""

    max_bytes: int
    seconds: float
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete answer. `url` is where it came from after redirects; `headers` are read without regard to case."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str


class OutgoingClient:
    """Sends requests to other servers. Keeps no cookies, reads no proxy or netrc from the environment."""

    def __init__(self, guard: Guard, *, resolver: Resolver = resolve, trusted: str | None = None) -> None:
        """`trusted` is a file of CA certificates that are trusted beside the usual ones."""
        self._guard = guard
        self.breakers = Breakers()
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        tls = httpx.create_ssl_context(trust_env=False)
        if trusted is not None:
            tls.load_verify_locations(trusted)
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(guard, resolver, tls),
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113 - one deadline encloses the whole request instead
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": _USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
        )

    async def request(
        self,
        url: str,
        caps: Caps,
        *,
        method: str = "GET",
        headers: Mapping[str, str] = _NO_HEADERS,
        secret_headers: Mapping[str, str] = _NO_HEADERS,
        content: bytes | None = None,
    ) -> Fetched:
        """Send a request, follow redirects of GET and HEAD, and read the answer whole, whatever its status.

        `secret_headers` go to the URL's own origin only; a redirect elsewhere does not carry them along.

        Raises:
            OutgoingError: see `server.outgoing.errors`.
        """
        try:
            async with asyncio.timeout(caps.seconds) as limit:
                return await self._follow(url, caps, method, headers, secret_headers, content, limit)
        except TimeoutError:
            raise TimedOut(f"its server did not answer completely within {caps.seconds:g} s") from None
        except OutgoingError:
            raise
        except (httpx.RemoteProtocolError, httpx.InvalidURL):
            # httpx reads the location of a redirect even if it shall not follow; all else comes from httpcore.
            raise BadRedirect("it redirects to an invalid URL") from None
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise Unreachable("its server cannot be reached", f"{type(error).__name__}: {error}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, httpx.HTTPError) as error:
            raise BrokenAnswer("its server broke off its answer", f"{type(error).__name__}: {error}") from None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _follow(
        self,
        url: str,
        caps: Caps,
        method: str,
        headers: Mapping[str, str],
        secret_headers: Mapping[str, str],
        content: bytes | None,
        limit: asyncio.Timeout,
    ) -> Fetched:
        target = self._guard.check_url(url)
        origin = _origin(target)
        for _ in range(caps.redirects + 1):
            sent = {**headers, **secret_headers} if _origin(target) == origin else headers
            self.breakers.check(_origin(target))  # before a place is waited for, and again with it
            async with self._place(host_of(target)):
                with self.breakers.attempt(_origin(target)) as attempt, _watched(attempt, limit, caps):
                    answer = await self._send(target, caps, method, sent, content)
                    attempt.healthy = answer.status < 500
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            if method not in ("GET", "HEAD"):
                raise BadRedirect("its server answered with a redirect")
            target = self._redirected(target, answer.headers["location"])
        raise BadRedirect(f"it redirects more than {caps.redirects} times")

    def _redirected(self, target: httpx.URL, location: str) -> httpx.URL:
        try:
            joined = target.join(location)
        except (httpx.InvalidURL, ValueError):
            raise BadRedirect("it redirects to an invalid URL") from None
        return self._guard.check_url(str(joined))

    async def _send(
        self, target: httpx.URL, caps: Caps, method: str, headers: Mapping[str, str], content: bytes | None
    ) -> Fetched:
        fields = httpx.Headers(dict(headers), encoding="latin-1")  # or it would take ASCII only
        async with self._client.stream(method, target, headers=fields, content=content) as answer:
            if answer.status_code in _REDIRECTS:
                return Fetched(answer.status_code, answer.headers, b"", str(target))
            body = await _read(answer, caps.max_bytes)
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if body and encoding not in ("", "identity"):
            body = await asyncio.to_thread(decoded, body, encoding, caps.max_bytes)
        return Fetched(answer.status_code, answer.headers, body, str(target))

    def _place(self, host: str) -> asyncio.Semaphore:
        """What bounds the requests at once to a host; it lives as long as somebody holds it."""
        place = self._hosts.get(host)
        if place is None:
            place = self._hosts[host] = asyncio.Semaphore(_PER_HOST)
        return place


@contextmanager
def _watched(attempt: Attempt, limit: asyncio.Timeout, caps: Caps) -> Iterator[None]:
    """What goes wrong inside tells of the origin's health, unless it is about the answer, or we came late ourselves."""
    began = time.monotonic()
    try:
        yield
    except asyncio.CancelledError:
        # Whoever waited long for a place of ours has left the origin little time.
        if limit.expired() and time.monotonic() - began > caps.seconds / 2:
            attempt.healthy = False
        raise
    except (TooLarge, Refused):
        raise
    except (OutgoingError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        attempt.healthy = False
        raise


async def _read(answer: httpx.Response, max_bytes: int) -> bytes:
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise TooLarge(max_bytes)
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > max_bytes:
            raise TooLarge(max_bytes)
        parts.append(part)
    return b"".join(parts)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, host_of(url), port_of(url)
