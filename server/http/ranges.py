"""Byte ranges (RFC 9110 section 14), for crawlers that ask for the first half megabyte of a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from server.http.errors import RangeNotSatisfiable

_ONE_RANGE: Final = re.compile(
    r"bytes[ \t]*=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `first` to `last`, both included, of `length`."""

    first: int
    last: int
    length: int

    @property
    def content_range(self) -> str:
        """The value of Content-Range (RFC 9110 section 14.4)."""
        return f"bytes {self.first}-{self.last}/{self.length}"

    def of(self, body: bytes) -> bytes:
        """The part of the whole `body`."""
        return body[self.first : self.last + 1]


def requested_range(header: str | None, if_range: str | None, tag: str, length: int) -> ByteRange | None:
    """The part of `length` bytes with the entity tag `tag` that a GET asks for; None stands for the whole.

    What is no single range of bytes is ignored, as section 14.2 allows: pictures are small, and several parts in one
    answer are of use to nobody who shows them. `if_range` must be the tag itself, compared strongly (section 13.1.5);
    a date there never holds, because pictures have none.

    Raises:
        RangeNotSatisfiable: the range begins behind the end, or is the last zero bytes.
    """
    match = _ONE_RANGE.fullmatch(header) if header else None
    if match is None or (if_range is not None and if_range.strip() != tag):
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, length - int(suffix)), length - 1
    else:
        start, end = int(first), min(int(last) if last else length, length - 1)
        if last and int(last) < start:
            return None  # not a range at all (section 14.1.1)
    if start > end:
        raise RangeNotSatisfiable(length)
    return ByteRange(start, end, length)
