"""Horizontal alignment of a line (CSS Text 3 section 7)."""

from __future__ import annotations

from renderer.style.computed import ComputedStyle


def used_alignment(style: ComputedStyle, level: int, *, last: bool) -> str:
    """left, right, center or justify for a line of a paragraph with this embedding level."""
    align = style.text_align
    if last:
        if style.text_align_last != "auto":
            align = style.text_align_last
        elif align == "justify":
            align = "start"
    if align in ("start", "match-parent"):
        return "right" if level & 1 else "left"
    if align == "end":
        return "left" if level & 1 else "right"
    return align.removeprefix("-webkit-")


def line_offset(align: str, level: int, space: float) -> float:
    """Left edge of a line that leaves `space` px (negative: overflows). Overflow goes to the end side of the line.

    Chromium's rule: in a left-to-right line the left edge stays visible, in a right-to-left line the right edge.
    """
    right_to_left = bool(level & 1)
    if align == "justify":
        align = "right" if right_to_left else "left"
    if align == "left":
        return min(space, 0.0) if right_to_left else 0.0
    if align == "right":
        return space if right_to_left else max(space, 0.0)
    if right_to_left:
        return space / 2 if space > 0 else space
    return max(space / 2, 0.0)
