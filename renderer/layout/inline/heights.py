"""The height of a line box and the baselines of the boxes on it (CSS 2.2 section 10.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from renderer.layout.content import AtomicBox
from renderer.layout.inline.leaves import Leaf
from renderer.layout.inline.metrics import (
    BoxMetrics,
    Extent,
    atomic_extent,
    baseline_shift,
    fallback_extent,
)
from renderer.layout.inline.model import Kind, Node
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine


class _Subtree:
    """An aligned subtree: boxes whose baselines are fixed relative to each other. y grows downwards from its root."""

    __slots__ = ("align", "bottom", "offset", "top")

    def __init__(self, align: str) -> None:
        self.align = align
        self.top = float("inf")
        self.bottom = float("-inf")
        self.offset = 0.0  # of its root's baseline below the line's, known at the end

    def unite(self, shift: float, extent: Extent) -> None:
        self.top = min(self.top, shift - extent.ascent)
        self.bottom = max(self.bottom, shift + extent.descent)


class LineHeights:
    """Resolves the baselines of one line. `top` and `bottom` are relative to the root inline box's baseline."""

    def __init__(
        self,
        root: Node,
        leaves: Iterable[Leaf],
        engine: TextEngine,
        metrics: Callable[[ComputedStyle], BoxMetrics],
        atomics: Mapping[int, AtomicBox],
    ) -> None:
        self._engine, self._metrics, self._atomics = engine, metrics, atomics
        line = _Subtree("baseline")
        line.unite(0.0, metrics(root.style).leaded)
        self._subtrees = [line]
        self._boxes: dict[Node, tuple[_Subtree, float]] = {root: (line, 0.0)}
        self._leaves: dict[int, tuple[_Subtree, float]] = {}
        for leaf in leaves:
            for node in leaf.node.path:
                if node not in self._boxes:
                    self._add_box(node)
            self._add_leaf(leaf)
        self.top, self.bottom = line.top, line.bottom
        self._place_subtrees()

    def of_box(self, node: Node) -> float:
        """Distance of an inline box's baseline below the line's."""
        subtree, shift = self._boxes[node]
        return subtree.offset + shift

    def of_atomic(self, leaf: Leaf) -> float:
        """Distance of an atomic inline's baseline below the line's."""
        subtree, shift = self._leaves[leaf.start]
        return subtree.offset + shift

    def _add_box(self, node: Node) -> None:
        assert node.parent is not None  # noqa: S101 - paths leave out the root
        leaded = self._metrics(node.style).leaded
        place = self._place(node.style, leaded, node.parent)
        self._boxes[node] = place
        place[0].unite(place[1], leaded)

    def _add_leaf(self, leaf: Leaf) -> None:
        if leaf.kind == Kind.ATOMIC:
            extent = atomic_extent(self._atomics[leaf.item.source])
            place = self._place(leaf.item.style, extent, leaf.node)
            self._leaves[leaf.start] = place
            place[0].unite(place[1], extent)
        elif leaf.kind == Kind.TEXT and leaf.item.style.line_height == "normal":
            subtree, shift = self._boxes[leaf.node]
            primary = self._metrics(leaf.item.style).font
            for run in leaf.runs:
                if run.font is not primary:
                    subtree.unite(shift, fallback_extent(run.font))

    def _place(self, style: ComputedStyle, extent: Extent, parent: Node) -> tuple[_Subtree, float]:
        align = style.vertical_align
        if isinstance(align, str) and align in ("top", "bottom"):
            subtree = _Subtree(align)
            self._subtrees.append(subtree)
            return subtree, 0.0
        subtree, shift = self._boxes[parent]
        return subtree, shift + baseline_shift(style, extent, parent.style, self._engine)

    def _place_subtrees(self) -> None:
        """Align subtrees with the line's top and bottom, which they extend where they are taller than the line."""
        for subtree in self._subtrees[1:]:
            missing = (subtree.bottom - subtree.top) - (self.bottom - self.top)
            if missing > 0:
                if subtree.align == "top":
                    self.bottom += missing
                else:
                    self.top -= missing
        for subtree in self._subtrees[1:]:
            if subtree.align == "top":
                subtree.offset = self.top - subtree.top
            else:
                subtree.offset = self.bottom - subtree.bottom
