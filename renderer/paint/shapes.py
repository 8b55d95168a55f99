"""Shapes of the display list as anti-aliased regions of device pixels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, floor, isfinite

import numpy as np
from PIL import Image

from renderer.paint.affine import Affine, device_box, is_upright, map_rect
from renderer.paint.builder.paths import rounded_path
from renderer.paint.corners import Radii, corner_coverage, corner_mask
from renderer.paint.display_list import Path, Rect, Ring, RoundedRect, Shape
from renderer.paint.region import Box, Coverage, Piece, bounds, subtract, within
from renderer.paint.vector import draw_mask, fill_markup

_LARGEST_CORNER = 4096  # device px of a radius up to which corners are integrated rather than drawn as a path
_EPSILON = 1e-4  # device px; smaller distances from a pixel's edge are rounding errors

Edges = tuple[float, float, float, float]


def shape_coverage(shape: Shape, matrix: Affine, area: Box) -> Coverage:
    """The device pixels inside `area` that a shape covers; empty for shapes without area or with NaN."""
    rect = shape_rect(shape)
    if not (isinstance(shape, Path) or (rect.width > 0 and rect.height > 0)):
        return ()
    if isinstance(shape, Rect):
        if is_upright(matrix):
            return _rectangle(_snapped(map_rect(matrix, shape)), area)
        return _path(_rectangle_path(shape), matrix, area)
    if isinstance(shape, RoundedRect):
        return _rounded(shape, matrix, area)
    if isinstance(shape, Ring):
        return within(_ring(shape, matrix, area), area)
    if isinstance(shape, Path):
        return _path(shape, matrix, area)
    raise TypeError(f"unknown shape {shape!r}")


def shape_rect(shape: Shape) -> Rect:
    """Bounding box of a shape in its own coordinates."""
    if isinstance(shape, Rect):
        return shape
    if isinstance(shape, RoundedRect):
        return shape.rect
    return shape.outer.rect if isinstance(shape, Ring) else shape.bounds


def _snapped(edges: Edges) -> Edges:
    """Edges that miss a whole pixel only by rounding errors, moved onto it."""
    left, top, right, bottom = edges
    return (_snap(left), _snap(top), _snap(right), _snap(bottom))


def _snap(value: float) -> float:
    if not isfinite(value):
        return value
    nearest = floor(value + 0.5)
    return float(nearest) if abs(value - nearest) < _EPSILON else value


def _rectangle(edges: Edges, area: Box) -> Coverage:
    left, top, right, bottom = edges
    if not (left < right and top < bottom):
        return ()
    columns, rows = _spans(left, right, area.left, area.right), _spans(top, bottom, area.top, area.bottom)
    return tuple(
        Piece(Box(x0, y0, x1, y1), None, alpha)
        for y0, y1, vertical in rows
        for x0, x1, horizontal in columns
        if (alpha := int(horizontal * vertical * 255 + 0.5)) > 0
    )


def _spans(start: float, end: float, low: int, high: int) -> list[tuple[int, int, float]]:
    """Runs of pixels with the same share covered by the interval start–end, cut to low–high."""
    start, end = max(start, low), min(end, high)
    if start >= end:
        return []
    first, last = floor(start), ceil(end)
    if last - first == 1:
        return [(first, last, end - start)]
    spans = []
    inner_start, inner_end = ceil(start), floor(end)
    if inner_start > start:
        spans.append((first, inner_start, inner_start - start))
    if inner_end > inner_start:
        spans.append((inner_start, inner_end, 1.0))
    if inner_end < end:
        spans.append((inner_end, last, end - inner_end))
    return spans


def _rounded(shape: RoundedRect, matrix: Affine, area: Box) -> Coverage:
    if is_upright(matrix):
        edges = _snapped(map_rect(matrix, shape.rect))
        radii = tuple((rx * matrix[0], ry * matrix[3]) for rx, ry in shape[1:])
        if not (edges[0] < edges[2] and edges[1] < edges[3]):
            return ()
        if not all(map(isfinite, (*edges, *(radius for pair in radii for radius in pair)))):
            return ()
        whole = _uncut(edges, radii)
        if whole is not None:
            area = area.intersect(Box(floor(edges[0]), floor(edges[1]), ceil(edges[2]), ceil(edges[3])))
            edges = whole
        radii = _fitted(radii, edges[2] - edges[0], edges[3] - edges[1])
        if max(max(pair) for pair in radii) <= _LARGEST_CORNER:
            return within(_upright_rounded(edges, radii), area)
    return _path(rounded_path(shape), matrix, area)


def _uncut(edges: Edges, radii: tuple[Radii, ...]) -> Edges | None:
    """The box that one round corner needs which is larger than its own: the inside of a border around such a corner.

    The curve keeps its centre there, beyond the box's edges, which cut it off. None if all is well, or if the corners
    beyond are round, too.
    """
    left, top, right, bottom = edges
    round_corners = [index for index, pair in enumerate(radii) if min(pair) >= _EPSILON]
    if len(round_corners) != 1:
        return None
    index = round_corners[0]
    wider, higher = radii[index][0] - (right - left), radii[index][1] - (bottom - top)
    if max(wider, higher) < _EPSILON:
        return None
    wider, higher = max(0.0, wider), max(0.0, higher)
    left, right = (left - wider, right) if index in (1, 2) else (left, right + wider)
    top, bottom = (top - higher, bottom) if index in (2, 3) else (top, bottom + higher)
    return left, top, right, bottom


def _fitted(radii: tuple[Radii, ...], width: float, height: float) -> tuple[Radii, ...]:
    """Radii reduced in proportion until neighbours do not overlap (CSS Backgrounds 3 section 5.5)."""
    (a, b), (c, d), (e, f), (g, h) = radii
    sums = ((a + c, width), (g + e, width), (b + h, height), (d + f, height))
    factor = min((room / total for total, room in sums if total > room), default=1.0)
    return radii if factor == 1.0 else tuple((rx * factor, ry * factor) for rx, ry in radii)


@lru_cache(maxsize=256)
def _upright_rounded(edges: Edges, radii: tuple[Radii, ...]) -> Coverage:
    """A rounded rectangle in device px."""
    left, top, right, bottom = edges
    outer = Box(floor(left), floor(top), ceil(right), ceil(bottom))
    corners = []
    for index, (rx, ry) in enumerate(radii):
        if rx < _EPSILON or ry < _EPSILON:
            continue
        at_right, at_bottom = index in (1, 2), index in (2, 3)
        inset_x = outer.right - right if at_right else left - outer.left
        inset_y = outer.bottom - bottom if at_bottom else top - outer.top
        width, height = ceil(inset_x + rx), ceil(inset_y + ry)
        x = outer.right - width if at_right else outer.left
        y = outer.bottom - height if at_bottom else outer.top
        corners.append((index, (rx, ry, inset_x, inset_y), Box(x, y, x + width, y + height)))
    boxes = [box for _, _, box in corners]
    if any(not a.intersect(b).empty for i, a in enumerate(boxes) for b in boxes[:i]):
        return (Piece(outer, _whole_mask(edges, outer, corners)),)
    rest = subtract(_rectangle(edges, outer), tuple(Piece(box) for box in boxes), nested=False)
    masks = tuple(Piece(box, corner_mask(*numbers, index)) for index, numbers, box in corners)
    return tuple(_joined(rest)) + masks


_Corner = tuple[int, tuple[float, float, float, float], Box]


def _whole_mask(edges: Edges, outer: Box, corners: list[_Corner]) -> Image.Image:
    """One mask for a shape whose corners share pixels: the rectangle's coverage less what each corner cuts off."""
    left, top, right, bottom = edges
    columns, rows = np.ones(outer.width), np.ones(outer.height)
    columns[0] -= left - outer.left
    columns[-1] -= outer.right - right
    rows[0] -= top - outer.top
    rows[-1] -= outer.bottom - bottom
    coverage = np.outer(rows, columns)
    for index, numbers, box in corners:
        corner = corner_coverage(*numbers)
        height, width = corner.shape
        square = np.outer(
            np.minimum(1.0, np.arange(height) + 1 - numbers[3]), np.minimum(1.0, np.arange(width) + 1 - numbers[2])
        )
        lost = square - corner
        if index in (1, 2):
            lost = lost[:, ::-1]
        if index in (2, 3):
            lost = lost[::-1]
        x, y = box.left - outer.left, box.top - outer.top
        coverage[y : y + height, x : x + width] -= lost
    return Image.fromarray(np.rint(np.clip(coverage, 0.0, 1.0) * 255.0).astype(np.uint8))


def _joined(pieces: Coverage) -> Iterator[Piece]:
    """Neighbours with equal rows and even coverage made one."""
    previous: Piece | None = None
    for piece in sorted(pieces, key=lambda p: (p.box.top, p.box.left)):
        if (
            previous is not None
            and piece.alpha == previous.alpha
            and previous.box.top == piece.box.top
            and previous.box.bottom == piece.box.bottom
            and previous.box.right == piece.box.left
        ):
            previous = Piece(previous.box._replace(right=piece.box.right), None, piece.alpha)
            continue
        if previous is not None:
            yield previous
        previous = piece
    if previous is not None:
        yield previous


@lru_cache(maxsize=128)
def _ring(ring: Ring, matrix: Affine, area: Box) -> Coverage:
    outer = shape_coverage(ring.outer, matrix, area)
    inner = shape_coverage(ring.inner, matrix, bounds(piece.box for piece in outer))
    return subtract(outer, inner, nested=True)


def _path(path: Path, matrix: Affine, area: Box) -> Coverage:
    box = device_box(matrix, path.bounds, area, margin=1.0)
    if box.empty:
        return ()
    return (Piece(box, draw_mask(fill_markup(path.data, even_odd=path.even_odd), matrix, box)),)


def _rectangle_path(rect: Rect) -> Path:
    x, y, width, height = rect
    return Path(f"M{x:f} {y:f}h{width:f}v{height:f}h{-width:f}Z", rect)
