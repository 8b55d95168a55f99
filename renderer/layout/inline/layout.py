"""Inline layout: the lines of one inline formatting context, and its intrinsic widths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from renderer.layout.content import (
    AtomicBox,
    Box,
    InlineAtomic,
    InlineContent,
    InlinePositioned,
    InlineResult,
    LayoutContext,
)
from renderer.layout.fragments import Line
from renderer.layout.inline.align import line_offset, used_alignment
from renderer.layout.inline.break_lines import EPSILON, Cut, LineBreaker
from renderer.layout.inline.clamp import ellipsis_leaf, overflow_marker, truncate
from renderer.layout.inline.even_lines import balanced, without_orphan
from renderer.layout.inline.frame import Frame
from renderer.layout.inline.justify import justify
from renderer.layout.inline.leaves import LineContent, Walker
from renderer.layout.inline.measure import Measured
from renderer.layout.inline.model import Item, Kind, Paragraph
from renderer.layout.inline.place import Static, arrange, finish
from renderer.layout.inline.plain import layout_plain
from renderer.layout.inline.prepare import prepare
from renderer.style.values import resolve
from renderer.text.types import TextEngine


class _Broken(NamedTuple):
    width: float
    indent: float
    cuts: list[Cut]
    clamped: bool


def layout_paragraph(
    content: InlineContent,
    width: float,
    context: LayoutContext,
    height: float | None,
) -> InlineResult:
    """Lay out content at the size its styles say (CSS 2.2 section 9.4.2); `layout_inline` also fits it."""
    engine = context.text
    paragraph = prepare(content, engine)
    if paragraph.empty:
        return _nothing(content, paragraph, width)
    atomics = layout_atomics(content, width, context)
    frame = Frame(content, paragraph, context, width, height, atomics)
    style = frame.style
    indent = resolve(style.text_indent, width)
    single = _single_line(paragraph, width - indent)
    if single is not None:
        return layout_plain(frame, [single], indent)
    breaker = LineBreaker(measure(paragraph, engine, width, frame.atomic_widths), engine, frame.tab_width)
    cuts, clamped = _broken(breaker, width, indent)
    if paragraph.plain and not clamped and _is_simple(frame, cuts, indent):
        return layout_plain(frame, cuts, indent)
    return _Lines(frame, breaker, indent).build(cuts, clamped=clamped)


def _broken(breaker: LineBreaker, width: float, indent: float) -> tuple[list[Cut], bool]:
    """The lines, and whether line-clamp cut some off. Those of the latest width are kept with the paragraph."""
    paragraph = breaker.measured.paragraph
    kept = paragraph.cache.get("broken") if paragraph.fixed else None
    if isinstance(kept, _Broken) and kept.width == width and kept.indent == indent:
        return kept.cuts, kept.clamped
    style = paragraph.root.style
    limit = style.line_clamp
    cuts = breaker.lines(width, indent, None if limit is None else limit + 1)
    clamped = limit is not None and len(cuts) > limit
    if style.text_wrap in ("balance", "pretty") and not clamped and len(cuts) > 1:
        cuts = _rewrapped(breaker, cuts, width, indent)
    if clamped:
        cuts = cuts[:limit]
    if paragraph.fixed:
        paragraph.cache["broken"] = _Broken(width, indent, cuts, clamped)
    return cuts, clamped


def _rewrapped(breaker: LineBreaker, cuts: list[Cut], width: float, indent: float) -> list[Cut]:
    """Lines that fit, broken for looks. Text with forced breaks and clamped text is left alone, as in Chromium."""
    paragraph = breaker.measured.paragraph
    if len(paragraph.segments) > 1:
        return cuts
    if paragraph.root.style.text_wrap == "pretty":
        return without_orphan(breaker, cuts, width, indent)
    return balanced(breaker, cuts, width, indent)


def measure(paragraph: Paragraph, engine: TextEngine, width: float, atomics: Mapping[int, float]) -> Measured:
    """The paragraph's measures; kept with it unless they depend on this layout."""
    if not paragraph.fixed:
        return Measured(paragraph, engine, width, atomics)
    found = paragraph.cache.get("measured")
    if not isinstance(found, Measured):
        found = paragraph.cache["measured"] = Measured(paragraph, engine, width, atomics)
    return found


def _single_line(paragraph: Paragraph, room: float) -> Cut | None:
    """The one line of a plain paragraph that fits without breaking."""
    if not paragraph.plain or len(paragraph.segments) != 1:
        return None
    runs = paragraph.items[0].runs
    width = runs[0].width if len(runs) == 1 else sum(run.width for run in runs)
    if width > room + EPSILON:
        return None
    segment = paragraph.segments[0]
    if paragraph.root.style.text_align_last == "justify":
        return None
    return Cut(segment, 0, segment.end, segment.end, width, False, True)


def _is_simple(frame: Frame, cuts: list[Cut], indent: float) -> bool:
    """Whether no line needs justification, a hyphen or an ellipsis."""
    style = frame.style
    if style.text_align == "justify" or style.text_align_last == "justify":
        return False
    cuts_text = style.text_overflow != "clip" and style.overflow_x != "visible"
    room = frame.width - max(indent, 0.0)
    return not any(cut.hyphen or (cuts_text and cut.width > room + EPSILON) for cut in cuts)


def layout_atomics(content: InlineContent, width: float, context: LayoutContext) -> dict[int, AtomicBox]:
    """Lay out the atomic inlines for a container of this width; keys are indices of the content's items."""
    return {
        source: context.layout_atomic(item.box, width)
        for source, item in enumerate(content.items)
        if isinstance(item, InlineAtomic)
    }


def _nothing(content: InlineContent, paragraph: Paragraph, width: float) -> InlineResult:
    """No line boxes; positioned boxes stand where the first line would begin."""
    level = paragraph.segments[0].level
    x = line_offset(used_alignment(paragraph.root.style, level, last=True), level, width)
    statics: list[Static] = [
        (item.box, x if item.box.style.inline_level else 0.0, 0.0)
        for item in content.items
        if isinstance(item, InlinePositioned)
    ]
    return InlineResult([], 0.0, 0.0, None, None, statics)


class _Lines:
    """Builds the lines of a paragraph from its cuts, top to bottom."""

    def __init__(self, frame: Frame, breaker: LineBreaker, indent: float) -> None:
        self._frame = frame
        self._walker = Walker(breaker.measured, frame.engine, frame.atomic_widths, frame.tab_width)
        self._measured = breaker.measured
        self._indent = indent
        self._statics: list[Static] = []
        self._cut_short = False
        self._marker = overflow_marker(frame.style)

    def build(self, cuts: list[Cut], *, clamped: bool) -> InlineResult:
        lines: list[Line] = []
        y = widest = 0.0
        for index, cut in enumerate(cuts):
            final = index == len(cuts) - 1
            line = self._line(cut, y, self._indent if index == 0 else 0.0, final=final, clamped=clamped)
            lines.append(line)
            y += line.height
            widest = max(widest, line.width)
        if clamped:
            self._hidden(self._walker.rest(), lines[-1])
        return InlineResult(
            lines,
            widest,
            y,
            lines[0].baseline,
            lines[-1].baseline,
            self._statics,
            clamped or self._cut_short,
        )

    def _line(self, cut: Cut, y: float, indent: float, *, final: bool, clamped: bool) -> Line:
        frame, level = self._frame, cut.segment.level
        content = self._walker.take(cut, final=final and not clamped)
        room = frame.width - indent
        align = used_alignment(frame.style, level, last=cut.last)
        hanging = self._hanging(cut, content)
        row = arrange(content, frame)
        marker = "\u2026" if final and clamped else self._marker
        if marker is not None and (row.width - hanging > room + EPSILON or (final and clamped)):
            ellipsis = ellipsis_leaf(marker, content, frame)
            if truncate(row, room - ellipsis.width, frame, self._walker, self._measured):
                self._cut_short = True
            content.leaves.append(ellipsis)
            row.content.leaves = content.leaves
            row = arrange(content, frame)
            hanging = 0.0
        elif align == "justify":
            justify(content.leaves, room - row.width)
            row = arrange(content, frame)
        width = row.width - hanging
        x = line_offset(align, level, room - width)
        if not level & 1:
            x += indent
        line, statics = finish(row, frame, x - (hanging if level & 1 else 0.0), y, row.width)
        line.x, line.width = x, width
        self._statics += statics
        return line

    def _hanging(self, cut: Cut, content: LineContent) -> float:
        """Width of preserved spaces that hang behind the line's end (CSS Text 3 section 4.1.2)."""
        trailing, end = self._measured.trailing, cut.text_end
        width = 0.0
        while trailing is not None and end > cut.start and trailing[end - 1]:
            end -= 1
            width += self._measured.advances[end]
        tabs = sum(leaf.width for leaf in content.leaves if leaf.kind == Kind.TAB and leaf.start >= end)
        return width + tabs

    def _hidden(self, rest: list[Item], line: Line) -> None:
        """Positioned boxes of hidden lines stand below the last visible one."""
        items = self._frame.content.items
        for item in rest:
            source = items[item.source] if item.source >= 0 else None
            if item.kind == Kind.POSITIONED and isinstance(source, InlinePositioned):
                box: Box = source.box
                self._statics.append((box, 0.0, line.y + line.height))
