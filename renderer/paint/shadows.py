"""Shadows of boxes (CSS Backgrounds 3 section 7.2).

A blurred rounded rectangle changes only near its corners and edges. A small stand-in, wide enough that its corners do
not see each other, is blurred, and its middle row and column are stretched to the real size.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from renderer.paint.affine import Affine, device_box, is_upright, mean_scale
from renderer.paint.blur import LARGEST_SIGMA, blur_field, edge_profile, reach
from renderer.paint.display_list import BoxShadow, Rect, RoundedRect
from renderer.paint.region import Box, Coverage, Piece, as_mask, bounds, intersect, subtract
from renderer.paint.shapes import shape_coverage
from renderer.text.cache import GenerationCache

_CACHE_BYTES = 24_000_000
_NONE = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
_SHARP = 0.01  # device px of sigma below which nothing is blurred

_Key = tuple[RoundedRect, float, Affine, Box, bool]
_masks: GenerationCache[_Key, Coverage] = GenerationCache(
    _CACHE_BYTES, lambda pieces: 500 + sum(p.mask.width * p.mask.height for p in pieces if p.mask is not None)
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
        frame = _blurred(_frame(shadow), sigma, matrix, inner, by_boxes=True)
        lit = _blurred(shadow.shape, sigma, matrix, inner, by_boxes=True)
        return intersect(subtract(frame, lit, nested=True), box)
    return subtract(_blurred(shadow.shape, sigma, matrix, area), box, nested=False)


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


def _blurred(shape: RoundedRect, sigma: float, matrix: Affine, area: Box, *, by_boxes: bool = False) -> Coverage:
    """The blurred shape. Plain rectangles have a formula of their own unless they are to be blurred by boxes."""
    if sigma < _SHARP:
        return shape_coverage(shape, matrix, area)
    key = (shape, sigma, matrix, area, by_boxes)
    pieces = _masks.get(key)
    if pieces is None:
        pieces = _blur(shape, sigma, matrix, area, by_boxes)
        _masks.put(key, pieces)
    return pieces


def _blur(shape: RoundedRect, sigma: float, matrix: Affine, area: Box, by_boxes: bool) -> Coverage:
    rect = shape.rect
    if rect.width <= 0 or rect.height <= 0:
        return ()
    has_formula = shape[1:] == _NONE and not by_boxes and is_upright(matrix)
    margin = ceil(3 * sigma) if has_formula else reach(sigma)
    visible = device_box(matrix, rect, area, margin=margin)
    if visible.empty:
        return ()
    if not is_upright(matrix):
        return _blur_drawn(shape, sigma, matrix, visible, margin)
    a, _, _, d, e, f = matrix
    left, top = rect.x * a + e, rect.y * d + f
    right, bottom = left + rect.width * a, top + rect.height * d
    if has_formula:
        columns = edge_profile(sigma, left, right, visible.left, visible.right)
        rows = edge_profile(sigma, top, bottom, visible.top, visible.bottom)
        return _cut(np.outer(rows, columns), visible)
    radii = tuple((rx * a, ry * d) for rx, ry in shape[1:])
    # Blurring by whole pixels: the shape's fractional position stays in its own coverage.
    x, y = floor(left), floor(top)
    return _nine_patch((left - x, top - y, right - x, bottom - y), radii, sigma, visible.moved(-x, -y), (x, y))


def _blur_drawn(shape: RoundedRect, sigma: float, matrix: Affine, visible: Box, margin: int) -> Coverage:
    """A turned or skewed shape: drawn where it matters and blurred as a whole."""
    around = Box(visible.left - margin, visible.top - margin, visible.right + margin, visible.bottom + margin)
    field = np.zeros((around.height, around.width), np.float32)
    for piece in shape_coverage(shape, matrix, around):
        x, y = piece.box.left - around.left, piece.box.top - around.top
        field[y : y + piece.box.height, x : x + piece.box.width] = np.asarray(as_mask(piece), np.float32) / 255
    blurred = blur_field(field, sigma)
    grown = reach(sigma)
    x, y = visible.left - around.left + grown, visible.top - around.top + grown
    return _cut(blurred[y : y + visible.height, x : x + visible.width], visible)


_Edges = tuple[float, float, float, float]


def _nine_patch(
    edges: _Edges, radii: tuple[tuple[float, float], ...], sigma: float, visible: Box, offset: tuple[int, int]
) -> Coverage:
    left, top, right, bottom = edges
    grown = reach(sigma)
    corner_x = ceil(left + max(rx for rx, _ in radii)) + 2 * grown + 1
    corner_y = ceil(top + max(ry for _, ry in radii)) + 2 * grown + 1
    cut_x = max(0, floor(right - left) - 2 * corner_x)
    cut_y = max(0, floor(bottom - top) - 2 * corner_y)
    small = _stand_in((left, top, right - cut_x, bottom - cut_y), radii, sigma)
    columns = _stretched(visible.left, visible.right, corner_x, cut_x, grown, small.shape[1])
    rows = _stretched(visible.top, visible.bottom, corner_y, cut_y, grown, small.shape[0])
    return _cut(small[rows[:, None], columns[None, :]], visible.moved(*offset))


def _stretched(low: int, high: int, corner: int, cut: int, grown: int, length: int) -> NDArray[np.intp]:
    """Index into the stand-in for every pixel from low to high: beyond the corner, `cut` pixels repeat one."""
    pixels = np.arange(low, high)
    pixels = np.where(pixels < corner, pixels, np.maximum(corner, pixels - cut))
    return np.clip(pixels + grown, 0, length - 1)


@lru_cache(maxsize=64)
def _stand_in(edges: _Edges, radii: tuple[tuple[float, float], ...], sigma: float) -> NDArray[np.float32]:
    left, top, right, bottom = edges
    shape = RoundedRect(Rect(left, top, right - left, bottom - top), *radii)
    area = Box(0, 0, ceil(right), ceil(bottom))
    field = np.zeros((area.height, area.width), np.float32)
    for piece in shape_coverage(shape, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), area):
        x, y = piece.box.left, piece.box.top
        field[y : y + piece.box.height, x : x + piece.box.width] = np.asarray(as_mask(piece), np.float32) / 255
    return blur_field(field, sigma)


def _cut(values: NDArray[np.floating], box: Box) -> Coverage:
    """Coverage from an array of 0–1; the fully covered middle becomes a solid piece."""
    pixels = np.clip(values * 255.0 + 0.5, 0, 255).astype(np.uint8)
    whole = (Piece(box, Image.fromarray(pixels)),)
    middle = _solid_middle(pixels)
    if middle is None:
        return whole
    return (
        *subtract(whole, (Piece(middle.moved(box.left, box.top)),), nested=False),
        Piece(middle.moved(box.left, box.top)),
    )


def _solid_middle(pixels: NDArray[np.uint8]) -> Box | None:
    """The largest box around the middle in which everything is covered, found along its two axes."""
    height, width = pixels.shape
    full = pixels == 255
    row, column = full[height // 2], full[:, width // 2]
    if not (row.any() and column.any()):
        return None
    x, y = np.flatnonzero(row), np.flatnonzero(column)
    box = Box(int(x[0]), int(y[0]), int(x[-1]) + 1, int(y[-1]) + 1)
    # Round corners may cut into that box: shrink it from its corners until it is covered.
    while not box.empty and not full[box.top : box.bottom, box.left : box.right].all():
        box = Box(box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)
    return None if box.empty or box.width * box.height < 1024 else box
