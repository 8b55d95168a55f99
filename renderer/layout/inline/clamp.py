"""Ellipses: text-overflow (CSS Overflow 3 section 4) and line-clamp (CSS Overflow 4 section 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

from renderer.layout.inline.frame import Frame
from renderer.layout.inline.leaves import Leaf, LineContent, Walker
from renderer.layout.inline.measure import Measured
from renderer.layout.inline.model import Item, Kind
from renderer.layout.inline.place import Row
from renderer.style.computed import ComputedStyle

ELLIPSIS = "\u2026"


def overflow_marker(style: ComputedStyle) -> str | None:
    """Text that replaces what overflows the container's lines; None if nothing does."""
    if style.text_overflow == "clip" or style.overflow_x == "visible":
        return None
    if style.text_overflow.startswith("string:"):
        return style.text_overflow.removeprefix("string:")
    return ELLIPSIS


def ellipsis_leaf(marker: str, content: LineContent, frame: Frame) -> Leaf:
    """The marker in the container's own style, at the line's end."""
    style, root, level = frame.style, frame.paragraph.root, content.level
    end = content.leaves[-1].end if content.leaves else 0
    runs = frame.engine.shape(marker, 0, len(marker), style, level) if marker else ()
    item = Item(Kind.TEXT, end, end, style, root, -1, level)
    return Leaf(Kind.TEXT, item, root, level, end, end, sum(run.width for run in runs), marker, runs)


def truncate(row: Row, room: float, frame: Frame, walker: Walker, measured: Measured) -> bool:
    """Keep of the row's leaves what fits into `room` px from its start edge; tells whether anything went.

    The first character or atomic inline always stays. The order is visual: in mixed text the part at the end edge
    of the line is cut, whatever its logical place, as Chromium does.
    """
    content = row.content
    right_to_left = bool(content.level & 1)
    leaves = row.leaves[::-1] if right_to_left else row.leaves
    kept: list[Leaf] = []
    is_first = True
    for leaf in leaves:
        start = row.width - leaf.x - leaf.width if right_to_left else leaf.x
        if start + leaf.width > room:
            part = _part(leaf, room - start, is_first, content, frame, walker, measured)
            if part is not None:
                kept.append(part)
            _forget_ends(content, kept)
            content.leaves = _logical(kept)
            return True
        kept.append(leaf)
        if leaf.kind in (Kind.TEXT, Kind.ATOMIC, Kind.TAB):
            is_first = False
    return False


def _part(
    leaf: Leaf, room: float, is_first: bool, content: LineContent, frame: Frame, walker: Walker, measured: Measured
) -> Leaf | None:
    if leaf.kind != Kind.TEXT or leaf.end == leaf.start:
        return leaf if is_first and leaf.kind == Kind.ATOMIC else None
    from_start = (leaf.level & 1) == (content.level & 1)
    bounds = _boundaries(leaf, frame)
    advances = measured.advances
    if not from_start:
        bounds = bounds[::-1]
    used, kept = 0.0, bounds[0]
    for before, after in pairwise(bounds):
        used += sum(advances[min(before, after) : max(before, after)])
        if used > room and not (is_first and before == bounds[0]):
            break
        kept = after
    if kept == bounds[0]:
        return None
    start, end = sorted((bounds[0], kept))
    return walker.text_leaf(leaf.item, start, end)


def _boundaries(leaf: Leaf, frame: Frame) -> list[int]:
    """Grapheme boundaries of a leaf, both ends included."""
    paragraph = frame.paragraph
    if paragraph.graphemes is None:
        paragraph.graphemes = frame.engine.graphemes(paragraph.text)
    graphemes = paragraph.graphemes
    inner = graphemes[bisect_right(graphemes, leaf.start) : bisect_left(graphemes, leaf.end)]
    return [leaf.start, *inner, leaf.end]


def _forget_ends(content: LineContent, kept: list[Leaf]) -> None:
    """Boxes that lost their last leaf have no end edge on this line any more."""
    remaining = {id(leaf) for leaf in kept}
    for leaf in content.leaves:
        if id(leaf) not in remaining:
            content.closed.difference_update(leaf.node.path)


def _logical(leaves: list[Leaf]) -> list[Leaf]:
    return sorted(leaves, key=lambda leaf: leaf.start)
