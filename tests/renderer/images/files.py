"""Image files made for tests."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image


def two_halves(width: int = 100, height: int = 60) -> Image.Image:
    """Blue in the top left quarter, red elsewhere."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, width // 2, height // 2))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file."""
    out = BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises pixels and has none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
