"""Main and cross axis of a flex container, so that rows and columns share one algorithm."""

from __future__ import annotations

from dataclasses import dataclass

from renderer.layout.fragments import Edges, Fragment
from renderer.style.computed import ComputedStyle


@dataclass(frozen=True, slots=True)
class Axis:
    """Orientation of a container. `reversed` counts the main axis from the right or the bottom."""

    row: bool
    reversed: bool
    cross_reversed: bool
    right_to_left: bool

    @classmethod
    def of(cls, style: ComputedStyle) -> Axis:
        """Axes of a flex container (horizontal writing mode)."""
        row = style.flex_direction.startswith("row")
        rtl = style.direction == "rtl"
        backwards = style.flex_direction.endswith("reverse")
        wrap_reverse = style.flex_wrap == "wrap-reverse"
        if row:
            return cls(True, backwards != rtl, wrap_reverse, rtl)
        return cls(False, backwards, wrap_reverse != rtl, rtl)

    def main_edges(self, edges: Edges) -> float:
        """Sum of the two edges on the main axis."""
        return edges.horizontal if self.row else edges.vertical

    def cross_edges(self, edges: Edges) -> float:
        """Sum of the two edges on the cross axis."""
        return edges.vertical if self.row else edges.horizontal

    def main_start(self, edges: Edges) -> float:
        """The edge at the main start side."""
        if self.row:
            return edges.right if self.reversed else edges.left
        return edges.bottom if self.reversed else edges.top

    def main_end(self, edges: Edges) -> float:
        """The edge at the main end side."""
        return self.main_edges(edges) - self.main_start(edges)

    def cross_start(self, edges: Edges) -> float:
        """The edge at the cross start side."""
        if self.row:
            return edges.bottom if self.cross_reversed else edges.top
        return edges.right if self.cross_reversed else edges.left

    def cross_end(self, edges: Edges) -> float:
        """The edge at the cross end side."""
        return self.cross_edges(edges) - self.cross_start(edges)

    def cross_size(self, fragment: Fragment) -> float:
        """Border-box cross size."""
        return fragment.height if self.row else fragment.width

    def auto_margins(self, style: ComputedStyle) -> tuple[bool, bool, bool, bool]:
        """Which margins are auto: main start, main end, cross start, cross end."""
        horizontal = (style.margin_left == "auto", style.margin_right == "auto")
        vertical = (style.margin_top == "auto", style.margin_bottom == "auto")
        main, cross = (horizontal, vertical) if self.row else (vertical, horizontal)
        if self.reversed:
            main = (main[1], main[0])
        if self.cross_reversed:
            cross = (cross[1], cross[0])
        return (*main, *cross)
