"""Blurred boxes.

A blurred rounded rectangle changes only near its corners and edges. A small stand-in, wide enough that its corners do
not see each other, is blurred, and its middle row and column are stretched to the real size. Wide blurs are smooth
enough to be computed for every second, fourth … pixel and interpolated.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor, isfinite

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from renderer.paint.affine import Affine, device_box, is_upright
from renderer.paint.blur import blur_field, edge_profile, reach
from renderer.paint.display_list import Rect, RoundedRect
from renderer.paint.region import Box, Coverage, Piece, as_mask, subtract
from renderer.paint.shapes import shape_coverage
from renderer.text.cache import GenerationCache

Bytes = NDArray[np.uint8]
Edges = tuple[float, float, float, float]
Radii = tuple[tuple[float, float], ...]

_CACHE_BYTES = 24_000_000
_NONE = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
_SHARP = 0.01  # device px of sigma below which nothing is blurred
_WIDE_SIGMA = 48.0  # device px from which a blur is computed at half the resolution, at twice that a quarter …
_LARGEST_STAND_IN = 4_000_000  # pixels
_SMALLEST_MIDDLE = 1024  # pixels that a solid middle must have to be worth a piece of its own

_Key = tuple[RoundedRect, float, Affine, Box, bool]
_masks: GenerationCache[_Key, Coverage] = GenerationCache(
    _CACHE_BYTES, lambda pieces: 500 + sum(p.mask.width * p.mask.height for p in pieces if p.mask is not None)
)


def blurred_coverage(
    shape: RoundedRect, sigma: float, matrix: Affine, area: Box, *, by_boxes: bool = False
) -> Coverage:
    """The part inside `area` of a shape blurred by `sigma` device px.

    Plain rectangles have a formula of their own unless they are to be blurred by boxes like all other shapes.
    """
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
    if not (rect.width > 0 and rect.height > 0 and all(isfinite(rx + ry) for rx, ry in shape[1:])):
        return ()
    has_formula = shape[1:] == _NONE and not by_boxes and is_upright(matrix)
    visible = device_box(matrix, rect, area, margin=ceil(3 * sigma) if has_formula else reach(sigma))
    if visible.empty:
        return ()
    if has_formula:
        return _pieces(_rectangle(rect, sigma, matrix, visible), visible)
    if sigma >= _WIDE_SIGMA:
        return _pieces(_reduced(shape, sigma, matrix, visible), visible)
    return _pieces(_blurred(shape, sigma, matrix, visible), visible)


def _rectangle(rect: Rect, sigma: float, matrix: Affine, visible: Box) -> Bytes:
    left, top, right, bottom = _edges(rect, matrix)
    columns = edge_profile(sigma, left, right, visible.left, visible.right)
    rows = edge_profile(sigma, top, bottom, visible.top, visible.bottom)
    return _quantized(np.outer(rows, columns))


def _edges(rect: Rect, matrix: Affine) -> Edges:
    a, _, _, d, e, f = matrix
    left, top = rect.x * a + e, rect.y * d + f
    return left, top, left + rect.width * a, top + rect.height * d


def _reduced(shape: RoundedRect, sigma: float, matrix: Affine, visible: Box) -> Bytes:
    """Blur at a fraction of the resolution and interpolate."""
    factor = 2
    while sigma / factor >= _WIDE_SIGMA:
        factor *= 2
    a, b, c, d, e, f = (value / factor for value in matrix)
    # Two more pixels on every side, for the interpolation to look at.
    small = Box(
        visible.left // factor - 2,
        visible.top // factor - 2,
        -(-visible.right // factor) + 2,
        -(-visible.bottom // factor) + 2,
    )
    values = _blurred(shape, sigma / factor, (a, b, c, d, e, f), small)
    x, y = visible.left / factor - small.left, visible.top / factor - small.top
    part = (x, y, x + visible.width / factor, y + visible.height / factor)
    return np.asarray(Image.fromarray(values).resize(visible.size, Image.Resampling.BICUBIC, part))


def _blurred(shape: RoundedRect, sigma: float, matrix: Affine, visible: Box) -> Bytes:
    if not is_upright(matrix):
        return _drawn(shape, sigma, matrix, visible)
    left, top, right, bottom = _edges(shape.rect, matrix)
    radii = tuple((rx * matrix[0], ry * matrix[3]) for rx, ry in shape[1:])
    # Moved by whole pixels only: the shape's fractional position stays in its own coverage.
    x, y = floor(left), floor(top)
    values = _nine_patch((left - x, top - y, right - x, bottom - y), radii, sigma, visible.moved(-x, -y))
    return _drawn(shape, sigma, matrix, visible) if values is None else values


def _drawn(shape: RoundedRect, sigma: float, matrix: Affine, visible: Box) -> Bytes:
    """A turned, skewed or huge shape: drawn where it matters and blurred as a whole."""
    grown = reach(sigma)
    around = Box(visible.left - grown, visible.top - grown, visible.right + grown, visible.bottom + grown)
    blurred = blur_field(_field(shape, matrix, around), sigma)
    return _quantized(blurred[2 * grown : 2 * grown + visible.height, 2 * grown : 2 * grown + visible.width])


def _field(shape: RoundedRect, matrix: Affine, area: Box) -> NDArray[np.float32]:
    """Coverage of a shape in an area as an array of 0–1."""
    field = np.zeros((area.height, area.width), np.float32)
    for piece in shape_coverage(shape, matrix, area):
        x, y = piece.box.left - area.left, piece.box.top - area.top
        field[y : y + piece.box.height, x : x + piece.box.width] = np.asarray(as_mask(piece), np.float32) / 255
    return field


def _nine_patch(edges: Edges, radii: Radii, sigma: float, visible: Box) -> Bytes | None:
    """The blurred shape by way of its stand-in; None if that would be too large."""
    left, top, right, bottom = edges
    grown = reach(sigma)
    corner_x = ceil(left + max(rx for rx, _ in radii)) + 2 * grown + 1
    corner_y = ceil(top + max(ry for _, ry in radii)) + 2 * grown + 1
    cut_x = max(0, floor(right - left) - 2 * corner_x)
    cut_y = max(0, floor(bottom - top) - 2 * corner_y)
    if (right - cut_x) * (bottom - cut_y) > _LARGEST_STAND_IN:
        return None
    small = _stand_in((left, top, right - cut_x, bottom - cut_y), radii, sigma)
    columns = _stretched(visible.left, visible.right, corner_x, cut_x, grown, small.shape[1])
    rows = _stretched(visible.top, visible.bottom, corner_y, cut_y, grown, small.shape[0])
    return np.asarray(small.take(rows, axis=0).take(columns, axis=1))


def _stretched(low: int, high: int, corner: int, cut: int, grown: int, length: int) -> NDArray[np.intp]:
    """Index into the stand-in for every pixel from low to high: beyond the corner, `cut` pixels repeat one."""
    pixels = np.arange(low, high)
    pixels = np.where(pixels < corner, pixels, np.maximum(corner, pixels - cut))
    return np.clip(pixels + grown, 0, length - 1)


@lru_cache(maxsize=64)
def _stand_in(edges: Edges, radii: Radii, sigma: float) -> Bytes:
    left, top, right, bottom = edges
    shape = RoundedRect(Rect(left, top, right - left, bottom - top), *radii)
    area = Box(0, 0, ceil(right), ceil(bottom))
    return _quantized(blur_field(_field(shape, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), area), sigma))


def _quantized(values: NDArray[np.floating]) -> Bytes:
    """Fractions as bytes, rounded half up."""
    return np.asarray(np.clip(values * 255.0 + 0.5, 0, 255), dtype=np.uint8)


def _pieces(pixels: Bytes, box: Box) -> Coverage:
    """Coverage from an array of bytes; the fully covered middle becomes a solid piece."""
    whole = (Piece(box, Image.fromarray(pixels)),)
    middle = _solid_middle(pixels)
    if middle is None:
        return whole
    return (
        *subtract(whole, (Piece(middle.moved(box.left, box.top)),), nested=False),
        Piece(middle.moved(box.left, box.top)),
    )


def _solid_middle(pixels: Bytes) -> Box | None:
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
    return None if box.empty or box.width * box.height < _SMALLEST_MIDDLE else box
