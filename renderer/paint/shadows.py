"""Shadows of boxes (CSS Backgrounds 3 section 7.2)."""

from __future__ import annotations

from renderer.paint.affine import Affine, device_box, mean_scale
from renderer.paint.blur import LARGEST_SIGMA
from renderer.paint.blurred_shapes import blurred_coverage
from renderer.paint.display_list import BoxShadow, Rect, RoundedRect
from renderer.paint.region import Box, Coverage, Piece, bounds, intersect, subtract
from renderer.paint.shapes import shape_coverage
from renderer.paint.surface import Picture, Surface
from renderer.style.values import Color
from renderer.text.cache import GenerationCache

_CACHE_BYTES = 48_000_000
_NONE = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))

_pictures: GenerationCache[tuple[BoxShadow, Affine, Box], tuple[Picture, ...]] = GenerationCache(
    _CACHE_BYTES, lambda pictures: 500 + sum(p.image.width * p.image.height * 4 for p in pictures)
)


def shadow_coverage(shadow: BoxShadow, matrix: Affine, area: Box) -> Coverage:
    """The region inside `area` that a shadow darkens, with the strength it has at each pixel."""
    sigma = min(LARGEST_SIGMA, max(0.0, shadow.blur) / 2 * mean_scale(matrix))
    box = shape_coverage(shadow.box, matrix, area)
    if shadow.inset:
        inner = bounds(piece.box for piece in box)
        if inner.empty:
            return ()
        # What throws the shadow is a frame around the hole, as wide as the blur radius.
        frame = blurred_coverage(_frame(shadow), sigma, matrix, inner, by_boxes=True)
        lit = blurred_coverage(shadow.shape, sigma, matrix, inner, by_boxes=True)
        return intersect(subtract(frame, lit, nested=True), box)
    return subtract(blurred_coverage(shadow.shape, sigma, matrix, area), box, nested=False)


def shadow_pictures(shadow: BoxShadow, matrix: Affine, area: Box) -> tuple[Picture, ...]:
    """The shadow inside `area` in its colour. Finished pictures are put on a page six times as fast as masks."""
    key = (shadow, matrix, area)
    pictures = _pictures.get(key)
    if pictures is None:
        pictures = tuple(_colored(piece, shadow.color) for piece in shadow_coverage(shadow, matrix, area))
        _pictures.put(key, pictures)
    return pictures


def _colored(piece: Piece, color: Color) -> Picture:
    box = piece.box
    surface = Surface.transparent(box)
    surface.fill((piece,), color)
    return Picture(surface.image, box.left, box.top, opaque=piece.solid and color.alpha >= 1)


def shadow_box(shadow: BoxShadow, matrix: Affine, area: Box) -> Box:
    """Device pixels inside `area` that an outer shadow may touch."""
    sigma = max(0.0, shadow.blur) / 2 * mean_scale(matrix)
    return device_box(matrix, shadow.shape.rect, area, margin=3 * sigma + 2)


def _frame(shadow: BoxShadow) -> RoundedRect:
    """Outer edge of the frame that throws an inset shadow (Chromium's AreaCastingShadowInHole)."""
    x, y, width, height = shadow.box.rect
    shape = shadow.shape.rect
    dx = shape.x + shape.width / 2 - x - width / 2
    dy = shape.y + shape.height / 2 - y - height / 2
    margin = max(0.0, shadow.blur) + max(0.0, (shape.width - width) / 2, (shape.height - height) / 2)
    left, top = min(x, x + dx) - margin, min(y, y + dy) - margin
    right, bottom = max(x, x + dx) + width + margin, max(y, y + dy) + height + margin
    return RoundedRect(Rect(left, top, right - left, bottom - top), *_NONE)
