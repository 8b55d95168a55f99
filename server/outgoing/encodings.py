"""Content encodings (RFC 9110 section 8.4). None is asked for; servers that send gzip nevertheless are understood."""

from __future__ import annotations

import zlib
from typing import Final

from server.outgoing.errors import BrokenAnswer, TooLarge

_GZIP_WINDOW: Final = 31  # zlib's code for "gzip header, largest window"


def decoded(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body without its encoding; never makes more than `max_bytes` of it, however small it came.

    Raises:
        TooLarge: it would be larger.
        BrokenAnswer: another encoding, more than one, or damaged data.
    """
    if encoding not in ("gzip", "x-gzip"):
        raise BrokenAnswer("its server sent it in an encoding that was not asked for", f"Content-Encoding {encoding!r}")
    parts: list[bytes] = []
    left = max_bytes
    while body:  # one turn a member: gzip files may be strung together (RFC 1952 section 2.2)
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            parts.append(member.decompress(body, left + 1))
        except zlib.error:
            raise BrokenAnswer("its compressed data is damaged") from None
        left -= len(parts[-1])
        if left < 0:
            raise TooLarge(max_bytes)
        if not member.eof:
            raise BrokenAnswer("its compressed data is cut short")
        body = member.unused_data
    return b"".join(parts)
