"""Which format bytes are in, told by the bytes alone."""

from __future__ import annotations

import re
from typing import Literal

Format = Literal["png", "jpeg", "webp", "gif", "avif", "svg"]

_SVG_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>\s*)*<(?:\w+:)?svg[\s>/]",
    re.DOTALL,
)
_SVG_SEARCH_BYTES = 4096


def sniff(data: bytes) -> Format | None:
    """The format of an image file, or None if it is none that may be decoded.

    Signatures: PNG (ISO 15948 section 5.2), JPEG (T.81 B.1.1.3), GIF89a section 17, WebP (RFC 9649 section 2.4), AVIF
    (AVIF 1.1 section 6: the file type box names the brand avif or avis).
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and _brands(data) & {b"avif", b"avis"}:
        return "avif"
    if _SVG_START.match(data[:_SVG_SEARCH_BYTES]):
        return "svg"
    return None


def _brands(data: bytes) -> set[bytes]:
    """Major and compatible brands of a file type box (ISO 14496-12 section 4.3)."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    return {data[8:12], *(data[i : i + 4] for i in range(16, end - 3, 4))}
