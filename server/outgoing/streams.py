"""What lies below connections: bytes that are counted, and errors of HTTP/2 as httpcore should raise them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
from h2.errors import ErrorCodes
from h2.events import StreamReset
from h2.exceptions import H2Error


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
