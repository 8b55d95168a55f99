"""Block formatting (CSS 2.2 sections 9.4.1, 8.3.1, 10.3.3 and 10.6.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from renderer.layout.content import Box, InlineContent
from renderer.layout.fragments import Edges, Fragment
from renderer.layout.inline import layout_inline
from renderer.layout.margins import MarginStrut
from renderer.layout.pending import Pending
from renderer.layout.run import Laid, Run, Space
from renderer.layout.sizing import (
    border_edges,
    clamp_height,
    clamp_width,
    height_from_ratio,
    margin_edges,
    needs_intrinsic_width,
    padding_edges,
    specified_height,
    specified_width,
    width_from_ratio,
)
from renderer.style.computed import ComputedStyle

BFC_DISPLAYS = frozenset({"flow-root", "inline-block", "flex", "inline-flex", "grid", "inline-grid", "table"})


@dataclass(slots=True, eq=False)
class Content:
    """Laid out contents of a box, relative to its content box, before the box's own height is known."""

    height: float = 0.0
    children: list[Fragment] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    top: MarginStrut = field(default_factory=MarginStrut)  # margins that fell out through the top edge
    bottom: MarginStrut = field(default_factory=MarginStrut)  # margins left over at the bottom
    empty: bool = True  # nothing in it has any height
    first_baseline: float | None = None
    last_baseline: float | None = None


def is_out_of_flow(style: ComputedStyle) -> bool:
    """Absolutely positioned and fixed boxes take no part in the flow."""
    return style.position in ("absolute", "fixed")


def establishes_context(box: Box, space: Space) -> bool:
    """Whether margins of the children stay inside (a block formatting context root)."""
    style = box.style
    return (
        space.independent
        or box.kind != "block"
        or style.display in BFC_DISPLAYS
        or style.overflow_x not in ("visible", "clip")
        or is_out_of_flow(style)
    )


def used_width(box: Box, space: Space, run: Run, border: Edges, padding: Edges) -> float:
    """Border-box width of a block-level box in normal flow (section 10.3.3)."""
    if space.border_width is not None:
        return space.border_width
    style = box.style
    edges = border.horizontal + padding.horizontal
    widths = run.widths(box) if needs_intrinsic_width(style) else None
    margin = margin_edges(style, space.width)
    available = space.width - margin.horizontal
    base = available if widths is not None and isinstance(style.width, str) else space.width
    width = specified_width(box, base, edges, widths)
    if width is None:
        height = space.border_height
        if height is None:
            height = specified_height(style, space.height, border.vertical + padding.vertical)
        width = width_from_ratio(style, height, border, padding) if height is not None else None
    if width is None:
        width = available
    return clamp_width(width, style, space.width, edges, widths)


def layout_block(box: Box, space: Space, run: Run) -> Laid:
    """Lay out a block container with block-level or inline content."""
    style = box.style
    padding = padding_edges(style, space.width)
    border = border_edges(style)
    width = used_width(box, space, run, border, padding)
    fragment = Fragment(
        style,
        box.element,
        width=width,
        border=border,
        padding=padding,
        pseudo=box.pseudo,
        sequence=box.sequence,
    )
    edges = border.vertical + padding.vertical
    known = _known_height(style, space, fragment, edges)
    inner_height = None if known is None or not _is_base(space) else max(0.0, known - edges)
    independent = establishes_context(box, space)
    open_top = not independent and border.top == 0 and padding.top == 0
    if box.inline is not None:
        limit = None if known is None else max(0.0, known - edges)
        content = _layout_lines(box.inline, fragment, run, limit)
    else:
        content = _layout_children(box, fragment, inner_height, run, open_top)
    return _finish(fragment, content, space, known, independent, open_top)


def _is_base(space: Space) -> bool:
    return space.border_height is None or space.definite_height


def _known_height(style: ComputedStyle, space: Space, fragment: Fragment, edges: float) -> float | None:
    """Border-box height if it does not depend on the content."""
    if space.border_height is not None:
        return space.border_height
    if space.automatic_height:
        return None
    height = specified_height(style, space.height, edges)
    return None if height is None else clamp_height(height, style, space.height, edges)


def _layout_lines(inline: InlineContent, fragment: Fragment, run: Run, height: float | None) -> Content:
    result = layout_inline(inline, fragment.content_width, run.context, height=height)
    fragment.lines = result.lines
    fragment.fitted_size = result.fitted_size
    fragment.clamped = result.clamped
    content = Content(result.height, empty=not result.lines)
    content.pending = [_pending(child, x, y, fragment) for child, x, y in result.static_positions]
    content.first_baseline = result.first_baseline
    content.last_baseline = result.last_baseline
    return content


def _pending(box: Box, x: float, y: float, fragment: Fragment) -> Pending:
    """A positioned box at its static position; list markers end where the content begins."""
    if box.pseudo != "marker":
        return Pending(box, x, y)
    if fragment.style.direction == "rtl":
        return Pending(box, fragment.content_width, y)
    return Pending(box, 0.0, y, align_x=1.0)


def _layout_children(box: Box, fragment: Fragment, height: float | None, run: Run, open_top: bool) -> Content:
    """Stack the children; while nothing with height has been placed, margins fall out of an open top."""
    content = Content()
    width = fragment.content_width
    y = 0.0
    strut = MarginStrut()
    at_top = open_top
    for child in box.children:
        if is_out_of_flow(child.style):
            content.pending.append(_pending(child, 0.0, y if at_top else y + strut.total, fragment))
            continue
        laid = run.layout(child, Space(width, height))
        strut.join(laid.top)
        if laid.self_collapsing:
            _place(laid.fragment, child, y if at_top else y + strut.total, width, box.style.direction, content)
            strut.join(laid.bottom)
            continue
        if at_top:
            content.top = strut
            at_top = False
        else:
            y += strut.total
        _place(laid.fragment, child, y, width, box.style.direction, content)
        y += laid.fragment.height
        strut = laid.bottom.copy()
        content.empty = False
    if at_top:
        content.top = strut.copy()
    content.bottom = strut
    content.height = y
    return content


def _place(fragment: Fragment, child: Box, y: float, width: float, direction: str, content: Content) -> None:
    """Set the child's place in the content box, auto margins and relative offset included."""
    style = child.style
    margin = margin_edges(style, width)
    x = margin.left
    rest = width - fragment.width - margin.horizontal
    if style.margin_left == "auto" and rest > 0:
        x = rest / 2 if style.margin_right == "auto" else rest
    elif direction == "rtl" and style.margin_right != "auto":
        x = width - margin.right - fragment.width
    fragment.x, fragment.y = x, y
    content.children.append(fragment)
    if content.first_baseline is None and fragment.first_baseline is not None:
        content.first_baseline = y + fragment.first_baseline
    if fragment.last_baseline is not None:
        content.last_baseline = y + fragment.last_baseline


def _finish(
    fragment: Fragment, content: Content, space: Space, known: float | None, independent: bool, open_top: bool
) -> Laid:
    """Decide the height, move the contents to their place and say which margins remain outside."""
    style = fragment.style
    border, padding = fragment.border, fragment.padding
    edges = border.vertical + padding.vertical
    open_bottom = not independent and border.bottom == 0 and padding.bottom == 0 and known is None
    natural = content.height if open_bottom else max(0.0, content.height + _kept_bottom(content, open_top))
    height = known
    if height is None:
        height = height_from_ratio(style, fragment.width, border, padding)
        height = natural + edges if height is None or _grows(style, natural + edges, height) else height
        height = clamp_height(height, style, space.height, edges)
    fragment.height = height
    for child in content.children:
        child.x += fragment.content_x
        child.y += fragment.content_y
    fragment.children = content.children
    fragment.pending = [p.moved(fragment.content_x, fragment.content_y) for p in content.pending]
    if content.first_baseline is not None:
        fragment.first_baseline = content.first_baseline + fragment.content_y
    if content.last_baseline is not None:
        fragment.last_baseline = content.last_baseline + fragment.content_y
    return _outer_margins(fragment, content, space, height, open_top, open_bottom)


def _grows(style: ComputedStyle, natural: float, height: float) -> bool:
    """The automatic minimum of a box with an aspect ratio: content may make it taller (CSS Sizing 4 section 5.2)."""
    return natural > height and style.min_height == "auto" and style.overflow_y == "visible"


def _kept_bottom(content: Content, open_top: bool) -> float:
    """Margins at the bottom that stay inside; those that already left through the top don't count twice."""
    return 0.0 if content.empty and open_top else content.bottom.total


def _outer_margins(
    fragment: Fragment, content: Content, space: Space, height: float, open_top: bool, open_bottom: bool
) -> Laid:
    margin = margin_edges(fragment.style, space.width)
    top, bottom = MarginStrut(), MarginStrut()
    top.add(margin.top)
    bottom.add(margin.bottom)
    if open_top:
        top.join(content.top)
    collapsing = open_top and open_bottom and content.empty and height == 0
    if collapsing:
        # Its position depends on the margins above its own bottom margin only; the parent lets all of them adjoin.
        bottom.join(content.bottom)
    elif open_bottom and height <= content.height + fragment.border.vertical + fragment.padding.vertical:
        # A minimum height that makes room below the last child keeps that child's margin inside.
        bottom.join(content.bottom)
    return Laid(fragment, top, bottom, collapsing)
