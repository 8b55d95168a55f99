"""Greedy line breaking (CSS Text 3 section 5) over measured opportunities."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import NamedTuple

from renderer.layout.inline.measure import Measured
from renderer.layout.inline.model import Item, Kind, Segment
from renderer.layout.inline.opportunities import emergency_breaks
from renderer.layout.inline.shaping import is_safe_cut, piece
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine

# Chromium measures in 1/64 px, rounds widths up and gives the room one such unit more.
EPSILON = 1 / 64


class Cut(NamedTuple):
    """One line: its text from `start` to the break at `end`, of which spaces from `text_end` on are dropped."""

    segment: Segment
    start: int
    end: int
    text_end: int
    width: float  # without hanging spaces
    hyphen: bool
    last: bool  # ends its segment
    emergency: bool = False  # a word was broken because it did not fit


class LineBreaker:
    """Breaks one paragraph into lines of a width; may be asked again for other widths."""

    def __init__(
        self,
        measured: Measured,
        engine: TextEngine,
        tab_stop: Callable[[int, float], float],
        *,
        intrinsic: bool = False,
    ) -> None:
        self.measured = measured
        self._engine = engine
        self._intrinsic = intrinsic  # break words only where min-content sizes count it
        self._tab_stop = tab_stop  # (index of the tab, distance from the line's start) → its width
        self._widths: dict[tuple[str, ComputedStyle, int], float] = {}
        self._owners = [item for item in measured.paragraph.items if item.end > item.start]
        self._starts = [item.start for item in self._owners]
        self._tabs = [item.start for item in measured.paragraph.items if item.kind == Kind.TAB]

    def lines(self, width: float, indent: float = 0.0, limit: int | None = None) -> list[Cut]:
        """Break into lines `width` px wide, the first one shorter by `indent`. Stops after `limit` lines."""
        cuts: list[Cut] = []
        room = width - indent
        for number, segment in enumerate(self.measured.paragraph.segments):
            start = segment.start
            while True:
                cut = self._next(number, segment, start, room)
                cuts.append(cut)
                if len(cuts) == limit:
                    return cuts
                room = width
                if cut.last:
                    break
                start = cut.end
        return cuts

    def candidates(self, start: int, room: float) -> list[Cut]:
        """All lines of a paragraph without forced breaks that start at `start` and fit."""
        measured = self.measured
        segment, breaks, ends = measured.paragraph.segments[0], measured.breaks[0], measured.ends[0]
        if self._tabs:
            breaks, ends = self._with_tabs(start, breaks, ends, room)
        base = measured.position[start]
        found: list[Cut] = []
        for index in range(bisect_right(breaks, start), len(breaks)):
            cut = self._cut(segment, start, breaks[index], ends[index] - base)
            if cut.width > room + EPSILON:
                break
            found.append(cut)
        return found

    def _next(self, number: int, segment: Segment, start: int, room: float) -> Cut:
        measured = self.measured
        breaks, ends = measured.breaks[number], measured.ends[number]
        if self._tabs:
            breaks, ends = self._with_tabs(start, breaks, ends, room)
        base = measured.position[start]
        first = bisect_right(breaks, start) if start < segment.end else len(breaks) - 1
        limit = base + room + EPSILON
        if measured.monotone:
            found = bisect_right(ends, limit, first) - 1
        else:
            found = first - 1
            while found + 1 < len(ends) and ends[found + 1] <= limit:
                found += 1
        while found >= first:
            cut = self._cut(segment, start, breaks[found], ends[found] - base)
            if cut.width <= room + EPSILON:
                return cut
            found -= 1
        return self._overflowing(segment, start, breaks[first], ends[first] - base, room)

    def _cut(self, segment: Segment, start: int, end: int, width: float, *, emergency: bool = False) -> Cut:
        measured = self.measured
        last = end >= segment.end
        text_end = end if last else measured.text_end(start, end)
        if start < text_end and not (self._is_safe(start) and self._is_safe(text_end)):
            width += self._reshaping(start, text_end)
        return Cut(segment, start, end, text_end, width, not last and end in measured.hyphens, last, emergency)

    def _overflowing(self, segment: Segment, start: int, end: int, width: float, room: float) -> Cut:
        """Not even the first opportunity fits: break the word if that is allowed, else let it overflow."""
        measured = self.measured
        places = emergency_breaks(measured.paragraph, self._engine, intrinsic=self._intrinsic)
        first = bisect_right(places, start)
        last = bisect_right(places, end - 1, first)
        if first == last:
            return self._cut(segment, start, end, width)
        position, base = measured.position, measured.position[start]
        found = bisect_right(places, base + room + EPSILON, first, last, key=position.__getitem__) - 1
        while True:
            place = places[max(found, first)]
            cut = self._cut(segment, start, place, position[place] - base, emergency=True)
            if cut.width <= room + EPSILON or found <= first:
                return cut
            found -= 1

    def _is_safe(self, index: int) -> bool:
        text = self.measured.paragraph.text
        return index == 0 or index == len(text) or is_safe_cut(text, index)

    def _reshaping(self, start: int, end: int) -> float:
        """How much wider text[start:end] is on its own than as part of its runs: kerning and ligatures at the cuts."""
        advances = self.measured.advances
        wider = 0.0
        for item in {self._item_at(start), self._item_at(end - 1)}:
            if item.kind == Kind.TEXT:
                first, last = max(item.start, start), min(item.end, end)
                wider += self._width_alone(item, first, last) - sum(advances[first:last])
        return wider

    def _width_alone(self, item: Item, start: int, end: int) -> float:
        """Width of part of a text item between two breaks. ASCII needs no context, so equal parts are equally wide."""
        text = self.measured.paragraph.text
        key = (text[start:end], item.style, item.level)
        width = self._widths.get(key)
        if width is None:
            width = sum(run.width for run in piece(text, item, start, end, self._engine))
            if key[0].isascii():
                self._widths[key] = width
        return width

    def _item_at(self, index: int) -> Item:
        """The item that owns a character."""
        return self._owners[bisect_right(self._starts, index) - 1]

    def _with_tabs(
        self, start: int, breaks: list[int], ends: list[float], room: float
    ) -> tuple[list[int], list[float]]:
        """The breaks behind `start`, up to the first that overflows, with the line's tabs spread to their stops."""
        position, trailing = self.measured.position, self.measured.trailing
        base, shift = position[start], 0.0
        tab = bisect_left(self._tabs, start)
        first = min(bisect_right(breaks, start), len(breaks) - 1)
        shifted: list[float] = []
        for index, end in zip(breaks[first:], ends[first:], strict=True):
            last = index - 1
            while trailing is not None and last >= start and trailing[last]:
                last -= 1
            while tab < len(self._tabs) and self._tabs[tab] <= last:
                shift += self._tab_stop(self._tabs[tab], position[self._tabs[tab]] - base + shift)
                tab += 1
            shifted.append(end + shift)
            if shifted[-1] > base + room + EPSILON:
                break
        return breaks[first : first + len(shifted)], shifted
