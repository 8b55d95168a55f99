"""Intrinsic widths of flex containers (CSS Flexbox 1 section 9.9, as browsers implement it)."""

from __future__ import annotations

from renderer.layout.block import is_out_of_flow
from renderer.layout.content import Box, IntrinsicWidths
from renderer.layout.run import Run
from renderer.layout.sizing import border_box, border_edges, clamp_width, length, margin_edges, padding_edges


def flex_content_widths(box: Box, run: Run) -> IntrinsicWidths:
    """Min-content and max-content width of the contents, without the container's own padding and border."""
    style = box.style
    smallest = largest = total_minimum = total_maximum = 0.0
    count = 0
    for child in box.children:
        if is_out_of_flow(child.style):
            continue
        widths = _contribution(child, run, style.flex_direction.startswith("row"))
        margin = margin_edges(child.style, 0.0).horizontal
        smallest = max(smallest, widths.minimum + margin)
        largest = max(largest, widths.maximum + margin)
        total_minimum += widths.minimum + margin
        total_maximum += widths.maximum + margin
        count += 1
    if not style.flex_direction.startswith("row"):
        return IntrinsicWidths(smallest, largest)
    gaps = (length(style.column_gap, 0.0) or 0.0) * max(0, count - 1)
    minimum = total_minimum + gaps if style.flex_wrap == "nowrap" else smallest
    return IntrinsicWidths(minimum, total_maximum + gaps)


def _contribution(child: Box, run: Run, in_row: bool) -> IntrinsicWidths:
    """Widths of an item; an item that may not grow or shrink is as wide as its flex basis (section 9.9.1)."""
    widths = run.widths(child)
    style = child.style
    basis = length(style.flex_basis, None)
    if not in_row or basis is None or (style.flex_grow and style.flex_shrink):
        return widths
    edges = border_edges(style).horizontal + padding_edges(style, 0.0).horizontal
    base = clamp_width(border_box(basis, edges, style), style, None, edges)
    minimum, maximum = widths
    if not style.flex_grow:
        minimum, maximum = min(minimum, base), min(maximum, base)
    if not style.flex_shrink:
        minimum, maximum = max(minimum, base), max(maximum, base)
    return IntrinsicWidths(minimum, maximum)
