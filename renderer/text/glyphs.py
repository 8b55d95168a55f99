"""Glyph pictures: coverage masks, colour bitmaps and outlines, from HarfBuzz's own rasteriser."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import uharfbuzz as hb

from renderer.text.bitmaps import draw_bitmap
from renderer.text.cache import GenerationCache
from renderer.text.face import Face
from renderer.text.types import Bitmap, Matrix

UNIT = 16_384  # HarfBuzz positions are integers: this many per CSS px
CACHE_BYTES = 48_000_000


class _Font(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def size(self) -> float: ...
    @property
    def face(self) -> Face: ...
    @property
    def hb_font(self) -> hb.Font: ...
    @property
    def drop(self) -> float: ...


class _Entry(NamedTuple):
    bitmap: Bitmap | None


def _weigh(entry: _Entry) -> int:
    return 200 + (len(entry.bitmap.data) if entry.bitmap else 0)


_cache: GenerationCache[tuple[object, ...], _Entry] = GenerationCache(CACHE_BYTES, _weigh)
_coverage = hb.RasterDraw()
_coverage.scale_factor = (UNIT, UNIT)
_paint = hb.RasterPaint()
_paint.scale_factor = (UNIT, UNIT)


def rasterize(font: _Font, glyph: int, matrix: Matrix, fraction_x: float, fraction_y: float) -> Bitmap | None:
    """The glyph with its pen at a fraction of a device pixel, snapped as Skia snaps it.

    Skia rounds positions to quarters of a pixel; across the baseline of upright text, and for bitmap fonts, to whole
    pixels. A side of more than 4096 device px is cut off: draw such glyphs from their outline.
    """
    upright = matrix[1] == 0.0 and matrix[2] == 0.0
    if upright:
        quarter_x = int(fraction_x + 0.5) * 4 if font.face.strike > 0 else int(fraction_x * 4.0 + 0.5)
        quarter_y = int(fraction_y + 0.5) * 4
    else:
        quarter_x, quarter_y = int(fraction_x * 4.0 + 0.5), int(fraction_y * 4.0 + 0.5)
    key = (font.key, glyph, matrix, quarter_x & 3, quarter_y & 3)
    entry = _cache.get(key)
    if entry is None:
        entry = _Entry(_draw(font, glyph, matrix, (quarter_x & 3) / 4.0, (quarter_y & 3) / 4.0))
        _cache.put(key, entry)
    bitmap = entry.bitmap
    if bitmap is not None and (quarter_x > 3 or quarter_y > 3):
        left, top, width, height, data, color = bitmap
        return Bitmap(left + (quarter_x >> 2), top + (quarter_y >> 2), width, height, data, color)
    return bitmap


def ink_span(font: _Font, glyph: int, top: float, bottom: float) -> tuple[float, float] | None:
    """Leftmost and rightmost ink between two heights below the baseline, to an eighth of a px for body text."""
    detail = min(8.0, max(1.0, 256.0 / max(1.0, font.size)))
    bitmap = rasterize(font, glyph, (detail, 0.0, 0.0, detail), 0.0, 0.0)
    if bitmap is None:
        return None
    first = max(0, math.floor(top * detail) - bitmap.top)
    last = min(bitmap.height, math.ceil(bottom * detail) - bitmap.top)
    stride = bitmap.width * (4 if bitmap.color else 1)
    rows = [bitmap.data[row * stride : (row + 1) * stride] for row in range(first, last)]
    inked = [row for row in rows if any(row)]
    if not inked:
        return None
    channels = stride // bitmap.width
    left = min(len(row) - len(row.lstrip(b"\0")) for row in inked) // channels
    right = max(len(row.rstrip(b"\0")) for row in inked) / channels
    return (bitmap.left + left) / detail, (bitmap.left + right) / detail


def _draw(font: _Font, glyph: int, matrix: Matrix, x: float, y: float) -> Bitmap | None:
    if not all(map(math.isfinite, matrix)):
        return None
    face = font.face
    if face.has_color:
        if face.hb_face.has_color_png:
            bitmap = draw_bitmap(font.hb_font, glyph, matrix, x, y, UNIT)
            if bitmap is not None:
                return bitmap
        if face.has_color_layers and (bitmap := _draw_layers(font.hb_font, glyph, matrix, x, y)):
            return bitmap
    return _draw_coverage(font.hb_font, glyph, matrix, x + matrix[2] * font.drop, y + matrix[3] * font.drop)


def _transform(matrix: Matrix, x: float, y: float) -> tuple[float, float, float, float, float, float]:
    """HarfBuzz's transform (y growing upwards) for a matrix with y growing downwards and a pen position.

    The translation comes before the scale factor, so it is in HarfBuzz's units.
    """
    xx, yx, xy, yy = matrix
    return (xx, -yx, -xy, yy, x * UNIT, -y * UNIT)


def _draw_coverage(font: hb.Font, glyph: int, matrix: Matrix, x: float, y: float) -> Bitmap | None:
    _coverage.transform = _transform(matrix, x, y)
    _coverage.draw_glyph(font, glyph)
    image = _coverage.render()
    return _bitmap(image, 1) if image is not None else None


def _draw_layers(font: hb.Font, glyph: int, matrix: Matrix, x: float, y: float) -> Bitmap | None:
    extents = font.get_glyph_extents(glyph)
    _paint.transform = _transform(matrix, x, y)
    if extents is None or not _paint.set_glyph_extents(extents) or not _paint.paint_glyph_or_fail(font, glyph):
        _paint.clear()
        return None
    image = _paint.render()
    return _bitmap(image, 4) if image is not None else None


def _bitmap(image: hb.RasterImage, channels: int) -> Bitmap | None:
    """Turn HarfBuzz's bottom-up rows (premultiplied BGRA if 4 channels) into a Bitmap."""
    left, bottom, width, height, stride = image.extents
    if width == 0 or height == 0:
        return None
    rows = image.buffer
    row = width * channels
    data = b"".join([rows[start : start + row] for start in range((height - 1) * stride, -1, -stride)])
    if channels == 4:
        swapped = bytearray(data)
        swapped[0::4], swapped[2::4] = data[2::4], data[0::4]
        data = bytes(swapped)
    return Bitmap(left, -(bottom + height), width, height, data, channels == 4)


def outline(font: _Font, glyph: int) -> str:
    """SVG path data in CSS px, y growing downwards; empty for an empty glyph."""
    path = _OutlinePath(font.drop)
    font.hb_font.draw_glyph(glyph, _outline_funcs, path)
    return "".join(path.commands)


class _OutlinePath:
    """Collects path commands, moved down by `drop` px."""

    def __init__(self, drop: float) -> None:
        self.commands: list[str] = []
        self._drop = drop

    def add(self, command: str, *coordinates: float) -> None:
        """Append a command; coordinates are x, y pairs in HarfBuzz's units, y growing upwards."""
        pairs = zip(coordinates[::2], coordinates[1::2], strict=True)
        self.commands.append(
            command + " ".join(f"{_number(x / UNIT)} {_number(self._drop - y / UNIT)}" for x, y in pairs)
        )


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _move(x: float, y: float, path: _OutlinePath) -> None:
    path.add("M", x, y)


def _line(x: float, y: float, path: _OutlinePath) -> None:
    path.add("L", x, y)


def _quadratic(cx: float, cy: float, x: float, y: float, path: _OutlinePath) -> None:
    path.add("Q", cx, cy, x, y)


def _cubic(ax: float, ay: float, bx: float, by: float, x: float, y: float, path: _OutlinePath) -> None:
    path.add("C", ax, ay, bx, by, x, y)


def _close(path: _OutlinePath) -> None:
    path.add("Z")


_outline_funcs = hb.DrawFuncs()
_outline_funcs.set_move_to_func(_move)
_outline_funcs.set_line_to_func(_line)
_outline_funcs.set_quadratic_to_func(_quadratic)
_outline_funcs.set_cubic_to_func(_cubic)
_outline_funcs.set_close_path_func(_close)
