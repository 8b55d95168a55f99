"""Colour glyphs that are pictures: PNG strikes (CBDT, sbix), scaled to the size that is drawn."""

from __future__ import annotations

import math
import warnings
from io import BytesIO

import uharfbuzz as hb
from PIL import Image

from renderer.text.types import Bitmap, Matrix

_LARGEST_STRIKE = 1_024  # px of one side of a strike's picture
_LARGEST_SIDE = 4_096  # device px of the drawn glyph


def draw_bitmap(font: hb.Font, glyph: int, matrix: Matrix, x: float, y: float, unit: int) -> Bitmap | None:
    """The glyph's PNG drawn with the pen at (x, y); None if the glyph has none or it is unreadable.

    Scaling happens on premultiplied colours, so that no dark seams appear.
    """
    extents = font.get_glyph_extents(glyph)
    picture = _decode(font, glyph)
    if picture is None or extents is None or extents.width == 0 or extents.height == 0:
        return None
    left, top = extents.x_bearing / unit, -extents.y_bearing / unit
    width, height = extents.width / unit, -extents.height / unit
    if matrix[1] == 0.0 and matrix[2] == 0.0 and matrix[0] > 0.0 and matrix[3] > 0.0:
        return _scaled(picture, x + left * matrix[0], y + top * matrix[3], width * matrix[0], height * matrix[3])
    return _transformed(picture, matrix, (x, y), (left, top, width, height))


def _decode(font: hb.Font, glyph: int) -> Image.Image | None:
    data = font.get_glyph_color_png(glyph)
    if data is None or not data.data:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(BytesIO(data.data), formats=("PNG",))
            if max(image.size) > _LARGEST_STRIKE:
                return None
            return image.convert("RGBA").convert("RGBa")
    except (OSError, ValueError, SyntaxError):  # Pillow's words for a broken PNG
        return None


def _scaled(picture: Image.Image, left: float, top: float, width: float, height: float) -> Bitmap | None:
    """Scale into the pixel grid: the picture's edges may fall between pixels, which `box` resolves exactly."""
    x0, y0 = math.floor(left), math.floor(top)
    columns, rows = math.ceil(left + width) - x0, math.ceil(top + height) - y0
    if not (0 < columns <= _LARGEST_SIDE and 0 < rows <= _LARGEST_SIDE):
        return None
    matrix = (width / picture.width, 0.0, 0.0, height / picture.height)
    return _resampled(picture, matrix, (left, top), (x0, y0, columns, rows))


def _transformed(
    picture: Image.Image,
    matrix: Matrix,
    pen: tuple[float, float],
    box: tuple[float, float, float, float],
) -> Bitmap | None:
    xx, yx, xy, yy = matrix
    left, top, width, height = box
    corners = [(left, top), (left + width, top), (left, top + height), (left + width, top + height)]
    xs = [pen[0] + xx * cx + xy * cy for cx, cy in corners]
    ys = [pen[1] + yx * cx + yy * cy for cx, cy in corners]
    x0, y0 = math.floor(min(xs)), math.floor(min(ys))
    columns, rows = math.ceil(max(xs)) - x0, math.ceil(max(ys)) - y0
    if not (0 < columns <= _LARGEST_SIDE and 0 < rows <= _LARGEST_SIDE):
        return None
    sx, sy = width / picture.width, height / picture.height
    return _resampled(picture, (xx * sx, yx * sx, xy * sy, yy * sy), (xs[0], ys[0]), (x0, y0, columns, rows))


def _resampled(
    picture: Image.Image, matrix: Matrix, origin: tuple[float, float], box: tuple[int, int, int, int]
) -> Bitmap | None:
    """Draw `picture` through matrix (device px per picture px) with its corner at `origin` onto the pixels of box."""
    xx, yx, xy, yy = matrix
    determinant = xx * yy - xy * yx
    if determinant == 0.0:
        return None
    # Skia draws from the last mipmap level that is not smaller: means of 2×2, 4×4 … of the picture's pixels.
    factor = 2 ** max(0, math.floor(-math.log2(abs(determinant)) / 2))
    small = picture.reduce(factor) if factor > 1 else picture
    # A transparent frame lets the edge pixels fade out instead of being cut.
    framed = Image.new("RGBa", (small.width + 2, small.height + 2))
    framed.paste(small, (1, 1))
    left, top, columns, rows = box
    ix, iy, jx, jy = yy / determinant, -xy / determinant, -yx / determinant, xx / determinant
    dx, dy = left - origin[0], top - origin[1]
    inverse = (
        ix / factor, iy / factor, (ix * dx + iy * dy) / factor + 1.0,
        jx / factor, jy / factor, (jx * dx + jy * dy) / factor + 1.0,
    )  # fmt: skip
    drawn = framed.transform((columns, rows), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR)
    return Bitmap(left, top, columns, rows, drawn.tobytes(), True)
