"""HTTP/1 as uvicorn reads it, and what it can't read: raw UTF-8 in URLs, endless headers, bytes that are no HTTP."""

from __future__ import annotations

import json
import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from server.errors import SignetError
from server.http.errors import HeadersTooLarge, MalformedRequest

MOST_HEAD_BYTES: Final = 65_536
"""Request line and header fields together; twice what nginx accepts of one of them."""

_RAW_BYTE: Final = re.compile(rb"[\x80-\xff]")


class OriginProtocol(HttpToolsProtocol):
    """One connection. What cannot be read as a request is answered by a problem document, like everything else."""

    _in_head = True
    _line_is_read = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Feed bytes from the network to the parser."""
        if self._in_head:
            data = self._head(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(HeadersTooLarge(f"Request line and header fields may have {MOST_HEAD_BYTES} bytes together."))

    def _head(self, data: bytes) -> bytes:
        if not self._line_is_read and not data.isascii():
            data = _with_escaped_target(data)
        self._line_is_read = self._line_is_read or b"\n" in data
        self._head_bytes += len(data)
        return data

    def on_headers_complete(self) -> None:
        """The parser has read a head."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser has read a body, if there was one."""
        self._in_head, self._head_bytes, self._line_is_read = True, 0, False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser refuses."""
        self._refuse(MalformedRequest("This is no HTTP/1.1 request that can be read."))

    def _refuse(self, error: SignetError) -> None:
        body = json.dumps(error.problem()).encode()
        fields = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        head = [
            *self.server_state.default_headers,
            *((name.encode(), value.encode()) for name, value in fields.items()),
        ]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in head)
        self.transport.write(STATUS_LINE[error.status] + lines + b"\r\n" + body)
        self.transport.close()


def _with_escaped_target(data: bytes) -> bytes:
    """The beginning of a request with every byte outside ASCII in its first line as %XX.

    A browser would have escaped them (WHATWG URL, percent-encode sets); some mail programs and crawlers don't, and the
    parser takes ASCII only. The signature is over the text, so both spellings are one URL.
    """
    line, end, rest = data.partition(b"\n")
    return _RAW_BYTE.sub(lambda match: b"%%%02X" % match[0][0], line) + end + rest
