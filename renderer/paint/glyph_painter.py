"""Runs of glyphs: cached bitmaps pasted one by one, blurred for shadows, stroked as outlines, filled with a paint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import floor, isfinite

from PIL import Image

from renderer.paint.affine import Affine, device_box, mean_scale
from renderer.paint.blur import blur_mask
from renderer.paint.display_list import Glyphs, Rect
from renderer.paint.region import Box, Coverage, Piece, bounds, intersect
from renderer.paint.surface import Picture, Surface
from renderer.paint.vector import draw_mask, stroke_markup
from renderer.style.values import Color
from renderer.text.cache import GenerationCache
from renderer.text.gamma import coverage_table, luminance
from renderer.text.types import Bitmap

CoverageTable = Callable[[int], bytes]
"""Contrast of text: for a luminance of 0–255, the 256 values that replace coverage."""

_MIXED = 127  # luminance that stands for paints of many colours, as in Skia

_NOWHERE = Box(0, 0, 0, 0)
_CACHE_BYTES = 32_000_000


def _weigh(entry: tuple[bytes, Image.Image]) -> int:
    return 600 + 2 * len(entry[0])


# Entries hold the bitmap's bytes, so that their identity cannot pass to other bytes while it is a key.
_images: GenerationCache[tuple[int, int], tuple[bytes, Image.Image]] = GenerationCache(_CACHE_BYTES, _weigh)
_blurred: GenerationCache[tuple[int, float], tuple[bytes, Image.Image, int]] = GenerationCache(
    _CACHE_BYTES, lambda entry: 600 + len(entry[0]) + entry[1].width * entry[1].height
)


class GlyphPainter:
    """Paints glyph runs onto surfaces with one table of text contrast."""

    def __init__(self, table: CoverageTable = coverage_table) -> None:
        self._table = table

    def paint(
        self,
        glyphs: Glyphs,
        surface: Surface,
        matrix: Affine,
        clip: Coverage,
        picture: Callable[[Box], Picture | None],
    ) -> None:
        """Paint a run. `picture` draws the run's paint inside a box, where it is not a plain colour."""
        if glyphs.stroke_width > 0:
            coverage = intersect(stroke_coverage(glyphs, matrix, surface.box), clip)
            self._paint_coverage(coverage, glyphs, surface, picture)
        elif isinstance(glyphs.paint, Color):
            self._paint_color(glyphs, glyphs.paint, surface, matrix, clip)
        else:
            pieces = self._pieces(glyphs, matrix, surface.box)
            self._paint_coverage(intersect(pieces, clip), glyphs, surface, picture)

    def _pieces(self, glyphs: Glyphs, matrix: Affine, area: Box) -> Coverage:
        """Masks of a run's glyphs inside an area; they may overlap."""
        placed = (
            (Box(left, top, left + bitmap.width, top + bitmap.height), bitmap)
            for left, top, bitmap in place(glyphs, matrix)
            if not bitmap.color
        )
        table = self._table(_MIXED)
        return tuple(
            Piece(box, _mask(bitmap, table, _MIXED)) for box, bitmap in placed if not box.intersect(area).empty
        )

    def _paint_color(self, glyphs: Glyphs, color: Color, surface: Surface, matrix: Affine, clip: Coverage) -> None:
        sigma = glyphs.blur / 2 * mean_scale(matrix)
        key = luminance(color)
        table = self._table(key)
        plain = surface.is_opaque and sigma == 0 and color.alpha >= 1 and len(clip) == 1 and clip[0].solid
        area = clip[0].box if plain else _NOWHERE
        ink = (color.red, color.green, color.blue, 255)
        for left, top, bitmap in place(glyphs, matrix):
            right, bottom = left + bitmap.width, top + bitmap.height
            if left < area[0] or top < area[1] or right > area[2] or bottom > area[3] or bitmap.color:
                self._paint_glyph(bitmap, left, top, color, sigma, surface, clip)
            else:
                surface.stamp((left, top, right, bottom), _mask(bitmap, table, key), ink)

    def _paint_glyph(
        self, bitmap: Bitmap, left: int, top: int, color: Color, sigma: float, surface: Surface, clip: Coverage
    ) -> None:
        """A glyph of any kind, through any clip."""
        if bitmap.color:
            self._paint_bitmap(bitmap, left, top, color, sigma, surface, clip)
            return
        key = luminance(color)
        mask, grown = _blur(bitmap, sigma) if sigma > 0 else (_mask(bitmap, self._table(key), key), 0)
        x, y = left - grown, top - grown
        surface.fill(intersect((Piece(Box(x, y, x + mask.width, y + mask.height), mask),), clip), color)

    def _paint_bitmap(
        self, bitmap: Bitmap, left: int, top: int, color: Color, sigma: float, surface: Surface, clip: Coverage
    ) -> None:
        """A colour glyph: its own colours at the text's alpha, or its silhouette for a shadow."""
        image = _color_image(bitmap)
        if sigma > 0:
            mask, grown = blur_mask(image.getchannel("a"), sigma)
            x, y = left - grown, top - grown
            surface.fill(intersect((Piece(Box(x, y, x + mask.width, y + mask.height), mask),), clip), color)
            return
        picture = Picture(image, left, top, False)
        alpha = min(255, max(0, round(color.alpha * 255)))
        if alpha < 255:
            clip = tuple(piece._replace(alpha=piece.alpha * alpha // 255) for piece in clip)
        surface.draw(clip, picture)

    def _paint_coverage(
        self, coverage: Coverage, glyphs: Glyphs, surface: Surface, picture: Callable[[Box], Picture | None]
    ) -> None:
        if isinstance(glyphs.paint, Color):
            surface.fill(coverage, glyphs.paint)
            return
        box = bounds(piece.box for piece in coverage)
        source = None if box.empty else picture(box)
        if source is not None:
            surface.draw(coverage, source)


def place(glyphs: Glyphs, matrix: Affine) -> Iterator[tuple[int, int, Bitmap]]:
    """Left and top device pixel and bitmap of every glyph that has ink."""
    a, b, c, d, e, f = matrix
    rasterize = glyphs.font.rasterize
    linear = (a, b, c, d)
    for glyph, pen_x, pen_y in glyphs.glyphs:
        x, y = a * pen_x + c * pen_y + e, b * pen_x + d * pen_y + f
        if not (isfinite(x) and isfinite(y)):
            continue
        left, top = floor(x), floor(y)
        bitmap = rasterize(glyph, linear, x - left, y - top)
        if bitmap is not None:
            yield left + bitmap.left, top + bitmap.top, bitmap


def stroke_coverage(glyphs: Glyphs, matrix: Affine, area: Box) -> Coverage:
    """Region of the stroked outlines of a run."""
    box = device_box(matrix, ink_bounds(glyphs), area, margin=1.0)
    if box.empty:
        return ()
    parts = [
        f'<g transform="translate({x:.4f} {y:.4f})">{stroke_markup(outline, glyphs.stroke_width)}</g>'
        for glyph, x, y in glyphs.glyphs
        if (outline := glyphs.font.outline(glyph)) and isfinite(x) and isfinite(y)
    ]
    return (Piece(box, draw_mask("".join(parts), matrix, box)),) if parts else ()


def ink_bounds(glyphs: Glyphs) -> Rect:
    """A rectangle that holds all ink of a run with room to spare: two font sizes around every pen position."""
    pens = [(x, y) for _, x, y in glyphs.glyphs if isfinite(x) and isfinite(y)]
    if not pens:
        return Rect(0.0, 0.0, 0.0, 0.0)
    reach = 2 * glyphs.font.size + glyphs.stroke_width * 2
    xs, ys = [x for x, _ in pens], [y for _, y in pens]
    left, top = min(xs) - reach, min(ys) - reach
    return Rect(left, top, max(xs) + reach - left, max(ys) + reach - top)


def _mask(bitmap: Bitmap, table: bytes | None, key: int) -> Image.Image:
    """Coverage of a bitmap as a mask, after the table of text contrast with that key."""
    data = bitmap.data
    entry = _images.get((id(data), key))
    if entry is None:
        coverage = data.translate(table) if table else data
        entry = (data, Image.frombytes("L", (bitmap.width, bitmap.height), coverage))
        _images.put((id(data), key), entry)
    return entry[1]


def _color_image(bitmap: Bitmap) -> Image.Image:
    data = bitmap.data
    entry = _images.get((id(data), -2))
    if entry is None:
        entry = (data, Image.frombytes("RGBa", (bitmap.width, bitmap.height), data))
        _images.put((id(data), -2), entry)
    return entry[1]


def _blur(bitmap: Bitmap, sigma: float) -> tuple[Image.Image, int]:
    data = bitmap.data
    entry = _blurred.get((id(data), sigma))
    if entry is None:
        mask, grown = blur_mask(_mask(bitmap, None, -1), sigma)
        entry = (data, mask, grown)
        _blurred.put((id(data), sigma), entry)
    return entry[1], entry[2]
