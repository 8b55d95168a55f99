"""Absolute and fixed positioning (CSS Positioned Layout 3 sections 4 and 5), once everything in flow has its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from renderer.layout.content import Box
from renderer.layout.fragments import Edges, Fragment, InlineBoxFragment
from renderer.layout.pending import Pending
from renderer.layout.relative import shift_relative
from renderer.layout.run import Run, Space
from renderer.layout.sizing import (
    border_box,
    border_edges,
    clamp_height,
    clamp_width,
    fit_content,
    height_from_ratio,
    intrinsic_keyword,
    length,
    margin_edges,
    padding_edges,
    width_from_ratio,
)
from renderer.style.computed import ComputedStyle


class Rect(NamedTuple):
    """An area in px relative to some fragment's border box."""

    x: float
    y: float
    width: float
    height: float


def place_positioned(root: Fragment, run: Run) -> None:
    """Lay out every positioned box of the tree inside its containing block; what finds none belongs to the root."""
    viewport = Rect(-root.x, -root.y, run.context.viewport_width, run.context.viewport_height)
    for pending in _resolve(root, run, is_root=True):
        _attach(pending, root, viewport, run)


def _resolve(fragment: Fragment, run: Run, *, is_root: bool = False) -> list[Pending]:
    """Give boxes whose containing block is in this subtree their place; return those that look further up."""
    waiting = _resolve_inline(fragment, run) if fragment.lines else list(fragment.pending)
    fragment.pending = []
    for child in fragment.children:
        waiting += [p.moved(child.x, child.y) for p in _resolve(child, run)]
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                x, y = item.x + fragment.content_x, item.y + fragment.content_y
                waiting += [p.moved(x, y) for p in _resolve(item, run)]
    if not waiting:
        return waiting
    style = fragment.style
    contains_fixed = bool(style.transform or style.filter)
    if not (is_root or contains_fixed or style.position != "static"):
        return waiting
    left_over = []
    for pending in waiting:
        if pending.box.style.position == "fixed" and not contains_fixed:
            left_over.append(pending)
        else:
            _attach(pending, fragment, _padding_box(fragment), run)
    return left_over


def _padding_box(fragment: Fragment) -> Rect:
    border = fragment.border
    return Rect(border.left, border.top, fragment.width - border.horizontal, fragment.height - border.vertical)


def _resolve_inline(fragment: Fragment, run: Run) -> list[Pending]:
    """Place boxes whose containing block is a positioned inline element of this fragment; return the others.

    That containing block reaches from the start of the element's first part to the end of its last (CSS 2.2 section
    10.1), which for parts on one line is their padding box.
    """
    inlines: dict[int, list[InlineBoxFragment]] = {}
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, InlineBoxFragment) and item.style.position != "static":
                inlines.setdefault(id(item.element), []).append(item)
    left_over = []
    for pending in fragment.pending:
        parts = _inline_container(pending.box, fragment, inlines) if inlines else None
        if parts is None or pending.box.style.position == "fixed":
            left_over.append(pending)
        else:
            _attach(pending, fragment, _around(parts, fragment), run)
    return left_over


def _inline_container(
    box: Box, fragment: Fragment, inlines: dict[int, list[InlineBoxFragment]]
) -> list[InlineBoxFragment] | None:
    element = box.element if box.pseudo or box.element is None else box.element.parent
    while element is not None and element is not fragment.element:
        if id(element) in inlines:
            return inlines[id(element)]
        element = element.parent
    return None


def _around(parts: list[InlineBoxFragment], fragment: Fragment) -> Rect:
    edges = border_edges(parts[0].style)
    left = min(part.x + (edges.left if part.first else 0.0) for part in parts)
    right = max(part.x + part.width - (edges.right if part.last else 0.0) for part in parts)
    top = parts[0].y + edges.top
    bottom = parts[-1].y + parts[-1].height - edges.bottom
    return Rect(fragment.content_x + left, fragment.content_y + top, right - left, bottom - top)


@dataclass(slots=True)
class _Axis:
    """One axis of the constraint equation: insets and margins (None: auto) inside `room` px of containing block."""

    room: float
    before: float | None
    after: float | None
    margin_before: float | None
    margin_after: float | None
    static: float
    static_align: float

    def inner(self) -> float:
        """Space for the margin box between the insets."""
        return self.room - (self.before or 0.0) - (self.after or 0.0)

    def stretched(self) -> float | None:
        """Border-box size if both insets are given and the size is auto."""
        if self.before is None or self.after is None:
            return None
        return max(0.0, self.inner() - (self.margin_before or 0.0) - (self.margin_after or 0.0))

    def start(self, size: float, *, end_dominates: bool, centers_overflow: bool) -> float:
        """Position of the border box's start edge in the containing block.

        `end_dominates`: the start inset gives way if the constraints are too many. `centers_overflow`: two auto margins
        share negative space, too.
        """
        before, after = self.margin_before, self.margin_after
        if self.before is None and self.after is None:
            outer = size + (before or 0.0) + (after or 0.0)
            return self.static - self.static_align * outer + (before or 0.0)
        if self.before is None:
            return self.room - (self.after or 0.0) - (after or 0.0) - size
        if self.after is None:
            return self.before + (before or 0.0)
        free = self.inner() - size - (before or 0.0) - (after or 0.0)
        if before is None and after is None:
            shared = free / 2 if free > 0 or centers_overflow else free if end_dominates else 0.0
            return self.before + shared
        if before is None:
            return self.before + free
        if end_dominates and after is not None:
            return self.room - self.after - after - size
        return self.before + before


def _attach(pending: Pending, container: Fragment, area: Rect, run: Run) -> None:
    """Lay out one box against its containing block, an area relative to the border box of `container`."""
    box, style = pending.box, pending.box.style
    left, top, width, height = area
    horizontal = _Axis(
        width,
        length(style.left, width),
        length(style.right, width),
        length(style.margin_left, width),
        length(style.margin_right, width),
        pending.x - left,
        pending.align_x,
    )
    vertical = _Axis(
        height,
        length(style.top, height),
        length(style.bottom, height),
        length(style.margin_top, width),
        length(style.margin_bottom, width),
        pending.y - top,
        pending.align_y,
    )
    fragment = _layout(box, run, horizontal, vertical)
    shift_relative(fragment, width, height)
    fragment.x = left + horizontal.start(fragment.width, end_dominates=style.direction == "rtl", centers_overflow=False)
    fragment.y = top + vertical.start(fragment.height, end_dominates=False, centers_overflow=True)
    for inner in _resolve(fragment, run):
        _attach(inner.moved(fragment.x, fragment.y), container, area, run)
    container.positioned.append(fragment)


def _layout(box: Box, run: Run, horizontal: _Axis, vertical: _Axis) -> Fragment:
    style = box.style
    border = border_edges(style)
    padding = padding_edges(style, horizontal.room)
    block = border.vertical + padding.vertical
    height = length(style.height, vertical.room)
    if height is not None:
        height = border_box(height, block, style)
    elif style.height == "auto" and box.kind != "replaced":
        height = vertical.stretched()
    if height is not None:
        height = clamp_height(height, style, vertical.room, block)
    width = _width(box, run, horizontal, height, border, padding)
    if height is None and width is not None and box.kind != "replaced":
        height = height_from_ratio(style, width, border, padding)
    space = Space(horizontal.room, vertical.room, width, height, independent=True)
    return run.layout(box, space).fragment


def _width(box: Box, run: Run, axis: _Axis, height: float | None, border: Edges, padding: Edges) -> float | None:
    """Border-box width (CSS 2.2 section 10.3.7); None leaves a replaced box to its natural size."""
    style: ComputedStyle = box.style
    edges = border.horizontal + padding.horizontal
    specified = length(style.width, axis.room)
    if specified is not None:
        return clamp_width(border_box(specified, edges, style), style, axis.room, edges)
    if box.kind == "replaced":
        return None
    margin = margin_edges(style, axis.room).horizontal
    available = axis.inner() - margin
    widths = run.content_widths(box)
    if style.width != "auto":
        width = intrinsic_keyword(str(style.width), widths, available)
    elif (stretched := axis.stretched()) is not None:
        width = stretched
    elif height is not None and (through := width_from_ratio(style, height, border, padding)) is not None:
        width = through
    else:
        width = fit_content(widths, _static_room(axis, available))
    return clamp_width(width, style, axis.room, edges, widths)


def _static_room(axis: _Axis, available: float) -> float:
    """With both insets auto, the box starts at its static position and may not grow past the containing block."""
    if axis.before is None and axis.after is None and axis.static_align == 0.0:
        return max(0.0, available - axis.static)
    return available
