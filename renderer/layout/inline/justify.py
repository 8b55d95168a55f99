"""Justification: spreading a line's text over its width (CSS Text 3 section 7.3)."""

from __future__ import annotations

from renderer.layout.inline.leaves import Leaf
from renderer.layout.inline.model import Kind

_WORD_SEPARATORS = frozenset(" \u00a0\t")


def justify(leaves: list[Leaf], space: float) -> None:
    """Widen the leaves of a line (in logical order) by `space` px at word separators and between ideographs."""
    gaps: list[tuple[Leaf, list[int]]] = []
    end = _last_text(leaves)
    follows_gap = True  # nothing is added before the line's first character
    for leaf in leaves:
        if leaf.kind == Kind.ATOMIC:
            follows_gap = False
        if leaf.kind != Kind.TEXT or not leaf.runs:
            continue
        places: list[int] = []
        for index, char in enumerate(leaf.text, leaf.start):
            if char in _WORD_SEPARATORS:
                places.append(index)
                follows_gap = True
            elif is_ideographic(char):
                if not follows_gap:
                    _add_before(index, leaf, places, gaps)
                places.append(index)
                follows_gap = True
            else:
                follows_gap = False
        if leaf is end and places and places[-1] == leaf.end - 1:
            places.pop()  # nothing is added behind the line's last character
        gaps.append((leaf, places))
    total = sum(len(places) for _, places in gaps)
    if not total or space <= 0:
        return
    spacing = space / total
    for leaf, places in gaps:
        if places:
            leaf.gaps = tuple(places)
            leaf.spacing = spacing
            leaf.width += spacing * len(places)


def _last_text(leaves: list[Leaf]) -> Leaf | None:
    for leaf in reversed(leaves):
        if leaf.kind in (Kind.TEXT, Kind.ATOMIC):
            return leaf
    return None


def _add_before(index: int, leaf: Leaf, places: list[int], gaps: list[tuple[Leaf, list[int]]]) -> None:
    """Put a gap behind the character before `index`, which may be the last one of the leaf before."""
    if index > leaf.start:
        places.append(index - 1)
    elif gaps and gaps[-1][0].end == index:
        gaps[-1][1].append(index - 1)


def is_ideographic(char: str) -> bool:
    """Characters between which Chinese and Japanese text is spread: ideographs, kana and their punctuation."""
    code = ord(char)
    return (
        0x2E80 <= code <= 0x312F
        or 0x31A0 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFF60
        or 0x20000 <= code <= 0x3FFFF
    )
