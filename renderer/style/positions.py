"""<position> and <bg-position> (CSS Values 4 section 8.3, CSS Backgrounds 4 section 2.6)."""

from __future__ import annotations

from renderer.style.calc import add, scale
from renderer.style.deferred import Deferred, combine
from renderer.style.lengths import LengthOrPercentage, take_length_percentage
from renderer.style.tokens import Cursor, InvalidValueError
from renderer.style.values import LengthPercentage, Percentage, Position

HORIZONTAL = {"left": 0.0, "right": 1.0, "x-start": 0.0, "x-end": 1.0}
VERTICAL = {"top": 0.0, "bottom": 1.0, "y-start": 0.0, "y-end": 1.0}

Axes = tuple[LengthOrPercentage, LengthOrPercentage]


def from_far_edge(offset: LengthPercentage) -> LengthPercentage:
    """100% minus an offset."""
    if isinstance(offset, Percentage):
        return Percentage(1.0 - offset.fraction)
    return add(Percentage(1.0), scale(offset, -1.0))


def take_axis(cursor: Cursor, edges: dict[str, float]) -> LengthOrPercentage | None:
    """One axis of a position: `center`, an edge with or without offset, or an offset."""
    if cursor.take_keyword(("center",)):
        return Percentage(0.5)
    edge = cursor.take_keyword(edges)
    offset = take_length_percentage(cursor)
    if edge is None:
        return offset
    if offset is None:
        return Percentage(edges[edge])
    return offset if edges[edge] == 0.0 else combine(from_far_edge, offset)


def take_position(cursor: Cursor) -> Axes | None:
    """One to four components; None if there is none at all."""
    components: list[str | LengthOrPercentage] = []
    while len(components) < 4:
        word = cursor.take_keyword(("left", "right", "top", "bottom", "center"))
        component = word if word is not None else take_length_percentage(cursor)
        if component is None:
            break
        components.append(component)
    if not components:
        return None
    axes = _short(components) if len(components) <= 2 else _long(components)
    if axes is None:
        raise InvalidValueError("these components make no position")
    return axes


def _short(components: list[str | LengthOrPercentage]) -> Axes | None:
    first, second = components if len(components) == 2 else (components[0], "center")
    # Two keywords may come in either order; with a length the horizontal component is the first.
    if first in ("top", "bottom") or second in ("left", "right"):
        if not isinstance(first, str) or not isinstance(second, str):
            return None if len(components) == 2 else (Percentage(0.5), Percentage(VERTICAL[str(first)]))
        first, second = second, first
    x, y = _single(first, HORIZONTAL), _single(second, VERTICAL)
    return None if x is None or y is None else (x, y)


def _single(component: str | LengthOrPercentage, edges: dict[str, float]) -> LengthOrPercentage | None:
    if component == "center":
        return Percentage(0.5)
    if isinstance(component, str):
        return Percentage(edges[component]) if component in edges else None
    return component


def _long(components: list[str | LengthOrPercentage]) -> Axes | None:
    """Three or four components: edges, each perhaps with an offset."""
    x: LengthOrPercentage | None = None
    y: LengthOrPercentage | None = None
    centers = 0
    index = 0
    while index < len(components):
        edge = components[index]
        index += 1
        if not isinstance(edge, str):
            return None
        if edge == "center":
            centers += 1
            continue
        value: LengthOrPercentage = Percentage({**HORIZONTAL, **VERTICAL}[edge])
        if index < len(components) and not isinstance(offset := components[index], str):
            index += 1
            value = offset if edge in ("left", "top") else combine(from_far_edge, offset)
        if edge in HORIZONTAL and x is None:
            x = value
        elif edge in VERTICAL and y is None:
            y = value
        else:
            return None
    if (x is None) + (y is None) != centers:
        return None
    return (Percentage(0.5) if x is None else x, Percentage(0.5) if y is None else y)


def position(axes: Axes) -> Position | Deferred[Position]:
    """A position of two axes."""
    return combine(Position, *axes)
