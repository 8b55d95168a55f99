"""What lies below connections: bytes that are counted, and errors of HTTP/2 as httpcore should raise them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpcore
from h2.errors import ErrorCodes
from h2.events import DataReceived, StreamReset
from h2.exceptions import H2Error


class Http2Connection(httpcore.AsyncHTTP2Connection):
    """Tells the other server to stop an answer that is left unread, and gives back what it has filled of the window.

    httpcore does neither, and the window is one for all answers of a connection (RFC 9113 section 6.9.1): those that
    nobody reads would starve the others. What comes for a stream after its reset, h2 gives back by itself.
    """

    async def _response_closed(self, stream_id: int) -> None:
        stream = self._h2_state.streams.get(stream_id)
        if stream is not None and not stream.closed:
            with suppress(H2Error, httpcore.NetworkError, httpcore.TimeoutException):
                for event in self._events.get(stream_id, ()):
                    if isinstance(event, DataReceived) and event.flow_controlled_length:
                        self._h2_state.acknowledge_received_data(event.flow_controlled_length, stream_id)
                self._h2_state.reset_stream(stream_id, ErrorCodes.CANCEL)
                async with self._write_lock:
                    await self._network_stream.write(self._h2_state.data_to_send())
        await super()._response_closed(stream_id)


class CountedStream(httpcore.AsyncNetworkStream):
    """A stream that counts what arrives."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self.received = 0
        self._stream = stream

    # Their timeouts are httpcore's interface.
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Up to so many bytes, none at the end."""
        data = await self._stream.read(max_bytes, timeout)
        self.received += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """All of the bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> object:
        """What httpcore wants to know of the socket."""
        return self._stream.get_extra_info(info)


@contextmanager
def translated() -> Iterator[None]:
    """httpcore lets some errors of its HTTP/2 parser pass as they are, and calls others the client's."""
    try:
        yield
    except (H2Error, ValueError) as error:  # ValueError: a status that is no number
        raise httpcore.RemoteProtocolError(f"{type(error).__name__}: {error}") from error
    except httpcore.LocalProtocolError as error:
        if error.args and isinstance(error.args[0], H2Error):
            raise httpcore.RemoteProtocolError(str(error)) from error
        raise


def is_refusal(error: Exception) -> bool:
    """Whether an HTTP/2 connection has ended, or a request was refused before it was looked at (RFC 9113 section 8.7).

    False if the server has ended this one request for reasons of its own.
    """
    reset = error.args[0] if error.args else None
    return not isinstance(reset, StreamReset) or reset.error_code == ErrorCodes.REFUSED_STREAM
