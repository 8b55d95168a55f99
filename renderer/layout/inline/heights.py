"""The height of a line box and the baselines of the boxes on it (CSS 2.2 section 10.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from renderer.layout.content import AtomicBox
from renderer.layout.inline.leaves import Leaf
from renderer.layout.inline.metrics import BoxMetrics, Extent, atomic_extent, baseline_shift, fallback_extent
from renderer.layout.inline.model import Kind, Node
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine


class _Subtree(NamedTuple):
    """A box aligned with the line's top or bottom, and what is aligned relative to it."""

    key: Node | int
    align: str
    extent: Extent


class LineHeights:
    """Resolves the baselines of one line. `top` and `bottom` are relative to the root inline box's baseline.

    Boxes are aligned from the inside out by the extent of all they contain, which is how Chromium reads `middle`,
    `text-top` and `text-bottom`.
    """

    def __init__(
        self,
        root: Node,
        leaves: Iterable[Leaf],
        engine: TextEngine,
        metrics: Callable[[ComputedStyle], BoxMetrics],
        atomics: Mapping[int, AtomicBox],
    ) -> None:
        self._engine, self._metrics, self._atomics = engine, metrics, atomics
        self._root = root
        self._shifts: dict[Node | int, float] = {}  # below the parent's baseline; atomics by their text index
        self._subtrees: list[_Subtree] = []
        self._extents: dict[Node, Extent] = {root: metrics(root.style).leaded}
        self._unite_all(leaves)
        ascent, descent = self._extents[root]
        self.top, self.bottom = -ascent, descent
        self._absolute: dict[Node | int, float] = {root: 0.0}
        self._place_subtrees()

    def of_box(self, node: Node) -> float:
        """Distance of an inline box's baseline below the line's."""
        found = self._absolute.get(node)
        if found is None:
            assert node.parent is not None  # noqa: S101 - the root is there from the start
            found = self._absolute[node] = self.of_box(node.parent) + self._shifts[node]
        return found

    def of_atomic(self, leaf: Leaf) -> float:
        """Distance of an atomic inline's baseline below the line's."""
        found = self._absolute.get(leaf.start)
        return found if found is not None else self.of_box(leaf.node) + self._shifts[leaf.start]

    def _unite_all(self, leaves: Iterable[Leaf]) -> None:
        """Go through the leaves in logical order, finishing every box behind its last leaf."""
        open_boxes: list[Node] = []
        for leaf in leaves:
            path = leaf.node.path
            while open_boxes and (len(open_boxes) > len(path) or open_boxes[-1] is not path[len(open_boxes) - 1]):
                self._finish(open_boxes.pop())
            for node in path[len(open_boxes) :]:
                self._extents[node] = self._metrics(node.style).leaded
                open_boxes.append(node)
            if leaf.kind == Kind.ATOMIC:
                extent = atomic_extent(self._atomics[leaf.item.source])
                self._align(leaf.start, leaf.item.style, extent, leaf.node)
            elif leaf.kind == Kind.TEXT and leaf.item.style.line_height == "normal":
                self._add_fallbacks(leaf)
        while open_boxes:
            self._finish(open_boxes.pop())

    def _finish(self, node: Node) -> None:
        if node.parent is not None:
            self._align(node, node.style, self._extents[node], node.parent)

    def _align(self, key: Node | int, style: ComputedStyle, extent: Extent, parent: Node) -> None:
        align = style.vertical_align
        if isinstance(align, str) and align in ("top", "bottom"):
            self._subtrees.append(_Subtree(key, align, extent))
            return
        shift = self._shifts[key] = baseline_shift(style, extent, parent.style, self._engine)
        self._unite(parent, shift, extent)

    def _unite(self, node: Node, shift: float, extent: Extent) -> None:
        ascent, descent = self._extents[node]
        self._extents[node] = Extent(max(ascent, extent.ascent - shift), max(descent, extent.descent + shift))

    def _add_fallbacks(self, leaf: Leaf) -> None:
        """With line-height normal, every font that a text needed counts."""
        primary = self._metrics(leaf.item.style).font
        for run in leaf.runs:
            if run.font is not primary:
                self._unite(leaf.node, 0.0, fallback_extent(run.font))

    def _place_subtrees(self) -> None:
        """Align subtrees with the line's top and bottom. The tallest extends the line first, if it is taller."""
        for subtree in sorted(self._subtrees, key=lambda subtree: -sum(subtree.extent)):
            missing = sum(subtree.extent) - (self.bottom - self.top)
            if missing > 0 and subtree.align == "top":
                self.bottom += missing
            elif missing > 0:
                self.top -= missing
        for subtree in self._subtrees:
            if subtree.align == "top":
                self._absolute[subtree.key] = self.top + subtree.extent.ascent
            else:
                self._absolute[subtree.key] = self.bottom - subtree.extent.descent
