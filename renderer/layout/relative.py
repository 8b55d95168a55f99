"""Relative positioning (CSS Positioned Layout 3 section 3.3): boxes move, nothing else does."""

from __future__ import annotations

from renderer.layout.fragments import Fragment
from renderer.layout.sizing import length
from renderer.style.computed import ComputedStyle


def shift_relative(fragment: Fragment, width: float, height: float | None) -> None:
    """Move every relatively positioned box of the tree inside a containing block of the given content size.

    A height of None depends on the content: percentages of it count as auto.
    """
    style = fragment.style
    if style.position == "relative":
        fragment.x += _offset(length(style.left, width), length(style.right, width), style.direction == "rtl")
        fragment.y += _offset(length(style.top, height), length(style.bottom, height), end_wins=False)
    inner_width = fragment.content_width
    inner_height = None if _depends_on_content(style) else fragment.content_height
    for child in fragment.children:
        shift_relative(child, inner_width, inner_height)
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                shift_relative(item, inner_width, inner_height)


def _depends_on_content(style: ComputedStyle) -> bool:
    stretched = style.position in ("absolute", "fixed") and "auto" not in (style.top, style.bottom)
    return style.height == "auto" and not stretched


def _offset(before: float | None, after: float | None, end_wins: bool) -> float:
    if before is not None and (after is None or not end_wins):
        return before
    return -after if after is not None else 0.0
