"""Where the bytes of a body go: unpacked if they are packed, counted, into a file. All of it blocks."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

from server.batch.reception.errors import UnsupportedEncoding, UploadTooLarge
from server.errors import MalformedBody

_BLOCK: Final = 1 << 18
_GZIP: Final = 16 + zlib.MAX_WBITS


class Sink(Protocol):
    """What takes a body in pieces."""

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece."""

    def end(self) -> None:
        """There are no more pieces."""


class Capped:
    """Hands at most `limit` bytes on."""

    def __init__(self, sink: Sink, limit: int, named: int) -> None:
        """`named` is the limit that the refusal names."""
        self._sink = sink
        self._left = limit
        self._named = named

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece. Raises UploadTooLarge."""
        self._left -= len(data)
        if self._left < 0:
            raise UploadTooLarge(self._named)
        self._sink.write(data)

    def end(self) -> None:
        """There are no more pieces."""
        self._sink.end()


class Gunzip:
    """Unpacks gzip (RFC 1952), also of several members; never more than a block at once."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece. Raises MalformedBody."""
        rest = bytes(data)
        while True:
            if self._member.eof:
                if not rest:
                    return
                self._member = zlib.decompressobj(_GZIP)
            self._begun = True
            try:
                unpacked = self._member.decompress(rest, _BLOCK)
            except zlib.error as error:
                raise MalformedBody(f"The body is no gzip, as its Content-Encoding says: {error}.") from None
            self._sink.write(unpacked)
            rest = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            # After a full block there may be more to come though all of the input is eaten.
            if not rest and len(unpacked) < _BLOCK:
                return

    def end(self) -> None:
        """There are no more pieces. Raises MalformedBody if some are missing."""
        if self._begun and not self._member.eof:
            raise MalformedBody("The gzip of the body is cut short; send it again.")
        self._sink.end()


def decoded(sink: Sink, content_encoding: str) -> Sink:
    """What takes a body with this Content-Encoding (RFC 9110 section 8.4) for a sink of plain bytes.

    Raises:
        UnsupportedEncoding: it is neither gzip nor plain.
    """
    codings = [coding for part in content_encoding.split(",") if (coding := part.strip().lower())]
    codings = [coding for coding in codings if coding != "identity"]
    if not codings:
        return sink
    if codings in (["gzip"], ["x-gzip"]):
        return Gunzip(sink)
    raise UnsupportedEncoding(f"Content-Encoding {content_encoding[:80]} is not read; use gzip or none.")
