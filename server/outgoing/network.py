"""Sockets of outgoing requests: names are resolved once, checked, and the checked addresses are connected to.

httpx would resolve a name again after any check made before it is called. So the check lives below it, in httpcore's
network backend, where the connection is opened. The Host header and the name in the TLS handshake stay the URL's.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Final

import httpcore
import httpx

from server.outgoing.addresses import Address
from server.outgoing.connections import PROGRESS, ConnectionPool, Progress, StaleConnection
from server.outgoing.errors import RefusedAddress, Unreachable
from server.outgoing.guard import Guard
from server.outgoing.hosts import literal_address

Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Host name and port to addresses, best first. Raises Unreachable for an unknown name."""

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_MOST_ADDRESSES: Final = 4  # tried one after the other
_ATTEMPT_SECONDS: Final = 1.5  # for each but the last
_REPEATABLE: Final = frozenset({"GET", "HEAD"})
# Of its own: a name server that does not answer must hold up neither other names for long nor work on files and images.
_LOOK_UPS: Final = ThreadPoolExecutor(16, thread_name_prefix="resolve")


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Addresses by the system's resolver, in its order of preference (RFC 6724)."""
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_LOOK_UPS, look_up)
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable("its host cannot be resolved", f"{host} cannot be resolved: {error}") from None
    texts = dict.fromkeys(str(entry[4][0]) for entry in found)
    if any("%" in text for text in texts):
        raise RefusedAddress("its host is not on the public internet", f"{host} has an address with a zone: {found}")
    return [ip_address(text) for text in texts]


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to addresses that the guard has passed, and no others."""

    def __init__(self, guard: Guard, resolver: Resolver) -> None:
        self._guard = guard
        self._resolve = resolver
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect. Raises OutgoingError, or httpcore's errors of connecting."""
        literal = literal_address(host)
        addresses = [literal] if literal is not None else await self._resolve(host, port)
        self._guard.check_addresses(host, port, addresses)
        *firsts, last = addresses[:_MOST_ADDRESSES]
        for address in firsts:
            try:
                return await self._tcp.connect_tcp(str(address), port, _ATTEMPT_SECONDS)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._tcp.connect_tcp(str(last), port, timeout)


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's transport over a pool of such connections. Checks every URL too, so that nobody can leave it out."""

    def __init__(self, guard: Guard, resolver: Resolver, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._pool = ConnectionPool(PinnedBackend(guard, resolver), tls)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises OutgoingError and httpcore's errors as they are.

        GET and HEAD are sent once more, on another connection, if the one they were given turns out to be closed (RFC
        9110 section 9.2.2 allows it for methods that change nothing).
        """
        url = self._guard.check_url(str(request.url))
        if not isinstance(request.stream, AsyncIterable):
            raise TypeError("a request of an asynchronous client has an asynchronous body")
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(asked)
        except StaleConnection:
            if request.method not in _REPEATABLE:
                raise
            self._pool.retire(asked.url.origin)
            answer = await self._pool.handle_async_request(asked)
        progress = request.extensions.get(PROGRESS)
        if isinstance(progress, Progress):
            progress.status = answer.status
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.aiter_stream()

    async def aclose(self) -> None:
        await self._answer.aclose()
