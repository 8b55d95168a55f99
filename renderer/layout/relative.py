"""Relative positioning (CSS Positioned Layout 3 section 3.3): boxes move, nothing else does."""

from __future__ import annotations

from renderer.layout.fragments import Fragment
from renderer.layout.sizing import length


def shift_relative(fragment: Fragment, width: float, height: float) -> None:
    """Move every relatively positioned box of the tree inside a containing block of the given content size."""
    style = fragment.style
    if style.position == "relative":
        fragment.x += _offset(length(style.left, width), length(style.right, width), style.direction == "rtl")
        fragment.y += _offset(length(style.top, height), length(style.bottom, height), end_wins=False)
    inner_width, inner_height = fragment.content_width, fragment.content_height
    for child in fragment.children:
        shift_relative(child, inner_width, inner_height)
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                shift_relative(item, inner_width, inner_height)


def _offset(before: float | None, after: float | None, end_wins: bool) -> float:
    if before is not None and (after is None or not end_wins):
        return before
    return -after if after is not None else 0.0
