"""Used sizes of boxes: edges, box-sizing, minimum and maximum, aspect ratio (CSS Sizing 3 and 4)."""

from __future__ import annotations

from renderer.layout.content import Box, IntrinsicWidths
from renderer.layout.fragments import Edges
from renderer.style.computed import ComputedStyle
from renderer.style.values import LengthPercentage, Percentage, resolve

INTRINSIC_KEYWORDS = frozenset({"min-content", "max-content", "fit-content"})
_NO_EDGES = Edges()  # what most boxes have; used edges are never changed


def length(value: LengthPercentage | str, base: float | None) -> float | None:
    """Length in px, or None for a keyword or a percentage of an indefinite base."""
    if isinstance(value, (float, int)):  # a tuple: a union would be built anew in every call
        return value
    if isinstance(value, str) or base is None:
        return None
    return value.resolve(base)


def edge(value: LengthPercentage | str, base: float) -> float:
    """Length in px of a margin or padding; auto counts as zero."""
    return 0.0 if isinstance(value, str) else resolve(value, base)


def margin_edges(style: ComputedStyle, base: float) -> Edges:
    """Used margins with auto as zero; percentages refer to the containing block's width on all sides."""
    top, right, bottom, left = style.margin_top, style.margin_right, style.margin_bottom, style.margin_left
    if not (top or right or bottom or left):
        return _NO_EDGES
    return Edges(edge(top, base), edge(right, base), edge(bottom, base), edge(left, base))


def padding_edges(style: ComputedStyle, base: float) -> Edges:
    """Used paddings, never negative."""
    top, right, bottom, left = style.padding_top, style.padding_right, style.padding_bottom, style.padding_left
    if not (top or right or bottom or left):
        return _NO_EDGES
    return Edges(
        max(0.0, resolve(top, base)),
        max(0.0, resolve(right, base)),
        max(0.0, resolve(bottom, base)),
        max(0.0, resolve(left, base)),
    )


def border_edges(style: ComputedStyle) -> Edges:
    """Used border widths."""
    top, right = style.border_top_width, style.border_right_width
    bottom, left = style.border_bottom_width, style.border_left_width
    return Edges(top, right, bottom, left) if top or right or bottom or left else _NO_EDGES


def border_box(value: float, edges: float, style: ComputedStyle) -> float:
    """Border-box size of a specified size, by box-sizing; `edges` is the sum of padding and border on that axis."""
    return max(value, edges) if style.box_sizing == "border-box" else max(0.0, value) + edges


def specified_width(box: Box, base: float | None, edges: float, widths: IntrinsicWidths | None) -> float | None:
    """Border-box width asked for by `width`, or None if it is auto (or a percentage of nothing definite)."""
    return _sized(box.style, box.style.width, base, edges, widths)


def _sized(
    style: ComputedStyle,
    value: LengthPercentage | str,
    base: float | None,
    edges: float,
    widths: IntrinsicWidths | None,
) -> float | None:
    if isinstance(value, str):
        if widths is None or value not in INTRINSIC_KEYWORDS:
            return None
        return intrinsic_keyword(value, widths, base)
    found = length(value, base)
    return None if found is None else border_box(found, edges, style)


def intrinsic_keyword(value: str, widths: IntrinsicWidths, available: float | None) -> float:
    """Border-box width for min-content, max-content or fit-content."""
    if value == "min-content":
        return widths.minimum
    if value == "max-content" or available is None:
        return widths.maximum
    return fit_content(widths, available)


def fit_content(widths: IntrinsicWidths, available: float) -> float:
    """Shrink-to-fit width (CSS Sizing 3 section 5.1)."""
    return max(widths.minimum, min(widths.maximum, available))


def needs_intrinsic_width(style: ComputedStyle) -> bool:
    """Whether width, min-width or max-width is an intrinsic keyword, so that contents must be measured."""
    return (
        style.width in INTRINSIC_KEYWORDS
        or style.min_width in INTRINSIC_KEYWORDS
        or style.max_width in INTRINSIC_KEYWORDS
    )


def clamp_width(
    width: float, style: ComputedStyle, base: float | None, edges: float, widths: IntrinsicWidths | None = None
) -> float:
    """Border-box width after max-width and then min-width."""
    if style.max_width != "none":
        largest = _sized(style, style.max_width, base, edges, widths)
        if largest is not None and largest < width:
            width = largest
    if style.min_width != "auto":
        smallest = _sized(style, style.min_width, base, edges, widths)
        if smallest is not None and smallest > width:
            width = smallest
    return max(width, edges)


def specified_height(style: ComputedStyle, base: float | None, edges: float) -> float | None:
    """Border-box height asked for by `height`, or None if it depends on the content."""
    found = length(style.height, base)
    return None if found is None else border_box(found, edges, style)


def clamp_height(height: float, style: ComputedStyle, base: float | None, edges: float) -> float:
    """Border-box height after max-height and then min-height."""
    largest = length(style.max_height, base)
    if largest is not None:
        height = min(height, border_box(largest, edges, style))
    smallest = length(style.min_height, base)
    if smallest is not None:
        height = max(height, border_box(smallest, edges, style))
    return max(height, edges)


def width_from_ratio(style: ComputedStyle, height: float, edges: Edges, padding: Edges) -> float | None:
    """Border-box width that aspect-ratio transfers from a border-box height (CSS Sizing 4 section 5.1)."""
    if isinstance(style.aspect_ratio, str):
        return None
    if style.box_sizing == "border-box":
        return height * style.aspect_ratio
    inner = max(0.0, height - edges.vertical - padding.vertical)
    return inner * style.aspect_ratio + edges.horizontal + padding.horizontal


def height_from_ratio(style: ComputedStyle, width: float, edges: Edges, padding: Edges) -> float | None:
    """Border-box height that aspect-ratio transfers from a border-box width."""
    if isinstance(style.aspect_ratio, str) or style.aspect_ratio <= 0:
        return None
    if style.box_sizing == "border-box":
        return width / style.aspect_ratio
    inner = max(0.0, width - edges.horizontal - padding.horizontal)
    return inner / style.aspect_ratio + edges.vertical + padding.vertical


def is_percentage(value: LengthPercentage | str) -> bool:
    """Whether a size depends on its containing block."""
    return isinstance(value, Percentage) or not isinstance(value, float | int | str)
