"""The client of all outgoing requests: pooled, behind the guard, bounded in time and bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import Final
from weakref import WeakValueDictionary

import httpcore
import httpx

from server.metrics import Metrics
from server.outgoing.breaker import Breakers, Origin
from server.outgoing.connections import Progress
from server.outgoing.errors import BadRedirect, BrokenAnswer, CircuitOpen, OutgoingError, TimedOut, Unreachable
from server.outgoing.exchange import REDIRECTS, Caps, Fetched, asked_pause, exchange, judged, sent_headers, unpacked
from server.outgoing.guard import Guard, host_of, port_of
from server.outgoing.network import GuardedTransport, Resolver, resolve

__all__ = ["Caps", "Fetched", "OutgoingClient"]

_USER_AGENT: Final = "Signet"
_PER_HOST: Final = 8  # requests at once to one host
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class OutgoingClient:
    """Sends requests to other servers. Keeps no cookies, reads no proxy or netrc from the environment."""

    def __init__(
        self,
        guard: Guard,
        *,
        resolver: Resolver = resolve,
        trusted: str | None = None,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`trusted` is a file of CA certificates that are trusted beside the usual ones.

        `clock` counts the seconds for which an origin that fails is left alone.
        """
        self._guard = guard
        self.breakers = Breakers(clock)
        self._metrics = Metrics() if metrics is None else metrics
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
        insistent: bool = False,
    ) -> Fetched:
        """Send a request, follow redirects of GET and HEAD, and read the answer whole, whatever its status.

        `secret_headers` go to the URL's own origin only; a redirect elsewhere does not carry them along. `insistent`
        requests are sent even to an origin that is left alone: for callers who keep pauses of their own.

        Raises:
            OutgoingError: see `server.outgoing.errors`.
        """
        everything = sent_headers({**headers, **secret_headers})
        asked = _Asked(method, sent_headers(headers), everything, content, caps, insistent)
        progress = Progress()
        try:
            async with asyncio.timeout(caps.seconds) as limit:
                return await self._follow(self._guard.check_url(url), asked, progress, limit)
        except TimeoutError:
            late = "its server did not answer completely" if progress.began else "too many requests were before it"
            raise TimedOut(f"{late} within {caps.seconds:g} s") from None
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

    async def _follow(self, target: httpx.URL, asked: _Asked, progress: Progress, limit: asyncio.Timeout) -> Fetched:
        origin = _origin(target)
        for _ in range(asked.caps.redirects + 1):
            headers = asked.all_headers if _origin(target) == origin else asked.headers
            answer = await self._ask(target, headers, asked, progress, limit)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return await unpacked(answer, asked.caps.max_bytes)
            if asked.method not in ("GET", "HEAD"):
                raise BadRedirect("its server answered with a redirect")
            target = self._redirected(target, answer.headers["location"])
        raise BadRedirect(f"it redirects more than {asked.caps.redirects} times")

    async def _ask(
        self, target: httpx.URL, headers: httpx.Headers, asked: _Asked, progress: Progress, limit: asyncio.Timeout
    ) -> Fetched:
        """One request, if its origin's circuit is closed: before a place is waited for, and once there is one."""
        origin = _origin(target)
        progress.began = progress.status = None
        try:
            if not asked.insistent:
                self.breakers.check(origin)
            async with self._place(host_of(target)):
                with self.breakers.attempt(origin, insistent=asked.insistent) as attempt:
                    self._metrics.outgoing_requests += 1
                    try:
                        with judged(attempt, progress, limit, asked.caps.seconds):
                            answer = await exchange(
                                self._client,
                                asked.method,
                                target,
                                headers,
                                asked.content,
                                asked.caps.max_bytes,
                                progress,
                            )
                    finally:
                        self._metrics.failed_outgoing_requests += attempt.healthy is False
                    attempt.pause = asked_pause(answer)
        except CircuitOpen:
            self._metrics.outgoing_requests_held_back += 1
            raise
        return answer

    def _redirected(self, target: httpx.URL, location: str) -> httpx.URL:
        try:
            joined = target.join(location)
        except (httpx.InvalidURL, ValueError):
            raise BadRedirect("it redirects to an invalid URL") from None
        return self._guard.check_url(str(joined))

    def _place(self, host: str) -> asyncio.Semaphore:
        """What bounds the requests at once to a host; it lives as long as somebody holds it."""
        place = self._hosts.get(host)
        if place is None:
            place = self._hosts[host] = asyncio.Semaphore(_PER_HOST)
        return place


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a caller wants. `all_headers` are those with secrets, for the first origin only."""

    method: str
    headers: httpx.Headers
    all_headers: httpx.Headers
    content: bytes | None
    caps: Caps
    insistent: bool


def _origin(url: httpx.URL) -> Origin:
    return url.scheme, host_of(url), port_of(url)
