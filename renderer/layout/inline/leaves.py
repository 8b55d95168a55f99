"""The leaves of one line: pieces of text, atomic inlines and placeholders, first logical, then in visual order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from renderer.layout.inline.break_lines import Cut
from renderer.layout.inline.measure import Measured, hyphen_runs
from renderer.layout.inline.model import Item, Kind, Node, Paragraph
from renderer.layout.inline.shaping import piece
from renderer.text.types import GlyphRun, TextEngine

HYPHEN = "\u2010"


@dataclass(slots=True, eq=False)
class Leaf:
    """Something that takes a place on a line. Kind OPEN stands for an inline box without content on this line."""

    kind: Kind
    item: Item
    node: Node
    level: int
    start: int
    end: int
    width: float = 0.0
    text: str = ""
    runs: tuple[GlyphRun, ...] = ()
    spacing: float = 0.0
    gaps: tuple[int, ...] = ()
    x: float = 0.0


@dataclass(slots=True, eq=False)
class LineContent:
    """Leaves of a line and the boxes that start or end on it."""

    leaves: list[Leaf]
    level: int
    opened: set[Node] = field(default_factory=set)
    closed: set[Node] = field(default_factory=set)


class Walker:
    """Hands out the paragraph's items line by line."""

    def __init__(
        self,
        measured: Measured,
        engine: TextEngine,
        atomics: Mapping[int, float],
        tab_stop: Callable[[int, float], float],
    ) -> None:
        self._measured = measured
        self._paragraph: Paragraph = measured.paragraph
        self._engine = engine
        self._atomics = atomics
        self._tab_stop = tab_stop
        self._next = 0  # first item that is not used up
        self._node = measured.paragraph.root

    def take(self, cut: Cut, *, final: bool) -> LineContent:
        """Contents of the next line; the final line takes everything that is left."""
        line = LineContent([], cut.segment.level)
        items = self._paragraph.items
        end = cut.segment.next if cut.last else cut.end
        stop = len(items) if final else self._boundary(end)
        shift = 0.0
        while self._next < stop:
            item = items[self._next]
            if item.kind == Kind.TAB:
                distance = self._measured.position[item.start] - self._measured.position[cut.start] + shift
                width = self._tab_stop(item.start, distance)
                shift += width
                line.leaves.append(Leaf(Kind.TAB, item, item.node, item.level, item.start, item.end, width, "\t"))
            else:
                self._add(item, cut, line)
            if item.end > end:
                break
            self._next += 1
        self._finish(cut, line)
        return line

    def rest(self) -> list[Item]:
        """Items that no line took."""
        return self._paragraph.items[self._next :]

    def _boundary(self, end: int) -> int:
        """Index behind the last item of a line that ends at `end`: boxes that close there still belong to it."""
        items = self._paragraph.items
        index = self._next
        while index < len(items) and items[index].start < end:
            index += 1
        stop = index
        while index < len(items) and items[index].start == items[index].end == end:
            if items[index].kind == Kind.CLOSE and items[index].node.start < end:
                stop = index + 1
            index += 1
        return stop

    def _add(self, item: Item, cut: Cut, line: LineContent) -> None:
        leaves = line.leaves
        match item.kind:
            case Kind.TEXT:
                start, end = max(item.start, cut.start), min(item.end, cut.text_end)
                if start < end:
                    leaves.append(self.text_leaf(item, start, end))
            case Kind.ATOMIC:
                width = self._atomics[item.source]
                leaves.append(Leaf(item.kind, item, item.node, item.level, item.start, item.end, width))
            case Kind.POSITIONED:
                level = leaves[-1].level if leaves else cut.segment.level
                leaves.append(Leaf(item.kind, item, item.node, level, item.start, item.end))
            case Kind.OPEN:
                line.opened.add(item.node)
                self._node = item.node
            case Kind.CLOSE:
                self._hold_open(item, cut, leaves)
                line.closed.add(item.node)
                self._node = item.node.parent or self._paragraph.root

    def text_leaf(self, item: Item, start: int, end: int) -> Leaf:
        """A piece of a text item."""
        text = self._paragraph.text
        runs = piece(text, item, start, end, self._engine)
        width = sum(run.width for run in runs)
        return Leaf(Kind.TEXT, item, item.node, item.level, start, end, width, text[start:end], runs)

    def _hold_open(self, item: Item, cut: Cut, leaves: list[Leaf]) -> None:
        """Give the current box a leaf on this line if it has none, so that its edges have a place."""
        node = self._node
        if node.parent is None or (leaves and node in leaves[-1].node.path):
            return
        level = leaves[-1].level if leaves else cut.segment.level
        leaves.append(Leaf(Kind.OPEN, item, node, level, item.start, item.start))

    def _finish(self, cut: Cut, line: LineContent) -> None:
        if line.leaves or line.opened:
            last = line.leaves[-1].item if line.leaves else self._paragraph.items[self._next - 1]
            self._hold_open(last, cut, line.leaves)
        if not cut.hyphen:
            return
        for leaf in reversed(line.leaves):
            if leaf.kind == Kind.TEXT:
                runs = hyphen_runs(leaf.item, self._engine)
                width = sum(run.width for run in runs)
                hyphen = Leaf(Kind.TEXT, leaf.item, leaf.node, leaf.level, leaf.end, leaf.end, width, HYPHEN, runs)
                line.leaves.append(hyphen)
                return


def visual_order(leaves: list[Leaf]) -> list[Leaf]:
    """Rule L2 of UAX #9: reverse every sequence of levels, from the highest down to the lowest odd one."""
    highest = max((leaf.level for leaf in leaves), default=0)
    if highest == 0:
        return leaves
    lowest_odd = min((leaf.level for leaf in leaves if leaf.level & 1), default=highest + 1)
    ordered = list(leaves)
    for level in range(highest, lowest_odd - 1, -1):
        index = 0
        while index < len(ordered):
            if ordered[index].level < level:
                index += 1
                continue
            end = index
            while end < len(ordered) and ordered[end].level >= level:
                end += 1
            ordered[index:end] = ordered[index:end][::-1]
            index = end
    return ordered
