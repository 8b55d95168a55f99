"""Distributing free space (CSS Box Alignment 3) on the main axis, between lines, and within a line."""

from __future__ import annotations

from renderer.layout.flex.axis import Axis
from renderer.layout.flex.items import Container, FlexItem
from renderer.layout.flex.lines import FlexLine

Distribution = tuple[float, float]  # offset before the first, extra space between neighbours


def distribute(keyword: str, free: float, count: int) -> Distribution:
    """Offset and spacing for a content-distribution or -position keyword, already flow-relative."""
    safe = keyword.startswith("safe ")
    keyword = keyword.removeprefix("safe ").removeprefix("unsafe ")
    if free < 0 and (safe or keyword.startswith("space-")):
        return 0.0, 0.0
    match keyword:
        case "flex-end" | "end":
            return free, 0.0
        case "center":
            return free / 2, 0.0
        case "space-between":
            return (0.0, free / (count - 1)) if count > 1 else (0.0, 0.0)
        case "space-around":
            return free / count / 2, free / count
        case "space-evenly":
            return free / (count + 1), free / (count + 1)
        case _:
            return 0.0, 0.0


def flow_relative(keyword: str, axis: Axis) -> str:
    """Translate justify-content's physical and start/end keywords to flex-start or flex-end."""
    prefix = "safe " if keyword.startswith("safe ") else ""
    plain = keyword.removeprefix("safe ").removeprefix("unsafe ")
    if plain == "left":
        plain = "flex-end" if axis.row and axis.reversed else "flex-start"
    elif plain == "right":
        plain = "flex-end" if axis.row and not axis.reversed else "flex-start"
    elif plain in ("start", "end"):
        backwards = axis.reversed != (axis.row and axis.right_to_left)
        at_start = (plain == "start") != backwards
        plain = "flex-start" if at_start else "flex-end"
    return prefix + plain


def justify(line: FlexLine, main: float, gap: float, container: Container) -> None:
    """Set the items' offsets on the main axis: auto margins first, then justify-content (section 9.5)."""
    axis = container.axis
    items = line.items
    used = sum(item.target + axis.main_edges(item.margin) for item in items) + gap * (len(items) - 1)
    free = main - used
    autos = sum(sum(axis.auto_margins(item.style)[:2]) for item in items)
    share = free / autos if autos and free > 0 else 0.0
    offset, between = (0.0, 0.0)
    if not autos or free <= 0:
        keyword = flow_relative(container.style.justify_content, axis)
        offset, between = distribute(keyword, free, len(items))
    position = offset
    for item in items:
        start, end, _, _ = axis.auto_margins(item.style)
        position += axis.main_start(item.margin) + (share if start else 0.0)
        item.main_offset = position
        position += item.target + axis.main_end(item.margin) + (share if end else 0.0) + gap + between


def align_items(line: FlexLine, container: Container) -> None:
    """Set the items' offsets within their line on the cross axis (section 9.6)."""
    for item in line.items:
        item.cross_offset = _cross_offset(item, line, container)


def _cross_offset(item: FlexItem, line: FlexLine, container: Container) -> float:
    axis = container.axis
    start_margin = axis.cross_start(item.margin)
    free = line.cross - item.cross - axis.cross_edges(item.margin)
    _, _, auto_start, auto_end = axis.auto_margins(item.style)
    if auto_start or auto_end:
        if free <= 0:
            return start_margin
        return start_margin + (free / 2 if auto_start and auto_end else free if auto_start else 0.0)
    keyword = item.align
    safe = keyword.startswith("safe ") and free < 0
    keyword = keyword.removeprefix("safe ").removeprefix("unsafe ")
    if safe:
        return start_margin
    match keyword:
        case "center":
            return start_margin + free / 2
        case "flex-end":
            return start_margin + free
        case "end" | "self-end":
            return start_margin + (0.0 if axis.cross_reversed else free)
        case "start" | "self-start":
            return start_margin + (free if axis.cross_reversed else 0.0)
        case "baseline" if axis.row:
            return line.baseline - item_baseline(item)
        case "last baseline" if axis.row:
            return line.cross - line.last_baseline - item_last_baseline(item)
        case _:
            return start_margin


def item_baseline(item: FlexItem) -> float:
    """Baseline below the top border edge; without one, the bottom border edge."""
    found = item.fragment.first_baseline
    return item.fragment.height if found is None else found


def item_last_baseline(item: FlexItem) -> float:
    """Last baseline below the top border edge; without one, the bottom border edge."""
    found = item.fragment.last_baseline
    return item.fragment.height if found is None else found
