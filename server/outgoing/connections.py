"""Connections of outgoing requests: opened by the guard's backend, kept for a moment, each for one origin.

httpcore speaks the protocols (HTTP/1.1, and HTTP/2 where the TLS handshake offers it: RFC 9113 section 3.2); its pool
bounds the connections. Which of them may be used again is decided here, since what is lost over HTTP/2 is shared:

- Requests are counted from their arrival to the end of their answers, so that none is cut off as idle.
- An HTTP/2 connection takes no new requests once an answer has been left unread: what is still on its way of that
  answer would be in the way of others.
- An idle connection on which something has arrived is closed: it is the end of it, or a message of its end.
- Whatever a broken HTTP/2 server makes its parser raise becomes httpcore's RemoteProtocolError.
"""

from __future__ import annotations

import ssl
import time
from asyncio import Lock
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import httpcore
from cachetools import TTLCache

from server.outgoing.streams import CountedStream, Http2Connection, is_refusal, translated

PROGRESS: Final = "progress"
"""The extension of a request that holds its Progress."""

_CONNECTIONS: Final = 100
_IDLE_CONNECTIONS: Final = 20
_IDLE_SECONDS: Final = 5.0
_MOST_REQUESTS: Final = 90  # servers announce the end after 100 or 1000, and h2 then understands no further answer
_PLAIN_ORIGINS: Final = 4096
_PLAIN_SECONDS: Final = 600.0  # for which an origin is remembered not to speak HTTP/2

Origin = tuple[bytes, bytes, int]


@dataclass(slots=True)
class Progress:
    """How far a request has come: when it got a connection, new or old, and the status of its answer."""

    began: float | None = None
    status: int | None = None


class StaleConnection(httpcore.ReadError):
    """A connection that had answered before ended without a byte of this answer: most likely it was closed as idle."""


class ConnectionPool(httpcore.AsyncConnectionPool):
    """At most a hundred connections, one origin each."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        super().__init__(max_connections=_CONNECTIONS, max_keepalive_connections=_IDLE_CONNECTIONS)
        tls.set_alpn_protocols(["h2", "http/1.1"])
        self._backend = backend
        self._tls = tls
        self._plain: TTLCache[Origin, bool] = TTLCache(_PLAIN_ORIGINS, _PLAIN_SECONDS)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        """A connection that is opened by its first request."""
        return _Connection(origin, self._backend, self._tls, self._plain)

    def retire(self, origin: httpcore.Origin) -> None:
        """Give no more requests to the connections that an origin has at this moment."""
        for connection in self.connections:
            if isinstance(connection, _Connection) and connection.can_handle_request(origin):
                connection.retired = True


class _Connection(httpcore.AsyncConnectionInterface):
    def __init__(
        self,
        origin: httpcore.Origin,
        backend: httpcore.AsyncNetworkBackend,
        tls: ssl.SSLContext,
        plain: TTLCache[Origin, bool],
    ) -> None:
        self.retired = False
        self._origin = origin
        self._backend = backend
        self._tls = tls
        self._plain = plain
        # Before it is known which protocol it speaks, requests line up for it, unless it has been HTTP/1.1 before.
        self._shared = origin.scheme == b"https" and self._key not in plain
        self._opening = Lock()
        self._stream: CountedStream | None = None
        self._protocol: httpcore.AsyncHTTP2Connection | httpcore.AsyncHTTP11Connection | None = None
        self._given = 0
        self._running = 0
        self._answered = 0
        self._idle_since = 0.0

    @property
    def _key(self) -> Origin:
        return self._origin.scheme, self._origin.host, self._origin.port

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and read the head of its answer.

        Raises:
            ConnectionNotAvailable: it can't be sent here; the pool finds another connection.
            StaleConnection: see there.
        """
        progress = request.extensions.get(PROGRESS)
        if isinstance(progress, Progress) and progress.began is None:
            progress.began = time.monotonic()
        self._given += 1
        self._running += 1
        try:
            answer = await self._ask(request)
        except httpcore.ConnectionNotAvailable:
            self.end(whole=not self._shared)
            raise
        except BaseException:
            self.end(whole=False)
            raise
        return httpcore.Response(
            answer.status, headers=answer.headers, content=_Answer(answer, self), extensions=answer.extensions
        )

    async def _ask(self, request: httpcore.Request) -> httpcore.Response:
        async with self._opening:
            if self._protocol is None:
                await self._open()
        if self._protocol is None or self._stream is None:
            raise httpcore.ConnectionNotAvailable
        before, received = self._answered, self._stream.received
        try:
            with translated():
                answer = await self._protocol.handle_async_request(request)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            silent = is_refusal(error) if self._shared else self._stream.received == received
            if before and silent:
                raise StaleConnection(f"{type(error).__name__}: {error}") from error
            raise
        self._answered += 1
        return answer

    async def _open(self) -> None:
        if self.retired:  # whoever opened it has failed, or was given up
            return
        host = self._origin.host.decode("ascii")
        try:
            stream = await self._backend.connect_tcp(host, self._origin.port)
            if self._origin.scheme == b"https":
                stream = await self._secured(stream, host)
        except BaseException:
            self.retired = True
            raise
        self._stream = CountedStream(stream)
        tls = stream.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() == "h2":
            self._protocol = Http2Connection(self._origin, self._stream)
            return
        if self._shared:
            self._plain[self._key] = True
            self._shared = False
        self._protocol = httpcore.AsyncHTTP11Connection(self._origin, self._stream)

    async def _secured(self, stream: httpcore.AsyncNetworkStream, host: str) -> httpcore.AsyncNetworkStream:
        try:
            return await stream.start_tls(self._tls, server_hostname=host)
        except BaseException:
            await stream.aclose()
            raise

    def end(self, *, whole: bool) -> None:
        """A request is over; `whole`: nothing of its answer is left unread."""
        self._running -= 1
        self._idle_since = time.monotonic()
        if self._shared and not whole:
            self.retired = True

    async def aclose(self) -> None:
        """Close it, and whatever still runs on it."""
        self.retired = True
        if self._protocol is not None:
            await self._protocol.aclose()

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        """Same scheme, same name, same port: names that share an address or a certificate share no connection."""
        return origin == self._origin

    def is_available(self) -> bool:
        """Whether one more request may be sent on it."""
        if self.retired or self._given >= _MOST_REQUESTS or (self._running and not self._shared):
            return False
        return self._shared if self._protocol is None else self._protocol.is_available()

    def has_expired(self) -> bool:
        """Whether it is to be closed because nobody needs it any more, or because the other end has closed it."""
        if self._running or self._stream is None:
            return False
        done = self.retired or self._given >= _MOST_REQUESTS
        late = time.monotonic() - self._idle_since > _IDLE_SECONDS
        return done or late or bool(self._stream.get_extra_info("is_readable"))

    def is_idle(self) -> bool:
        """Whether it is open and nothing runs on it."""
        return self._protocol is not None and not self._running

    def is_closed(self) -> bool:
        """Whether it can be forgotten."""
        if self._protocol is None:
            return self.retired and not self._running
        return self._protocol.is_closed()

    def info(self) -> str:
        """For debugging."""
        return f"{self._origin}, {self._running} running, {self._answered} answered"


class _Answer:
    """The body of an answer; tells its connection when it is over, and how it ended."""

    def __init__(self, answer: httpcore.Response, connection: _Connection) -> None:
        self._answer = answer
        self._connection = connection
        self._whole = False
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with translated():
            async for part in self._answer.aiter_stream():
                yield part
        self._whole = True

    async def aclose(self) -> None:
        """Read no more of it."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._answer.aclose()
        finally:
            self._connection.end(whole=self._whole)
