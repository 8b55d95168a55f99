"""Gradients of a box: gradient lines, radii and colour stops in px (CSS Images 3 section 3, CSS Images 4)."""

from __future__ import annotations

from math import cos, hypot, radians, sin

from renderer.paint.display_list import ConicPaint, LinearPaint, RadialPaint, Rect, Stop
from renderer.style.values import (
    ColorStop,
    ConicGradient,
    LengthPercentage,
    LinearGradient,
    Percentage,
    Position,
    RadialGradient,
    resolve,
)


def gradient_paint(
    gradient: LinearGradient | RadialGradient | ConicGradient, box: Rect
) -> LinearPaint | RadialPaint | ConicPaint:
    """Paint for a gradient image of the size and place of `box`."""
    match gradient:
        case LinearGradient():
            return _linear(gradient, box)
        case RadialGradient():
            return _radial(gradient, box)
        case ConicGradient():
            return _conic(gradient, box)


def _linear(gradient: LinearGradient, box: Rect) -> LinearPaint:
    width, height = box.width, box.height
    if gradient.corner is not None:
        # The line through the corner is perpendicular to the diagonal between the two other corners.
        x = height if gradient.corner[0] == "right" else -height
        y = width if gradient.corner[1] == "bottom" else -width
        norm = hypot(x, y) or 1.0
        dx, dy = x / norm, y / norm
    else:
        dx, dy = sin(radians(gradient.angle)), -cos(radians(gradient.angle))
    length = abs(width * dx) + abs(height * dy)
    cx, cy = box.x + width / 2, box.y + height / 2
    half_x, half_y = dx * length / 2, dy * length / 2
    stops = _stops(gradient.stops, length)
    return LinearPaint(
        cx - half_x, cy - half_y, cx + half_x, cy + half_y, stops, gradient.repeating, gradient.space, gradient.hue
    )


def _radial(gradient: RadialGradient, box: Rect) -> RadialPaint:
    cx, cy = _point(gradient.center, box)
    rx, ry = _radii(gradient, box, cx, cy)
    # Zero radii are drawn as if they were arbitrarily small but greater than zero (CSS Images 3 section 3.2.3).
    rx, ry = max(rx, 1e-6), max(ry, 1e-6)
    stops = _stops(gradient.stops, rx)
    return RadialPaint(box.x + cx, box.y + cy, rx, ry, stops, gradient.repeating, gradient.space, gradient.hue)


def _point(position: Position, box: Rect) -> tuple[float, float]:
    return resolve(position.x, box.width), resolve(position.y, box.height)


def _radii(gradient: RadialGradient, box: Rect, cx: float, cy: float) -> tuple[float, float]:
    if not isinstance(gradient.size, str):
        return resolve(gradient.size[0], box.width), resolve(gradient.size[1], box.height)
    left, right, top, bottom = abs(cx), abs(box.width - cx), abs(cy), abs(box.height - cy)
    choose = min if gradient.size.startswith("closest") else max
    if gradient.shape == "circle":
        if gradient.size.endswith("side"):
            radius = choose(left, right, top, bottom)
        else:
            radius = choose(hypot(x, y) for x in (left, right) for y in (top, bottom))
        return radius, radius
    rx, ry = choose(left, right), choose(top, bottom)
    if gradient.size.endswith("side"):
        return rx, ry
    # An ellipse through a corner keeps the aspect ratio that it would have to the sides.
    corners = [(x, y) for x in (left, right) for y in (top, bottom)]
    x, y = choose(corners, key=lambda corner: hypot(*corner))
    if rx == 0 or ry == 0:
        return 0.0, 0.0
    ratio = rx / ry
    wide = hypot(x, y * ratio)
    return wide, wide / ratio


def _conic(gradient: ConicGradient, box: Rect) -> ConicPaint:
    cx, cy = _point(gradient.center, box)
    stops = _stops(gradient.stops, 1.0)
    return ConicPaint(box.x + cx, box.y + cy, gradient.start, stops, gradient.repeating, gradient.space, gradient.hue)


def _stops(stops: tuple[ColorStop, ...], length: float) -> tuple[Stop, ...]:
    """Colour stop fixup (CSS Images 3 section 3.4.3): offsets as fractions of the line, never decreasing."""
    offsets = [_offset(stop.at, length) for stop in stops]
    largest = offsets[0] = offsets[0] or 0.0
    if offsets[-1] is None:
        offsets[-1] = 1.0
    for index, offset in enumerate(offsets):
        if offset is not None:
            largest = max(largest, offset)
            offsets[index] = largest
    placed = _spread_evenly(offsets)
    return tuple(Stop(offset, stop.color) for offset, stop in zip(placed, stops, strict=True))


def _offset(at: LengthPercentage | None, length: float) -> float | None:
    if at is None:
        return None
    if isinstance(at, Percentage):
        return at.fraction
    return resolve(at, length) / length if length else 0.0


def _spread_evenly(offsets: list[float | None]) -> list[float]:
    """Place runs of stops without a position evenly between their neighbours."""
    placed: list[float] = []
    for index, offset in enumerate(offsets):
        if offset is not None:
            placed.append(offset)
            continue
        following = next(i for i in range(index, len(offsets)) if offsets[i] is not None)
        end = offsets[following]
        before = placed[-1]
        placed.append(before + ((end or 0.0) - before) / (following - index + 1))
    return placed
