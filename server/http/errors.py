"""Refusals of HTTP itself.

ApiError
├── MalformedRequest       400  no HTTP/1 message
├── RangeNotSatisfiable    416  the picture ends before the range begins
└── HeadersTooLarge        431  request line and header fields together
"""

# ruff: noqa: N818 - named as in server.errors

from __future__ import annotations

from server.errors import ApiError


class MalformedRequest(ApiError):
    """The bytes are no HTTP/1 request."""

    code, title = "malformed-request", "Malformed request"


class RangeNotSatisfiable(ApiError):
    """The requested range lies behind the end; `length` is the picture's, in bytes."""

    status, code, title = 416, "range-not-satisfiable", "Range not satisfiable"

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"The picture has {length} bytes.")

    def headers(self) -> dict[str, str]:
        """A 416 tells the whole length (RFC 9110 section 15.5.17)."""
        return super().headers() | {"Content-Range": f"bytes */{self.length}"}


class HeadersTooLarge(ApiError):
    """Request line and header fields are longer than the server reads."""

    status, code, title = 431, "headers-too-large", "Request header fields too large"
