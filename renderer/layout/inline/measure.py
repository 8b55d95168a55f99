"""Widths of a paragraph as prefix sums, so that the width of any line is one subtraction."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from renderer.layout.inline.edges import inline_edges, start_and_end
from renderer.layout.inline.model import Item, Kind, Paragraph
from renderer.layout.inline.opportunities import SOFT_HYPHEN, opportunities
from renderer.style.computed import ComputedStyle
from renderer.text.types import GlyphRun, TextEngine

DROPPED, HANGING, TRANSPARENT = 1, 2, 3  # how a character behaves at the end of a line; 0: it stays

_NO_SPACES = frozenset({"break-spaces"})


class Measured:
    """Advances and prefix widths of a paragraph for one container width.

    `position[i]` is the distance from the paragraph's start to the break point before text[i]: edges of boxes that
    close before the break are counted, those of boxes that open behind it are not. `ends[s][k]` is the position at
    which segment s's k-th opportunity ends its line, trailing spaces left out and a hyphen added.
    """

    __slots__ = ("advances", "breaks", "ends", "hyphens", "monotone", "paragraph", "position", "trailing")

    def __init__(
        self, paragraph: Paragraph, engine: TextEngine, width: float, atomics: Mapping[int, float] | None = None
    ) -> None:
        self.paragraph = paragraph
        self.breaks = opportunities(paragraph, engine)
        self.hyphens: dict[int, float] = {}
        self.advances = [0.0] * len(paragraph.text)
        for item in paragraph.items:
            if item.kind == Kind.TEXT:
                _add_advances(self.advances, item.runs)
            elif item.kind == Kind.ATOMIC and atomics is not None:
                self.advances[item.start] = atomics[item.source]
        self.trailing = _trailing(paragraph)
        self.position = list(accumulate(self.advances, initial=0.0))
        self.monotone = not any(advance < 0 for advance in self.advances)
        if not paragraph.plain:
            self._add_edges(width)
        if SOFT_HYPHEN in paragraph.text:
            self._measure_hyphens(engine)
        self.ends = [self._ends(index) for index in range(len(self.breaks))]

    def _add_edges(self, width: float) -> None:
        """Put the edges of inline boxes into the positions."""
        extra = pending = 0.0
        events: list[tuple[int, float]] = []  # from this index on, positions are shifted by so much
        offset = 0
        for item in self.paragraph.items:
            if item.kind not in (Kind.OPEN, Kind.CLOSE):
                continue
            if item.start != offset:
                if pending:
                    events.append((offset + 1, pending))
                offset, pending = item.start, 0.0
            edges = start_and_end(inline_edges(item.style, width), item.style)
            pending += edges[item.kind == Kind.CLOSE]
            if item.kind == Kind.CLOSE and item.node.start < offset:
                if pending:
                    events.append((offset, pending))
                pending = 0.0
        if pending:
            events.append((offset + 1, pending))
        if not events:
            return
        self.monotone = self.monotone and all(shift >= 0 for _, shift in events)
        position = self.position
        bounds = [*events[1:], (len(position), 0.0)]
        for (start, shift), (end, _) in zip(events, bounds, strict=True):
            extra += shift
            for index in range(start, min(end, len(position))):
                position[index] += extra

    def _measure_hyphens(self, engine: TextEngine) -> None:
        widths: dict[ComputedStyle, float] = {}
        text = self.paragraph.text
        for item in self.paragraph.items:
            if item.kind != Kind.TEXT:
                continue
            for index in range(item.start, item.end):
                if text[index] == SOFT_HYPHEN:
                    width = widths.get(item.style)
                    if width is None:
                        width = widths[item.style] = sum(run.width for run in hyphen_runs(item, engine))
                    self.hyphens[index + 1] = width

    def _ends(self, number: int) -> list[float]:
        position, hyphens = self.position, self.hyphens
        segment = self.paragraph.segments[number]
        text, start = self.paragraph.text, segment.start
        trailing, advances = self.trailing, self.advances
        result = []
        for index in self.breaks[number]:
            end = position[index]
            last = index - 1
            if last >= start and (trailing[last] if trailing is not None else text[last] == " "):
                while last >= start and (trailing[last] if trailing is not None else text[last] == " "):
                    end -= advances[last]
                    last -= 1
            if hyphens and index != segment.end:
                end += hyphens.get(index, 0.0)
            result.append(end)
        return result

    def text_end(self, start: int, index: int) -> int:
        """Where the text of a line that breaks at `index` really ends: collapsible spaces before the break go."""
        trailing, text = self.trailing, self.paragraph.text
        end = index
        while end > start:
            kind = trailing[end - 1] if trailing is not None else (DROPPED if text[end - 1] == " " else 0)
            if kind not in (DROPPED, TRANSPARENT):
                break
            end -= 1
        return end


def hyphen_runs(item: Item, engine: TextEngine) -> tuple[GlyphRun, ...]:
    """The visible hyphen that ends a line broken at a soft hyphen."""
    return engine.shape("\u2010", 0, 1, item.style, item.level)


def _add_advances(advances: list[float], runs: tuple[GlyphRun, ...]) -> None:
    for run in runs:
        for cluster, advance in zip(run.clusters, run.advances, strict=True):
            advances[cluster] += advance


def _trailing(paragraph: Paragraph) -> bytes | None:
    """Per character, what becomes of it at the end of a line; None if spaces are simply dropped."""
    text = paragraph.text
    if paragraph.plain and _space_kind(paragraph.items[0].style) == DROPPED:
        return None
    kinds = bytearray(len(text))
    for item in paragraph.items:
        if item.kind == Kind.CONTROL:
            kinds[item.start] = TRANSPARENT
        elif item.kind == Kind.TAB:
            kinds[item.start] = _space_kind(item.style)
        elif item.kind == Kind.TEXT and (kind := _space_kind(item.style)):
            index = text.find(" ", item.start, item.end)
            while index >= 0:
                kinds[index] = kind
                index = text.find(" ", index + 1, item.end)
    return bytes(kinds)


def _space_kind(style: ComputedStyle) -> int:
    """Phase II of white space processing (CSS Text 3 section 4.1.2)."""
    if style.white_space_collapse in ("collapse", "preserve-breaks"):
        return DROPPED
    if style.white_space_collapse in _NO_SPACES or style.text_wrap == "nowrap":
        return 0
    return HANGING
