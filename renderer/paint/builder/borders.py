"""Borders and outlines (CSS Backgrounds 3 section 4, CSS Basic User Interface 4 section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor
from typing import NamedTuple

from renderer.layout.fragments import Edges
from renderer.paint.builder.dashes import best_gap, dash_and_gap
from renderer.paint.builder.edge_colors import shadow_and_light
from renderer.paint.builder.geometry import BoxGeometry, inset, outset, simple
from renderer.paint.builder.paths import polygon, rounded_path
from renderer.paint.display_list import Fill, Group, Operation, Path, Rect, Ring, RoundedRect, Stroke
from renderer.style.values import Color

INVISIBLE = frozenset({"none", "hidden"})


class Side(NamedTuple):
    """One side of a border."""

    name: str
    width: float
    style: str
    color: Color


def border_operations(geometry: BoxGeometry) -> Iterator[Operation]:
    """Operations that paint the border of a box."""
    sides = _sides(geometry)
    if not sides:
        return
    first = sides[0]
    uniform = len(sides) == 4 and all(side[2:] == first[2:] for side in sides)
    if uniform and first.style in ("solid", "double"):
        yield from _rings(geometry.border_shape, geometry.border, first)
    elif uniform and first.style in ("dashed", "dotted") and len({side.width for side in sides}) == 1:
        if simple(geometry.border_shape) is geometry.border_rect:
            yield from _lines(geometry, sides)
        else:
            yield _dashed_ring(geometry, first)
    else:
        for side in sides:
            yield from _single_side(geometry, side)


def _sides(geometry: BoxGeometry) -> list[Side]:
    """Visible sides in the order in which they are painted."""
    style = geometry.style
    border = geometry.border
    sides = [
        Side("top", border.top, style.border_top_style, style.border_top_color),
        Side("right", border.right, style.border_right_style, style.border_right_color),
        Side("bottom", border.bottom, style.border_bottom_style, style.border_bottom_color),
        Side("left", border.left, style.border_left_style, style.border_left_color),
    ]
    return [s for s in sides if s.width > 0 and s.style not in INVISIBLE and s.color.alpha > 0]


def _rings(outer: RoundedRect, border: Edges, side: Side) -> Iterator[Operation]:
    """A closed border of one colour: one ring, or two with a gap of a third for `double`."""
    if side.style == "double" and side.width >= 3:
        yield Fill(Ring(outer, inset(outer, _part(border, 1 / 3))), side.color)
        yield Fill(Ring(inset(outer, _part(border, 2 / 3)), inset(outer, border)), side.color)
    else:
        yield Fill(Ring(outer, inset(outer, border)), side.color)


def _part(edges: Edges, fraction: float) -> Edges:
    """Whole pixels nearest to a fraction of each edge: the outer part is rounded up as a browser does."""
    return Edges(*(floor(width * fraction + 0.5) for width in (edges.top, edges.right, edges.bottom, edges.left)))


def _single_side(geometry: BoxGeometry, side: Side) -> Iterator[Operation]:
    """One side on its own, bounded by the mitred corners that it shares with its neighbours."""
    if side.style in ("dashed", "dotted") and simple(geometry.border_shape) is geometry.border_rect:
        yield from _line(geometry, side)
        return
    wedge = _wedge(geometry, side.name)
    color = _shade(side, geometry.style.color)
    if side.style in ("groove", "ridge"):
        half = _part(geometry.border, 0.5)
        outside, inside = ("inset", "outset") if side.style == "groove" else ("outset", "inset")
        outer_color = _shade(side._replace(style=outside), geometry.style.color)
        inner_color = _shade(side._replace(style=inside), geometry.style.color)
        outer = geometry.border_shape
        middle = inset(outer, half)
        yield Group((Fill(Ring(outer, middle), outer_color),), clip=wedge)
        yield Group((Fill(Ring(middle, geometry.padding_shape), inner_color),), clip=wedge)
        return
    if simple(geometry.border_shape) is geometry.border_rect and side.style != "double":
        yield Fill(_rectangle_side(geometry, side.name, wedge), color)
        return
    rings = tuple(_rings(geometry.border_shape, geometry.border, side._replace(color=color)))
    yield Group(rings, clip=wedge)


def _shade(side: Side, current: Color) -> Color:
    """Colour of one side of an inset or outset border: two sides in the shadow, two in the light."""
    if side.style not in ("inset", "outset"):
        return side.color
    in_shadow = (side.style == "inset") == (side.name in ("top", "left"))
    shadow, light = shadow_and_light(side.color, current)
    return shadow if in_shadow else light


def _wedge(geometry: BoxGeometry, name: str) -> Path:
    """Area of one side: a trapezoid between the outer and the inner corners, drawn to the centre for round corners."""
    x, y, width, height = geometry.border_rect
    right, bottom = x + width, y + height
    b = geometry.border
    inner = [
        (x + b.left, y + b.top),
        (right - b.right, y + b.top),
        (right - b.right, bottom - b.bottom),
        (x + b.left, bottom - b.bottom),
    ]
    outer = [(x, y), (right, y), (right, bottom), (x, bottom)]
    first = ("top", "right", "bottom", "left").index(name)
    second = (first + 1) % 4
    points = [outer[first], outer[second], inner[second], inner[first]]
    if geometry.radii[first] != (0.0, 0.0) or geometry.radii[second] != (0.0, 0.0):
        center = (x + width / 2, y + height / 2)
        points[2] = _extend(outer[second], inner[second], center)
        points[3] = _extend(outer[first], inner[first], center)
    return polygon(points)


def _extend(outer: tuple[float, float], inner: tuple[float, float], center: tuple[float, float]) -> tuple[float, float]:
    """Prolong the mitre line from the outer through the inner corner until it reaches the middle of the box."""
    dx, dy = inner[0] - outer[0], inner[1] - outer[1]
    factors = [abs((center[0] - outer[0]) / dx) if dx else 1e9, abs((center[1] - outer[1]) / dy) if dy else 1e9]
    factor = max(1.0, min(factors)) if min(factors) < 1e9 else 1.0
    return outer[0] + dx * factor, outer[1] + dy * factor


def _rectangle_side(geometry: BoxGeometry, name: str, wedge: Path) -> Rect | Path:
    """A plain rectangle where the neighbours have no width, else the mitred trapezoid."""
    b = geometry.border
    neighbours = (b.left, b.right) if name in ("top", "bottom") else (b.top, b.bottom)
    return wedge.bounds if neighbours == (0.0, 0.0) else wedge


def _lines(geometry: BoxGeometry, sides: list[Side]) -> Iterator[Operation]:
    """Dashed or dotted sides of one colour; they meet in the corners, where a translucent one must not show twice."""
    color = sides[0].color
    opaque = [side._replace(color=color._replace(alpha=1.0)) for side in sides]
    strokes = [stroke for side in opaque for stroke in _line(geometry, side)]
    if color.alpha < 1:
        yield Group(tuple(strokes), opacity=color.alpha)
    else:
        yield from strokes


def _line(geometry: BoxGeometry, side: Side) -> Iterator[Operation]:
    """A dashed or dotted straight side, its pattern adjusted so that both corners are filled."""
    x, y, width, height = geometry.border_rect
    half = side.width / 2
    horizontal = side.name in ("top", "bottom")
    if horizontal:
        at = y + half if side.name == "top" else y + height - half
        start, end = (x, at), (x + width, at)
    else:
        at = x + half if side.name == "left" else x + width - half
        start, end = (at, y), (at, y + height)
    length = width if horizontal else height
    yield _pattern(start, end, length, side, horizontal)


def _pattern(
    start: tuple[float, float], end: tuple[float, float], length: float, side: Side, horizontal: bool
) -> Stroke:
    thickness = side.width
    if side.style == "dotted" and thickness >= 2:
        # Round dots: zero-length dashes with round caps, the first and last dot inside the corners.
        half = thickness / 2
        if horizontal:
            start, end = (start[0] + half, start[1]), (end[0] - half, end[1])
        else:
            start, end = (start[0], start[1] + half), (end[0], end[1] - half)
        room = length - thickness
        gap = best_gap(room + thickness, thickness, thickness)
        return Stroke(_segment(start, end, thickness), thickness, side.color, (0.0, gap + thickness), cap="round")
    dash, gap = dash_and_gap(thickness) if side.style == "dashed" else (thickness, thickness)
    gap = best_gap(length, dash, gap)
    return Stroke(_segment(start, end, thickness), thickness, side.color, (dash, gap))


def _segment(start: tuple[float, float], end: tuple[float, float], thickness: float) -> Path:
    half = thickness / 2
    left, top = min(start[0], end[0]) - half, min(start[1], end[1]) - half
    bounds = Rect(left, top, abs(end[0] - start[0]) + thickness, abs(end[1] - start[1]) + thickness)
    return Path(f"M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}", bounds)


def _dashed_ring(geometry: BoxGeometry, side: Side) -> Group:
    """A dashed or dotted border along round corners: a stroke on the centre line, kept inside the border."""
    half = side.width / 2
    center = inset(geometry.border_shape, Edges(half, half, half, half))
    path = rounded_path(center)
    if side.style == "dotted" and side.width >= 2:
        stroke = Stroke(path, side.width, side.color, (0.0, 2 * side.width), cap="round")
    else:
        pattern = dash_and_gap(side.width) if side.style == "dashed" else (side.width, side.width)
        stroke = Stroke(path, side.width, side.color, pattern)
    return Group((stroke,), clip=Ring(geometry.border_shape, geometry.padding_shape))


def outline_operations(geometry: BoxGeometry) -> Iterator[Operation]:
    """The outline: a ring around the border box that takes no space."""
    style = geometry.style
    width = style.outline_width
    if width <= 0 or style.outline_style in INVISIBLE or style.outline_color.alpha == 0:
        return
    edge = outset(geometry.border_shape, style.outline_offset + width)
    side = Side("top", width, style.outline_style, style.outline_color)
    edges = Edges(width, width, width, width)
    if style.outline_style in ("dashed", "dotted"):
        corners = (edge.top_left, edge.top_right, edge.bottom_right, edge.bottom_left)
        around = BoxGeometry(style, edge.rect, edges, Edges(), corners)
        if simple(edge) is edge.rect:
            yield from _lines(around, [side._replace(name=name) for name in ("top", "right", "bottom", "left")])
        else:
            yield _dashed_ring(around, side)
    else:
        yield from _rings(edge, edges, side)
