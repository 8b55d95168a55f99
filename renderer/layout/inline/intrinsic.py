"""Min-content and max-content widths of inline content (CSS Sizing 3 section 5)."""

from __future__ import annotations

import math

from renderer.layout.content import InlineAtomic, InlineContent, IntrinsicWidths, LayoutContext
from renderer.layout.inline.break_lines import Cut, LineBreaker
from renderer.layout.inline.frame import Frame
from renderer.layout.inline.layout import measure
from renderer.layout.inline.measure import Measured
from renderer.layout.inline.opportunities import emergency_breaks
from renderer.layout.inline.prepare import prepare
from renderer.layout.inline.shaping import is_safe_cut
from renderer.style.values import resolve
from renderer.text.types import TextEngine

_UNBOUNDED = 1e9  # px


def intrinsic_inline(content: InlineContent, context: LayoutContext) -> IntrinsicWidths:
    """Widths of the narrowest and of the unbroken layout, rounded up to 1/64 px as Chromium's layout unit does.

    Content with text-fit: shrink may shrink to its smallest size, so its minimum is measured at that size.
    """
    engine = context.text
    paragraph = prepare(content, engine)
    if paragraph.empty:
        return IntrinsicWidths(0.0, 0.0)
    style = content.style
    indent = resolve(style.text_indent, 0.0)
    factor = 1.0
    if style.text_fit.mode in ("shrink", "both") and style.font_size > 0:
        factor = min(1.0, style.text_fit.minimum / style.font_size)
    found = paragraph.cache.get("intrinsic") if paragraph.fixed else None
    if isinstance(found, IntrinsicWidths):
        return found
    if paragraph.fixed:
        widths = _widths(measure(paragraph, engine, 0.0, {}), content, context, indent)
        result = IntrinsicWidths(_round_up(widths.minimum * factor), _round_up(widths.maximum))
        paragraph.cache["intrinsic"] = result
        return result
    minimums, maximums = _atomic_widths(content, context)
    maximum = _widths(Measured(paragraph, engine, 0.0, maximums), content, context, indent).maximum
    minimum = _widths(Measured(paragraph, engine, 0.0, minimums), content, context, indent).minimum
    return IntrinsicWidths(_round_up(minimum * factor), _round_up(maximum))


def _atomic_widths(content: InlineContent, context: LayoutContext) -> tuple[dict[int, float], dict[int, float]]:
    minimums, maximums = {}, {}
    for source, item in enumerate(content.items):
        if isinstance(item, InlineAtomic):
            minimums[source], maximums[source] = context.measure_atomic(item.box)
    return minimums, maximums


def _widths(measured: Measured, content: InlineContent, context: LayoutContext, indent: float) -> IntrinsicWidths:
    engine = context.text
    frame = Frame(content, measured.paragraph, context, 0.0, None, {})
    breaker = LineBreaker(measured, engine, frame.tab_width, intrinsic=True)
    maximum = _widest(breaker.lines(_UNBOUNDED, indent), indent)
    minimum = _widest_word(measured, indent) if _breaks_at_spaces(measured, engine) else None
    if minimum is None:
        minimum = _widest(breaker.lines(0.0, indent), indent)
    return IntrinsicWidths(max(0.0, minimum), max(0.0, maximum))


def _widest(cuts: list[Cut], indent: float) -> float:
    return max([cuts[0].width + indent, *(cut.width for cut in cuts[1:])])


def _breaks_at_spaces(measured: Measured, engine: TextEngine) -> bool:
    """Whether no break changes the shapes beside it, so that prefix sums tell the width of every word."""
    paragraph = measured.paragraph
    if emergency_breaks(paragraph, engine, intrinsic=True):
        return False
    text = paragraph.text
    return all(
        is_safe_cut(text, index)
        for segment, breaks in zip(paragraph.segments, measured.breaks, strict=True)
        for index in breaks
        if index != segment.end
    )


def _widest_word(measured: Measured, indent: float) -> float:
    position = measured.position
    widest = float("-inf")
    shift = indent
    for segment, breaks, ends in zip(measured.paragraph.segments, measured.breaks, measured.ends, strict=True):
        start = segment.start
        for index, end in zip(breaks, ends, strict=True):
            widest = max(widest, end - position[start] + shift)
            start, shift = index, 0.0
    return widest


def _round_up(width: float) -> float:
    return math.ceil(width * 64 - 1e-6) / 64
