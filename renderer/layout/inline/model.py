"""A prepared paragraph: the text of one inline formatting context with its items shaped, free of any width."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from renderer.style.computed import ComputedStyle
from renderer.text.types import GlyphRun

OBJECT = "\ufffc"  # stands for an atomic inline in the paragraph's text


class Kind(IntEnum):
    """What an item of a paragraph is. All but OPEN, CLOSE and POSITIONED own characters of the text."""

    TEXT = 0
    OPEN = 1
    CLOSE = 2
    ATOMIC = 3
    POSITIONED = 4
    BREAK = 5  # "\n": a forced line break, or U+2028
    CONTROL = 6  # a bidi control that stands for unicode-bidi
    TAB = 7  # a preserved tab: its width depends on where it stands


@dataclass(slots=True, eq=False)
class Node:
    """An inline box. The root node stands for the block container (the root inline box of CSS 2.2 section 9.4.2)."""

    style: ComputedStyle
    parent: Node | None
    source: int  # index into InlineContent.items; -1 for the root
    start: int = 0  # index into the text where the box opens
    path: tuple[Node, ...] = ()  # from the outermost inline box to this one; empty for the root

    @property
    def depth(self) -> int:
        """Number of inline boxes around and including this one."""
        return len(self.path)


@dataclass(slots=True, eq=False)
class Item:
    """A stretch of the paragraph of one kind, style and bidi level, in logical order."""

    kind: Kind
    start: int
    end: int
    style: ComputedStyle
    node: Node  # the box it stands in; for OPEN and CLOSE the box itself
    source: int
    level: int = 0
    runs: tuple[GlyphRun, ...] = ()


@dataclass(slots=True, eq=False)
class Segment:
    """The text between two forced breaks: a paragraph to the bidi algorithm."""

    start: int
    end: int  # before the break character
    next: int  # after the break character
    level: int  # of the paragraph: odd is right to left


@dataclass(slots=True, eq=False)
class Paragraph:
    """Text, items and segments of one inline formatting context."""

    text: str
    items: list[Item]
    segments: list[Segment]
    root: Node
    plain: bool = False  # one text item, all left to right: lines need no boxes and no reordering
    fixed: bool = True  # no atomic inlines and no percentages: widths don't depend on the layout
    empty: bool = False  # nothing makes a line box (CSS 2.2 section 9.4.2, last paragraph)
    graphemes: list[int] | None = None  # computed when a word has to be broken anywhere
    cache: dict[str, object] = field(default_factory=dict)
