"""Affine matrices (a, b, c, d, e, f) as in CSS: x' = a·x + c·y + e, y' = b·x + d·y + f."""

from __future__ import annotations

from math import ceil, floor, hypot, isfinite

from renderer.paint.display_list import Rect
from renderer.paint.region import Box

Affine = tuple[float, float, float, float, float, float]


def multiply(first: Affine, second: Affine) -> Affine:
    """The matrix that applies `second`, then `first`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f)


def invert(matrix: Affine) -> Affine | None:
    """The inverse matrix, or None if the matrix flattens the plane."""
    a, b, c, d, e, f = matrix
    determinant = a * d - b * c
    if determinant == 0 or not isfinite(determinant) or not all(map(isfinite, matrix)):
        return None
    ia, ib, ic, id_ = d / determinant, -b / determinant, -c / determinant, a / determinant
    return (ia, ib, ic, id_, -(ia * e + ic * f), -(ib * e + id_ * f))


def is_upright(matrix: Affine) -> bool:
    """Whether axis-aligned rectangles keep their orientation: positive scale and translation only."""
    return matrix[1] == 0 and matrix[2] == 0 and matrix[0] > 0 and matrix[3] > 0


def scales(matrix: Affine) -> tuple[float, float]:
    """Lengths of the images of the two unit vectors."""
    return hypot(matrix[0], matrix[1]), hypot(matrix[2], matrix[3])


def mean_scale(matrix: Affine) -> float:
    """Square root of the change of area: the factor for lengths without a direction, such as blur radii."""
    return float(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5)


def map_rect(matrix: Affine, rect: Rect) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the smallest upright rectangle around the image of `rect`."""
    a, b, c, d, e, f = matrix
    x0, y0, x1, y1 = rect.x, rect.y, rect.x + rect.width, rect.y + rect.height
    if b == 0 and c == 0:
        left, right, top, bottom = a * x0 + e, a * x1 + e, d * y0 + f, d * y1 + f
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)
    xs = (a * x0 + c * y0 + e, a * x1 + c * y0 + e, a * x0 + c * y1 + e, a * x1 + c * y1 + e)
    ys = (b * x0 + d * y0 + f, b * x1 + d * y0 + f, b * x0 + d * y1 + f, b * x1 + d * y1 + f)
    return min(xs), min(ys), max(xs), max(ys)


def device_box(matrix: Affine, rect: Rect, within: Box, margin: float = 0.0) -> Box:
    """Whole device pixels that the image of `rect`, grown by `margin` device px, touches inside `within`.

    Empty if a number is not finite.
    """
    left, top, right, bottom = map_rect(matrix, rect)
    if not all(map(isfinite, (left, top, right, bottom, margin))):
        return Box(within.left, within.top, within.left, within.top)
    return Box(
        max(within.left, floor(left - margin)),
        max(within.top, floor(top - margin)),
        min(within.right, ceil(right + margin)),
        min(within.bottom, ceil(bottom + margin)),
    )
