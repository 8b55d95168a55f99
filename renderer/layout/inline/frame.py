"""What the lines of one inline layout have in common: container, engine, and values looked up once."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.document import Element
from renderer.layout.content import AtomicBox, InlineContent, InlineOpen, InlineText, LayoutContext
from renderer.layout.fragments import Decoration
from renderer.layout.inline.edges import InlineEdges, inline_edges
from renderer.layout.inline.metrics import BoxMetrics, box_metrics
from renderer.layout.inline.model import Kind, Node, Paragraph
from renderer.style.computed import ComputedStyle
from renderer.style.values import LengthPercentage, resolve
from renderer.text.types import TextEngine


class Frame:
    """One layout of a paragraph into a container of a certain size."""

    def __init__(
        self,
        content: InlineContent,
        paragraph: Paragraph,
        context: LayoutContext,
        width: float,
        height: float | None,
        atomics: Mapping[int, AtomicBox],
    ) -> None:
        self.content = content
        self.paragraph = paragraph
        self.engine: TextEngine = context.text
        self.width = width
        self.height = height
        self.atomics = atomics
        self.atomic_widths = {
            source: atomic.fragment.width + atomic.margin.horizontal for source, atomic in atomics.items()
        }
        self._metrics: dict[ComputedStyle, BoxMetrics] = {}
        self._edges: dict[Node, InlineEdges] = {}
        self._decorations: dict[Node, tuple[Decoration, ...]] = {}
        self._tab_styles: dict[int, ComputedStyle] | None = None
        self._shifts: dict[Node, tuple[float, float]] = {paragraph.root: (0.0, 0.0)}

    @property
    def style(self) -> ComputedStyle:
        """Style of the container, scaled if text-fit is at work."""
        return self.paragraph.root.style

    def metrics(self, style: ComputedStyle) -> BoxMetrics:
        """Metrics of an inline box."""
        found = self._metrics.get(style)
        if found is None:
            found = self._metrics[style] = box_metrics(style, self.engine)
        return found

    def edges(self, node: Node) -> InlineEdges:
        """Used edges of an inline box."""
        found = self._edges.get(node)
        if found is None:
            found = self._edges[node] = inline_edges(node.style, self.width)
        return found

    def element(self, source: int) -> Element | None:
        """The element an item of the content comes from; the container's for what has no item of its own."""
        item = self.content.items[source] if source >= 0 else None
        return item.element if isinstance(item, InlineText | InlineOpen) else self.content.element

    def decorations(self, node: Node) -> tuple[Decoration, ...]:
        """Text decorations that apply inside a box, the outermost first (CSS Text Decoration 3 section 2)."""
        found = self._decorations.get(node)
        if found is None:
            outer = self.content.decorations if node.parent is None else self.decorations(node.parent)
            own = (Decoration(node.style, self.metrics(node.style).font),) if node.style.text_decoration_line else ()
            found = self._decorations[node] = (*outer, *own) if own else outer
        return found

    def relative_shift(self, node: Node) -> tuple[float, float]:
        """How far relative positioning of the box and the boxes around it moves its content: x, y in px."""
        found = self._shifts.get(node)
        if found is None:
            assert node.parent is not None  # noqa: S101 - the root is there from the start
            x, y = self.relative_shift(node.parent)
            style = node.style
            if style.position == "relative":
                x += _offset(style.left, style.right, self.width, end_wins=style.direction == "rtl")
                y += _offset(style.top, style.bottom, self.height, end_wins=False)
            found = self._shifts[node] = (x, y)
        return found

    def tab_width(self, index: int, distance: float) -> float:
        """Width of the tab at text[index] that stands `distance` px into its line: up to the next tab stop.

        A stop closer than half a space is skipped (CSS Text 3 section 4.2, as Chromium reads it).
        """
        if self._tab_styles is None:
            items = self.paragraph.items
            self._tab_styles = {item.start: item.style for item in items if item.kind == Kind.TAB}
        style = self._tab_styles[index]
        space = self.metrics(style).font.metrics.space_advance
        period = style.tab_size * (space + style.letter_spacing + style.word_spacing)
        if period <= 0:
            return 0.0
        width = period - distance % period
        return width + period if width < space / 2 else width


def _offset(start: LengthPercentage | str, end: LengthPercentage | str, base: float | None, *, end_wins: bool) -> float:
    before, after = _length(start, base), _length(end, base)
    if before is not None and (after is None or not end_wins):
        return before
    return -after if after is not None else 0.0


def _length(value: LengthPercentage | str, base: float | None) -> float | None:
    if isinstance(value, str):
        return None
    if base is None:
        return value if isinstance(value, float | int) else None
    return resolve(value, base)
