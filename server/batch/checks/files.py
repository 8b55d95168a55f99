"""Whether a picture's file is whole, told by its structure: no pixel is decoded and no codec is needed.

PNG (third edition section 5): all chunks, with their checksums. JPEG (T.81 annex B): segments up to the scan, and the
end marker. WebP (RFC 9649): all chunks. AVIF (ISO 14496-12): all boxes at the top, and the sizes in the meta box.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from zlib_ng import zlib_ng

from renderer.images.formats import sniff


class Size(NamedTuple):
    """Device pixels."""

    width: int
    height: int


class TornFileError(ValueError):
    """The file is not whole; says why."""


def intact_size(data: bytes, media_type: str) -> Size:
    """The size in the file's header, if the file is whole and of this type.

    Raises:
        TornFileError: it is not.
    """
    kind = sniff(data)
    if kind is None or f"image/{kind}" != media_type:
        raise TornFileError(f"it does not begin as {media_type} does")
    try:
        return _READERS[media_type](data)
    except (struct.error, IndexError):
        raise TornFileError("it ends early") from None


def _png(data: bytes) -> Size:
    view = memoryview(data)
    place, names = 8, []
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        (checksum,) = struct.unpack_from(">I", data, end)
        if zlib_ng.crc32(view[place + 4 : end]) != checksum:
            raise TornFileError(f"a checksum is wrong near byte {place:,}")
        names.append(name)
        place = end + 4
    if names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise TornFileError("a part is missing")
    return Size(*struct.unpack_from(">II", data, 16))


_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN: Final = 0xDA


def _jpeg(data: bytes) -> Size:
    size: Size | None = None
    place, marker = 2, 0
    while marker != _START_OF_SCAN:
        prefix, marker, length = struct.unpack_from(">BBH", data, place)
        if prefix != 0xFF:
            raise TornFileError(f"no segment begins at byte {place:,}")
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, place + 5)
            size = Size(width, height)
        place += 2 + length
    if size is None or not data.endswith(b"\xff\xd9"):
        raise TornFileError("it ends early")
    return size


def _webp(data: bytes) -> Size:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 != len(data):
        raise TornFileError(f"it should have {length + 8:,} bytes, and has {len(data):,}")
    size: Size | None = None
    for name, start, end in _riff_chunks(data):
        if end > len(data):
            raise TornFileError("it ends early")
        size = size or _webp_size(name, data, start)
    if size is None:
        raise TornFileError("it has no picture")
    return size


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk's contents."""
    place = 12
    while place < len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        yield name, place + 8, place + 8 + length
        place += 8 + length + length % 2


def _webp_size(name: bytes, data: bytes, start: int) -> Size | None:
    match name:
        case b"VP8X":
            width, height = data[start + 4 : start + 7], data[start + 7 : start + 10]
            return Size(int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1)
        case b"VP8 ":
            both = struct.unpack_from("<HH", data, start + 6)
            return Size(both[0] & 0x3FFF, both[1] & 0x3FFF)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, start + 1)
            return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return None


class _Box(NamedTuple):
    start: int  # of its contents
    end: int


def _avif(data: bytes) -> Size:
    boxes = _boxes(data, _Box(0, len(data)))
    if b"mdat" not in boxes:
        raise TornFileError("it has no picture")
    inside = _boxes(data, boxes[b"meta"], 4) if b"meta" in boxes else {}
    for name in (b"iprp", b"ipco"):
        inside = _boxes(data, inside[name]) if name in inside else {}
    if b"ispe" not in inside:
        raise TornFileError("it has no size")
    return Size(*struct.unpack_from(">II", data, inside[b"ispe"].start + 4))


def _boxes(data: bytes, outer: _Box, skip: int = 0) -> dict[bytes, _Box]:
    """The first box of each kind inside another one, whose own first bytes are skipped."""
    found: dict[bytes, _Box] = {}
    place = outer.start + skip
    while place < outer.end:
        length, name = struct.unpack_from(">I4s", data, place)
        if length < 8 or place + length > outer.end:
            raise TornFileError("it ends early")
        found.setdefault(name, _Box(place + 8, place + length))
        place += length
    return found


_READERS: Final[Mapping[str, Callable[[bytes], Size]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _avif,
}
