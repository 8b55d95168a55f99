"""From the leaves of a line to its fragments: horizontal positions, baselines, boxes and static positions."""

from __future__ import annotations

from dataclasses import dataclass, field

from renderer.layout.content import Box, InlinePositioned
from renderer.layout.fragments import Fragment, InlineBoxFragment, Line, TextFragment
from renderer.layout.inline.frame import Frame
from renderer.layout.inline.heights import LineHeights
from renderer.layout.inline.leaves import Leaf, LineContent, visual_order
from renderer.layout.inline.metrics import atomic_extent
from renderer.layout.inline.model import Kind, Node
from renderer.style.computed import ComputedStyle

Static = tuple[Box, float, float]


@dataclass(slots=True, eq=False)
class _Span:
    """A visually contiguous part of an inline box on a line; x from the line's left edge."""

    node: Node
    leaf: int  # visual index of its first leaf
    x: float
    right: float = 0.0
    left_edge: bool = False
    right_edge: bool = False


@dataclass(slots=True, eq=False)
class Row:
    """A line's leaves in visual order with their x positions, and the spans of its boxes, outermost first."""

    content: LineContent
    leaves: list[Leaf]
    spans: list[_Span] = field(default_factory=list)
    width: float = 0.0


def arrange(content: LineContent, frame: Frame) -> Row:
    """Put the leaves into visual order and side by side, with the edges of the boxes around them."""
    row = Row(content, visual_order(content.leaves))
    first: dict[Node, int] = {}
    last: dict[Node, int] = {}
    for index, leaf in enumerate(row.leaves):
        for node in leaf.node.path:
            first.setdefault(node, index)
            last[node] = index
    x = 0.0
    stack: list[_Span] = []
    for index, leaf in enumerate(row.leaves):
        path = leaf.node.path
        while stack and (len(stack) > len(path) or stack[-1].node is not path[len(stack) - 1]):
            x = _close(stack.pop(), index - 1, x, last, content, frame)
        for node in path[len(stack) :]:
            span = _Span(node, index, x)
            x = _open(span, first[node] == index, x, content, frame)
            stack.append(span)
            row.spans.append(span)
        leaf.x = x
        x += leaf.width
    while stack:
        x = _close(stack.pop(), len(row.leaves) - 1, x, last, content, frame)
    row.width = x
    return row


def _open(span: _Span, is_first: bool, x: float, content: LineContent, frame: Frame) -> float:
    """Add the left edges of a box whose visually first leaf follows; returns where its content starts."""
    node = span.node
    present = node in (content.closed if node.style.direction == "rtl" else content.opened)
    span.left_edge = is_first and present
    if not span.left_edge:
        return x
    edges = frame.edges(node)
    span.x = x + edges.margin_left
    return span.x + edges.left


def _close(span: _Span, index: int, x: float, last: dict[Node, int], content: LineContent, frame: Frame) -> float:
    node = span.node
    present = node in (content.opened if node.style.direction == "rtl" else content.closed)
    span.right_edge = last[node] == index and present
    if not span.right_edge:
        span.right = x
        return x
    edges = frame.edges(node)
    span.right = x + edges.right
    return span.right + edges.margin_right


def finish(row: Row, frame: Frame, x: float, y: float, line_width: float) -> tuple[Line, list[Static]]:
    """The line box at x, y with its fragments in paint order, and the static positions met on it."""
    heights = LineHeights(frame.paragraph.root, row.content.leaves, frame.engine, frame.metrics, frame.atomics)
    height = heights.bottom - heights.top
    line = Line(x, y, line_width, height, y - heights.top)
    spans = iter(row.spans)
    span = next(spans, None)
    statics: list[Static] = []
    for index, leaf in enumerate(row.leaves):
        while span is not None and span.leaf == index:
            line.items.append(_box(span, frame, heights, line))
            span = next(spans, None)
        if leaf.kind == Kind.TEXT or leaf.kind == Kind.TAB:
            line.items.append(_text(leaf, frame, heights, line))
        elif leaf.kind == Kind.ATOMIC:
            line.items.append(_atomic(leaf, frame, heights, line))
        elif leaf.kind == Kind.POSITIONED:
            statics.append(_static(leaf, frame, line, has_content_before=_is_preceded(row.content.leaves, leaf)))
    return line, statics


def _text(leaf: Leaf, frame: Frame, heights: LineHeights, line: Line) -> TextFragment:
    style: ComputedStyle = leaf.item.style
    metrics = frame.metrics(style)
    shift_x, shift_y = frame.relative_shift(leaf.node)
    baseline = line.baseline + heights.of_box(leaf.node) + shift_y
    return TextFragment(
        style,
        frame.element(leaf.item.source),
        line.x + leaf.x + shift_x,
        baseline,
        leaf.width,
        leaf.runs,
        leaf.text,
        baseline - metrics.ascent,
        metrics.ascent + metrics.descent,
        leaf.spacing,
        leaf.gaps,
        frame.decorations(leaf.node),
    )


def _box(span: _Span, frame: Frame, heights: LineHeights, line: Line) -> InlineBoxFragment:
    node = span.node
    metrics, edges = frame.metrics(node.style), frame.edges(node)
    shift_x, shift_y = frame.relative_shift(node)
    baseline = line.baseline + heights.of_box(node) + shift_y
    element = frame.element(node.source)
    assert element is not None  # noqa: S101 - inline boxes come from InlineOpen
    return InlineBoxFragment(
        node.style,
        element,
        line.x + span.x + shift_x,
        baseline - metrics.ascent - edges.top,
        span.right - span.x,
        metrics.ascent + metrics.descent + edges.top + edges.bottom,
        span.left_edge,
        span.right_edge,
    )


def _atomic(leaf: Leaf, frame: Frame, heights: LineHeights, line: Line) -> Fragment:
    atomic = frame.atomics[leaf.item.source]
    shift_x, shift_y = frame.relative_shift(leaf.node)
    fragment = atomic.fragment
    fragment.x = line.x + leaf.x + atomic.margin.left + shift_x
    top = line.baseline + heights.of_atomic(leaf) - atomic_extent(atomic).ascent
    fragment.y = top + atomic.margin.top + shift_y
    return fragment


def _static(leaf: Leaf, frame: Frame, line: Line, *, has_content_before: bool) -> Static:
    """Where an absolutely positioned box would have stood: inline at its place, a block on a line of its own."""
    item = frame.content.items[leaf.item.source]
    assert isinstance(item, InlinePositioned)  # noqa: S101 - leaves of this kind come from it
    if item.box.style.inline_level:
        return item.box, line.x + leaf.x, line.y
    return item.box, 0.0, line.y + line.height if has_content_before else line.y


def _is_preceded(leaves: list[Leaf], leaf: Leaf) -> bool:
    for other in leaves:
        if other is leaf:
            return False
        if other.kind in (Kind.TEXT, Kind.ATOMIC, Kind.TAB):
            return True
    return False
