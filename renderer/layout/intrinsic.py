"""Intrinsic widths of boxes (CSS Sizing 3 section 5)."""

from __future__ import annotations

from renderer.layout.block import is_out_of_flow
from renderer.layout.content import Box, IntrinsicWidths
from renderer.layout.flex import flex_content_widths
from renderer.layout.inline import intrinsic_inline
from renderer.layout.replaced import used_size
from renderer.layout.run import Run, Space
from renderer.layout.sizing import (
    border_box,
    border_edges,
    clamp_width,
    intrinsic_keyword,
    is_percentage,
    length,
    margin_edges,
    padding_edges,
    specified_height,
    width_from_ratio,
)

UNLIMITED = 1e7  # px: room that no percentage or wrapping should ever see the end of


def content_widths(box: Box, run: Run) -> IntrinsicWidths:
    """Border-box widths that the contents ask for, whatever the box's own width properties say."""
    if box.kind == "replaced":
        return _replaced_widths(box, run)
    inner = _inner_widths(box, run)
    edges = border_edges(box.style).horizontal + padding_edges(box.style, 0.0).horizontal
    return IntrinsicWidths(inner.minimum + edges, inner.maximum + edges)


def _inner_widths(box: Box, run: Run) -> IntrinsicWidths:
    if box.kind == "flex":
        return flex_content_widths(box, run)
    if box.inline is not None:
        return intrinsic_inline(box.inline, run.context)
    minimum = maximum = 0.0
    for child in box.children:
        if is_out_of_flow(child.style):
            continue
        widths = run.widths(child)
        margin = margin_edges(child.style, 0.0).horizontal
        minimum = max(minimum, widths.minimum + margin)
        maximum = max(maximum, widths.maximum + margin)
    return IntrinsicWidths(minimum, maximum)


def _replaced_widths(box: Box, run: Run) -> IntrinsicWidths:
    padding, border = padding_edges(box.style, 0.0), border_edges(box.style)
    width, _ = used_size(box, Space(UNLIMITED, None), run.context.images, padding, border)
    if is_percentage(box.style.width) or is_percentage(box.style.max_width):
        # A percentage lets an image shrink to nothing while its container is being measured ("compressible").
        return IntrinsicWidths(0.0, 0.0 if is_percentage(box.style.width) else width)
    return IntrinsicWidths(width, width)


def outer_widths(box: Box, run: Run) -> IntrinsicWidths:
    """Border-box width contributions: width, min-width and max-width apply, percentages count as auto."""
    style = box.style
    widths = run.content_widths(box)
    if box.kind == "replaced":
        return widths
    border, padding = border_edges(style), padding_edges(style, 0.0)
    edges = border.horizontal + padding.horizontal
    fixed = length(style.width, None)
    if fixed is not None:
        width = border_box(fixed, edges, style)
        minimum = maximum = width
    elif isinstance(style.width, str) and style.width != "auto":
        minimum = maximum = intrinsic_keyword(style.width, widths, None)
    else:
        minimum, maximum = widths
        height = specified_height(style, None, border.vertical + padding.vertical)
        through = width_from_ratio(style, height, border, padding) if height is not None else None
        if through is not None:
            minimum = maximum = through
    return IntrinsicWidths(
        clamp_width(minimum, style, None, edges, widths),
        clamp_width(maximum, style, None, edges, widths),
    )
