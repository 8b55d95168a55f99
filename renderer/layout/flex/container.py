"""The flex layout algorithm (CSS Flexbox 1 section 9), step by step."""

from __future__ import annotations

from dataclasses import dataclass

from renderer.layout.block import is_out_of_flow, used_width
from renderer.layout.content import Box
from renderer.layout.flex.alignment import (
    align_items,
    distribute,
    flow_relative,
    item_baseline,
    item_last_baseline,
    justify,
)
from renderer.layout.flex.axis import Axis
from renderer.layout.flex.items import (
    Container,
    FlexItem,
    clamp_cross,
    collect_items,
    column_cross,
    definite_cross,
    resolve_align,
    stretches,
)
from renderer.layout.flex.lengths import resolve_flexible_lengths
from renderer.layout.flex.lines import FlexLine, break_lines
from renderer.layout.fragments import Fragment
from renderer.layout.margins import MarginStrut
from renderer.layout.pending import Pending
from renderer.layout.run import Laid, Run, Space
from renderer.layout.sizing import (
    border_edges,
    clamp_height,
    length,
    margin_edges,
    padding_edges,
    specified_height,
)
from renderer.style.computed import ComputedStyle


def layout_flex(box: Box, space: Space, run: Run) -> Laid:
    """Lay out a flex container."""
    style = box.style
    padding = padding_edges(style, space.width)
    border = border_edges(style)
    fragment = Fragment(
        style,
        box.element,
        width=used_width(box, space, run, border, padding),
        border=border,
        padding=padding,
        pseudo=box.pseudo,
        sequence=box.sequence,
    )
    edges = border.vertical + padding.vertical
    height = _definite_height(style, space, edges)
    inner = None if height is None else max(0.0, height - edges)
    axis = Axis.of(style)
    container = Container(axis, style, fragment.content_width, inner, style.flex_wrap == "nowrap", run)
    lines, content_height = _layout_lines(box, container, space, edges)
    if height is None:
        height = clamp_height(content_height + edges, style, space.height, edges)
    fragment.height = height
    _collect(fragment, lines, container)
    fragment.pending = [_static_position(child, fragment) for child in box.children if is_out_of_flow(child.style)]
    _set_baselines(fragment, lines, axis)
    margin = margin_edges(style, space.width)
    top, bottom = MarginStrut(), MarginStrut()
    top.add(margin.top)
    bottom.add(margin.bottom)
    return Laid(fragment, top, bottom)


def _definite_height(style: ComputedStyle, space: Space, edges: float) -> float | None:
    if space.border_height is not None:
        return space.border_height
    if space.automatic_height:
        return None
    height = specified_height(style, space.height, edges)
    return None if height is None else clamp_height(height, style, space.height, edges)


def _gaps(container: Container) -> tuple[float, float]:
    """Gap between items on the main axis, and between lines on the cross axis."""
    style = container.style
    row = length(style.row_gap, container.height or 0.0) or 0.0
    column = length(style.column_gap, container.width) or 0.0
    return (column, row) if container.axis.row else (row, column)


def _layout_lines(box: Box, container: Container, space: Space, edges: float) -> tuple[list[FlexLine], float]:
    """Size and place all items relative to the content box; returns the lines and the content height."""
    axis = container.axis
    gap, line_gap = _gaps(container)
    items = collect_items(box.children, container)
    limit = container.main if container.main is not None else _height_limit(container.style, space, edges)
    lines = break_lines(items, limit, gap, axis, not container.single_line)
    main = _main_size(lines, gap, container, space, edges)
    for line in lines:
        resolve_flexible_lengths(line.items, main, gap, axis)
        for item in line.items:
            _layout_item(item, container)
        _measure_line(line, container, space, edges)
    cross = _cross_size(lines, line_gap, container, space, edges)
    _align_lines(lines, cross, line_gap, container)
    for line in lines:
        for item in line.items:
            _stretch(item, line, container)
        justify(line, main, gap, container)
        align_items(line, container)
        for item in line.items:
            _position(item, line, main, cross, axis)
    return lines, cross if axis.row else main


def _height_limit(style: ComputedStyle, space: Space, edges: float) -> float | None:
    largest = clamp_height(1e9, style, space.height, edges)
    return largest - edges if largest < 1e9 else None


def _main_size(lines: list[FlexLine], gap: float, container: Container, space: Space, edges: float) -> float:
    if container.main is not None:
        return container.main
    wanted = max((line.outer_main(container.axis, gap) for line in lines), default=0.0)
    return clamp_height(wanted + edges, container.style, space.height, edges) - edges


def _layout_item(item: FlexItem, container: Container) -> None:
    """Lay out an item at its target main size; its cross size is the definite or the content's (section 9.4)."""
    if container.axis.row:
        cross = definite_cross(item, container)
        space = Space(container.width, container.height, item.target, cross, independent=True)
    else:
        cross = column_cross(item, container)
        definite = container.height is not None
        space = Space(container.width, container.height, cross, item.target, definite, independent=True)
    item.fragment = container.run.layout(item.box, space).fragment
    item.cross = container.axis.cross_size(item.fragment)
    if container.axis.row and cross is None:
        item.cross = clamp_cross(item.cross, item, container)


@dataclass(slots=True)
class _BaselineGroup:
    """Items that share a baseline: the most that any of them has above and below it."""

    above: float = 0.0
    below: float = 0.0

    def add(self, baseline: float, outer: float) -> None:
        """One more item: its baseline below its outer edge, and its outer size."""
        self.above = max(self.above, baseline)
        self.below = max(self.below, outer - baseline)


def _measure_line(line: FlexLine, container: Container, space: Space, edges: float) -> None:
    """Cross size of a line and its baseline (section 9.4, step 8)."""
    axis = container.axis
    largest = 0.0
    first, last = _BaselineGroup(), _BaselineGroup()
    for item in line.items:
        outer = item.cross + axis.cross_edges(item.margin)
        aligned = axis.row and item.align.endswith("baseline") and not any(axis.auto_margins(item.style)[2:])
        if not aligned:
            largest = max(largest, outer)
        elif item.align == "last baseline":
            last.add(item.margin.top + item_last_baseline(item), outer)
        else:
            first.add(item.margin.top + item_baseline(item), outer)
    line.baseline, line.last_baseline = first.above, last.below
    line.cross = max(largest, first.above + first.below, last.above + last.below)
    if not container.single_line:
        return
    if container.cross is not None:
        line.cross = container.cross
    elif axis.row:
        line.cross = clamp_height(line.cross + edges, container.style, space.height, edges) - edges


def _cross_size(lines: list[FlexLine], gap: float, container: Container, space: Space, edges: float) -> float:
    if container.cross is not None:
        return container.cross
    wanted = sum(line.cross for line in lines) + gap * max(0, len(lines) - 1)
    return clamp_height(wanted + edges, container.style, space.height, edges) - edges


def _align_lines(lines: list[FlexLine], cross: float, gap: float, container: Container) -> None:
    """Place the lines on the cross axis by align-content (section 9.6, step 16)."""
    if container.single_line or not lines:
        return
    free = cross - sum(line.cross for line in lines) - gap * (len(lines) - 1)
    keyword = container.style.align_content
    offset, between = 0.0, 0.0
    if keyword in ("normal", "stretch"):
        for line in lines:
            line.cross += max(0.0, free) / len(lines)
    else:
        if keyword in ("start", "end") and container.axis.cross_reversed:
            keyword = "flex-end" if keyword == "start" else "flex-start"
        offset, between = distribute(keyword, free, len(lines))
    for line in lines:
        line.offset = offset
        offset += line.cross + gap + between


def _stretch(item: FlexItem, line: FlexLine, container: Container) -> None:
    """Give a stretched item its line's cross size (section 9.4, step 11)."""
    if not stretches(item, container):
        return
    axis = container.axis
    cross = clamp_cross(line.cross - axis.cross_edges(item.margin), item, container)
    if abs(cross - axis.cross_size(item.fragment)) < 1e-6:
        item.cross = cross
        return
    if axis.row:
        space = Space(container.width, container.height, item.target, cross, independent=True)
    else:
        definite = container.height is not None
        space = Space(container.width, container.height, cross, item.target, definite, independent=True)
    item.fragment = container.run.layout(item.box, space).fragment
    item.cross = cross


def _position(item: FlexItem, line: FlexLine, main: float, cross: float, axis: Axis) -> None:
    """Turn flow-relative offsets into x and y in the content box."""
    along = main - item.main_offset - item.target if axis.reversed else item.main_offset
    across = line.offset + item.cross_offset
    if axis.cross_reversed:
        across = cross - across - item.cross
    if axis.row:
        item.fragment.x, item.fragment.y = along, across
    else:
        item.fragment.x, item.fragment.y = across, along


def _collect(fragment: Fragment, lines: list[FlexLine], container: Container) -> None:
    children = [item.fragment for line in lines for item in line.items]
    for child in children:
        child.x += fragment.content_x
        child.y += fragment.content_y
    fragment.children = children


def _static_position(child: Box, fragment: Fragment) -> Pending:
    """Static position of an absolutely positioned child: as if it were the only item (section 4.1)."""
    style = fragment.style
    axis = Axis.of(style)
    main = _fraction(flow_relative(style.justify_content, axis))
    cross = _fraction(resolve_align(child.style.align_self, style.align_items))
    main = 1 - main if axis.reversed else main
    cross = 1 - cross if axis.cross_reversed else cross
    across, down = (main, cross) if axis.row else (cross, main)
    x = fragment.content_x + fragment.content_width * across
    y = fragment.content_y + fragment.content_height * down
    return Pending(child, x, y, across, down)


def _fraction(keyword: str) -> float:
    match keyword.removeprefix("safe ").removeprefix("unsafe "):
        case "center" | "space-around" | "space-evenly":
            return 0.5
        case "flex-end" | "end" | "self-end":
            return 1.0
        case _:
            return 0.0


def _set_baselines(fragment: Fragment, lines: list[FlexLine], axis: Axis) -> None:
    """The container's baseline is that of its first line's baseline item, else of its first item (section 8.5)."""
    if not lines:
        return
    first = lines[0].items
    chosen = next((item for item in first if axis.row and item.align.endswith("baseline")), first[0])
    fragment.first_baseline = fragment.last_baseline = chosen.fragment.y + item_baseline(chosen)
