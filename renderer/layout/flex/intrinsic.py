"""Intrinsic widths of flex containers (CSS Flexbox 1 section 9.9, as browsers implement it)."""

from __future__ import annotations

from renderer.layout.block import is_out_of_flow
from renderer.layout.content import Box, IntrinsicWidths
from renderer.layout.run import Run
from renderer.layout.sizing import length, margin_edges


def flex_content_widths(box: Box, run: Run) -> IntrinsicWidths:
    """Min-content and max-content width of the contents, without the container's own padding and border."""
    style = box.style
    smallest = largest = total_minimum = total_maximum = 0.0
    count = 0
    for child in box.children:
        if is_out_of_flow(child.style):
            continue
        widths = run.widths(child)
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
