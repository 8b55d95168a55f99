"""PNG (third edition) written in bands of rows, whose compressed bytes are kept.

Pictures of one template share most of their rows: background, logo, footer. Each band is compressed for itself, with
the row above it as preset dictionary and ended on a byte boundary (RFC 1951 section 3.2.4, zlib's sync flush), so that
its bytes depend on these rows only and can be used again. On cards this costs nothing in size.

Bands without text are those that come again, and those that more time makes much smaller: they are compressed twice,
the second time harder. So cards are no larger than with zlib's default level, and take a third less time.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from PIL import Image
from zlib_ng import zlib_ng

from renderer.encode.png_filter import choose_filter
from renderer.text.cache import GenerationCache

_LEVEL = 4
_PLAIN_LEVEL = 7
_PLAIN = 48  # a band that shrinks this much has next to no text
_RAW = -zlib_ng.MAX_WBITS  # deflate without header and checksum, which belong to the whole stream
_BAND_BYTES = 130_000  # 36 rows of a page 1,200 px wide: few enough to be the same again, enough to compress well
_WINDOW = 32_768  # bytes that deflate can look back
_ZLIB_HEADER = b"\x78\x9c"  # RFC 1950: deflate, window of 32 kB, default level
_END = b"\x03\x00"  # an empty last block
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {"RGB": 2, "RGBA": 6}
_NONE = b"\0"  # filter type byte (section 9.2)
_UP = 2


class _Rows(NamedTuple):
    """All rows of a picture, each after its filter type byte, in two parts: large copies take time."""

    first: bytes  # at most one byte
    rest: memoryview

    def cut(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""
        shift = len(self.first)
        rest = self.rest[max(0, start - shift) : end - shift]
        return bytes(rest) if start else b"".join((self.first, rest))


class _Band(NamedTuple):
    rows: bytes  # with the row above
    compressed: bytes


_bands: GenerationCache[tuple[int, int], _Band] = GenerationCache(
    32_000_000, lambda band: 200 + len(band.rows) + len(band.compressed)
)
_seen: GenerationCache[tuple[int, int], bool] = GenerationCache(40_000)


def write_png(image: Image.Image) -> bytes:
    """An image of mode RGB or RGBA (straight alpha) as a file without metadata."""
    rows = _filtered(image)
    bands = _compressed(rows, _row_length(image))
    checksum = zlib_ng.adler32(rows.rest, zlib_ng.adler32(rows.first))
    stream = b"".join((_ZLIB_HEADER, *bands, _END, struct.pack(">I", checksum)))
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, _COLOR_TYPES[image.mode], 0, 0, 0)
    return b"".join((_SIGNATURE, *_chunk(b"IHDR", header), *_chunk(b"IDAT", stream), *_chunk(b"IEND", b"")))


def _row_length(image: Image.Image) -> int:
    """Bytes of a row after its filter type byte, and that byte."""
    return image.width * len(image.mode) + 1


def _filtered(image: Image.Image) -> _Rows:
    length = _row_length(image)
    if choose_filter(image) == "none":
        # Pillow can pad every row with a zero byte; shifted by one, these are the bytes of filter "none".
        return _Rows(_NONE, memoryview(_padded(image, length))[:-1])
    pixels = np.asarray(image).reshape(image.height, length - 1)
    rows = np.empty((image.height, length), np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = pixels[0]
    np.subtract(pixels[1:], pixels[:-1], out=rows[1:, 1:])
    return _Rows(b"", memoryview(rows.tobytes()))


def _padded(image: Image.Image, length: int) -> bytes:
    """All rows of so many bytes: `Image.tobytes`, which puts them together from small pieces, takes a third longer."""
    encoder = Image._getencoder(image.mode, "raw", (image.mode, length))
    encoder.setimage(image.im, (0, 0, *image.size))
    data: bytes = encoder.encode(length * image.height)[2]
    return data


def _compressed(rows: _Rows, length: int) -> list[bytes]:
    """The bands of a picture, to be put one after the other."""
    step = max(1, _BAND_BYTES // length) * length
    starts = range(0, len(rows.first) + len(rows.rest), step)
    return [_band(rows.cut(max(0, start - length), start + step), min(start, length)) for start in starts]


def _band(rows: bytes, above: int) -> bytes:
    """Compressed `rows` without the first `above` bytes, which the decoder has seen already."""
    key = (zlib_ng.crc32(rows), above)
    kept = _bands.get(key)
    if kept is not None and kept.rows == rows:
        return kept.compressed
    compressed = _deflated(rows, above, _LEVEL)
    if len(compressed) * _PLAIN < len(rows):
        compressed = _deflated(rows, above, _PLAIN_LEVEL)
    # Most rows with text never come back: only those seen before are worth memory.
    if _seen.get(key):
        _bands.put(key, _Band(rows, compressed))
    else:
        _seen.put(key, True)
    return compressed


def _deflated(rows: bytes, above: int, level: int) -> bytes:
    dictionary = rows[:above][-_WINDOW:]
    compressor = zlib_ng.compressobj(
        level, zlib_ng.DEFLATED, _RAW, zlib_ng.DEF_MEM_LEVEL, zlib_ng.Z_DEFAULT_STRATEGY, dictionary
    )
    return compressor.compress(memoryview(rows)[above:]) + compressor.flush(zlib_ng.Z_SYNC_FLUSH)


def _chunk(kind: bytes, data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    return struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib_ng.crc32(data, zlib_ng.crc32(kind)))
