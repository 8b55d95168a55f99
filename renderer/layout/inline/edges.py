"""Margins, borders and padding of inline boxes (CSS 2.2 sections 8 and 9.4.2)."""

from __future__ import annotations

from typing import NamedTuple

from renderer.style.computed import ComputedStyle
from renderer.style.values import LengthPercentage, resolve


class InlineEdges(NamedTuple):
    """Used edge widths of one inline box in px. Vertical margins have no effect and are left out."""

    margin_left: float
    left: float  # border and padding
    right: float
    margin_right: float
    top: float
    bottom: float


NO_EDGES = InlineEdges(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def inline_edges(style: ComputedStyle, width: float) -> InlineEdges:
    """Edges of a box whose containing block is `width` px wide (percentages refer to it); auto margins are 0."""
    if not _has_edges(style):
        return NO_EDGES
    return InlineEdges(
        _margin(style.margin_left, width),
        style.border_left_width + max(0.0, resolve(style.padding_left, width)),
        style.border_right_width + max(0.0, resolve(style.padding_right, width)),
        _margin(style.margin_right, width),
        style.border_top_width + max(0.0, resolve(style.padding_top, width)),
        style.border_bottom_width + max(0.0, resolve(style.padding_bottom, width)),
    )


def start_and_end(edges: InlineEdges, style: ComputedStyle) -> tuple[float, float]:
    """Room that the box takes before and after its content, in its own direction."""
    left = edges.margin_left + edges.left
    right = edges.margin_right + edges.right
    return (right, left) if style.direction == "rtl" else (left, right)


def _margin(value: LengthPercentage | str, width: float) -> float:
    return 0.0 if isinstance(value, str) else resolve(value, width)


def _has_edges(style: ComputedStyle) -> bool:
    return bool(
        has_inline_edges(style)
        or style.padding_top
        or style.padding_bottom
        or style.border_top_width
        or style.border_bottom_width
    )


def has_inline_edges(style: ComputedStyle) -> bool:
    """Whether the box takes room along the line, so that a line box exists even if it holds no text."""
    return bool(
        style.padding_left
        or style.padding_right
        or style.border_left_width
        or style.border_right_width
        or (style.margin_left and style.margin_left != "auto")
        or (style.margin_right and style.margin_right != "auto")
    )


def has_percentage_edges(style: ComputedStyle) -> bool:
    """Whether the edges along the line depend on the container's width."""
    values = (style.padding_left, style.padding_right, style.margin_left, style.margin_right)
    return not all(isinstance(value, float | int | str) for value in values)


def separates(style: ComputedStyle, *, end: bool) -> bool:
    """Whether text on both sides of the box's start or end edge is shaped apart (CSS Text 3 section 7.3).

    So it is if the edge takes room or the box leaves its parent's baseline.
    """
    if style.vertical_align != "baseline":
        return True
    if end == (style.direction == "rtl"):
        return bool(style.padding_left or style.border_left_width or style.margin_left not in (0.0, "auto"))
    return bool(style.padding_right or style.border_right_width or style.margin_right not in (0.0, "auto"))
