"""2D transforms as one matrix in page coordinates (CSS Transforms 1 section 6)."""

from __future__ import annotations

from math import cos, radians, sin, tan

from renderer.paint.display_list import Rect
from renderer.style.computed import ComputedStyle
from renderer.style.values import LengthPercentage, TransformFunction, resolve

Affine = tuple[float, float, float, float, float, float]
IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def page_matrix(style: ComputedStyle, box: Rect) -> Affine | None:
    """Matrix of an element's transform around its origin, for the page's coordinates; None without a transform."""
    if not style.transform:
        return None
    origin_x = box.x + resolve(style.transform_origin.x, box.width)
    origin_y = box.y + resolve(style.transform_origin.y, box.height)
    matrix: Affine = (1.0, 0.0, 0.0, 1.0, origin_x, origin_y)
    for function in style.transform:
        matrix = multiply(matrix, _matrix(function, box))
    return multiply(matrix, (1.0, 0.0, 0.0, 1.0, -origin_x, -origin_y))


def multiply(first: Affine, second: Affine) -> Affine:
    """The transform that applies `second`, then `first`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f)


def _matrix(function: TransformFunction, box: Rect) -> Affine:
    arguments = function.arguments
    match function.name:
        case "translate":
            return (1.0, 0.0, 0.0, 1.0, resolve(arguments[0], box.width), resolve(arguments[1], box.height))
        case "scale":
            return (_number(arguments[0]), 0.0, 0.0, _number(arguments[1]), 0.0, 0.0)
        case "rotate":
            angle = radians(_number(arguments[0]))
            return (cos(angle), sin(angle), -sin(angle), cos(angle), 0.0, 0.0)
        case "skew":
            return (1.0, tan(radians(_number(arguments[1]))), tan(radians(_number(arguments[0]))), 1.0, 0.0, 0.0)
        case "matrix":
            a, b, c, d, e, f = (_number(value) for value in arguments)
            return (a, b, c, d, e, f)


def _number(value: LengthPercentage) -> float:
    return resolve(value, 0.0)
