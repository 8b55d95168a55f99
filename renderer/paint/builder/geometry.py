"""Boxes of a fragment in page coordinates: pixel snapping and rounded corners (CSS Backgrounds 3 section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from renderer.layout.fragments import Edges
from renderer.paint.display_list import Rect, RoundedRect, Shape
from renderer.style.computed import ComputedStyle
from renderer.style.values import resolve

Radii = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
SQUARE: Radii = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
_VANISHING = 4 / 64  # px, in which Chromium measures layout by 64ths


@dataclass(slots=True)
class BoxGeometry:
    """Border box of one fragment, snapped to device pixels, with its edge widths and corner radii."""

    style: ComputedStyle
    border_rect: Rect
    border: Edges
    padding: Edges
    radii: Radii

    @property
    def border_shape(self) -> RoundedRect:
        """The border box with its corners."""
        return RoundedRect(self.border_rect, *self.radii)

    @property
    def padding_shape(self) -> RoundedRect:
        """The padding box; its corners are the border's less its widths."""
        return inset(self.border_shape, self.border)

    @property
    def content_shape(self) -> RoundedRect:
        """The content box."""
        both = Edges(
            self.border.top + self.padding.top,
            self.border.right + self.padding.right,
            self.border.bottom + self.padding.bottom,
            self.border.left + self.padding.left,
        )
        return inset(self.border_shape, both)


def snap(rect: Rect, scale: float) -> Rect:
    """Move the edges of a rectangle to whole device pixels, as Chromium does for boxes."""
    left, right = _snapped(rect.x * scale, rect.width * scale)
    top, bottom = _snapped(rect.y * scale, rect.height * scale)
    return Rect(left / scale, top / scale, (right - left) / scale, (bottom - top) / scale)


def _snapped(start: float, length: float) -> tuple[int, int]:
    """Both edges in whole pixels. What is longer than a sixteenth of a pixel does not vanish between two of them."""
    first, last = floor(start + 0.5), floor(start + length + 0.5)
    return first, max(first + 1 if length > _VANISHING else first, last)


def box_geometry(
    style: ComputedStyle, rect: Rect, border: Edges, padding: Edges, scale: float, radii: Radii | None = None
) -> BoxGeometry:
    """Geometry of a border box at `rect` (unsnapped page coordinates)."""
    snapped = snap(rect, scale)
    if radii is None:
        radii = corner_radii(style, snapped)
    return BoxGeometry(style, snapped, border, padding, radii)


def corner_radii(style: ComputedStyle, rect: Rect) -> Radii:
    """Used radii: percentages of the box, reduced together where neighbours would overlap (section 5.5)."""
    specified = (
        style.border_top_left_radius,
        style.border_top_right_radius,
        style.border_bottom_right_radius,
        style.border_bottom_left_radius,
    )
    if specified == SQUARE or rect.width <= 0 or rect.height <= 0:
        return SQUARE
    radii = [(max(0.0, resolve(h, rect.width)), max(0.0, resolve(v, rect.height))) for h, v in specified]
    radii = [(h, v) if h > 0 and v > 0 else (0.0, 0.0) for h, v in radii]
    top_left, top_right, bottom_right, bottom_left = radii
    factor = 1.0
    for size, first, second in (
        (rect.width, top_left[0], top_right[0]),
        (rect.width, bottom_left[0], bottom_right[0]),
        (rect.height, top_left[1], bottom_left[1]),
        (rect.height, top_right[1], bottom_right[1]),
    ):
        if first + second > size:
            factor = min(factor, size / (first + second))
    a, b, c, d = ((h * factor, v * factor) for h, v in radii)
    return (a, b, c, d)


def inset(shape: RoundedRect, edges: Edges) -> RoundedRect:
    """Shrink a rounded rectangle by edge widths; corners shrink with their adjoining edges."""
    rect = shape.rect
    inner = Rect(
        rect.x + edges.left,
        rect.y + edges.top,
        max(0.0, rect.width - edges.left - edges.right),
        max(0.0, rect.height - edges.top - edges.bottom),
    )
    return RoundedRect(
        inner,
        _less(shape.top_left, edges.left, edges.top),
        _less(shape.top_right, edges.right, edges.top),
        _less(shape.bottom_right, edges.right, edges.bottom),
        _less(shape.bottom_left, edges.left, edges.bottom),
    )


def _less(radius: tuple[float, float], horizontal: float, vertical: float) -> tuple[float, float]:
    smaller = (radius[0] - horizontal, radius[1] - vertical)
    return smaller if smaller[0] > 0 and smaller[1] > 0 else (0.0, 0.0)


def outset(shape: RoundedRect, spread: float) -> RoundedRect:
    """Grow (or shrink, if negative) by `spread` px; small radii grow less (CSS Backgrounds 3 section 6.1.1)."""
    rect = shape.rect
    grown = Rect(
        rect.x - spread,
        rect.y - spread,
        max(0.0, rect.width + 2 * spread),
        max(0.0, rect.height + 2 * spread),
    )
    corners = (shape.top_left, shape.top_right, shape.bottom_right, shape.bottom_left)
    a, b, c, d = ((_spread(h, spread), _spread(v, spread)) for h, v in corners)
    return RoundedRect(grown, a, b, c, d)


def _spread(radius: float, spread: float) -> float:
    if spread <= 0 or radius >= spread:
        return max(0.0, radius + spread) if radius > 0 else 0.0
    ratio = radius / spread
    return radius + spread * (1 + (ratio - 1) ** 3)


def simple(shape: RoundedRect) -> Shape:
    """A plain rectangle where no corner is round."""
    if shape[1:] == SQUARE:
        return shape.rect
    return shape


def intersect(first: Rect, second: Rect) -> Rect:
    """Common area of two rectangles."""
    left, top = max(first.x, second.x), max(first.y, second.y)
    right = min(first.x + first.width, second.x + second.width)
    bottom = min(first.y + first.height, second.y + second.height)
    return Rect(left, top, max(0.0, right - left), max(0.0, bottom - top))
