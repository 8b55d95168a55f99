"""Lines of the commonest content: one text of one style, left to right. The same results as `place`, with less ado."""

from __future__ import annotations

from renderer.layout.content import InlineResult
from renderer.layout.fragments import Line, TextFragment
from renderer.layout.inline.align import line_offset, used_alignment
from renderer.layout.inline.break_lines import Cut
from renderer.layout.inline.frame import Frame
from renderer.layout.inline.metrics import Extent, fallback_extent
from renderer.layout.inline.shaping import piece
from renderer.text.types import GlyphRun


def layout_plain(frame: Frame, cuts: list[Cut], indent: float) -> InlineResult:
    """Place the lines of a plain paragraph."""
    paragraph = frame.paragraph
    item, style = paragraph.items[0], frame.style
    metrics = frame.metrics(item.style)
    root = frame.metrics(style).leaded
    leaded = metrics.leaded if item.style is not style else root
    strut = Extent(max(root.ascent, leaded.ascent), max(root.descent, leaded.descent))
    grows = item.style.line_height == "normal"
    element, decorations = frame.element(item.source), frame.decorations(paragraph.root)
    content_height = metrics.ascent + metrics.descent
    lines: list[Line] = []
    y = widest = 0.0
    for cut in cuts:
        runs = piece(paragraph.text, item, cut.start, cut.text_end, frame.engine)
        width = runs[0].width if len(runs) == 1 else sum(run.width for run in runs)
        extent = _with_fallbacks(strut, runs, metrics.font) if grows else strut
        room = frame.width - indent
        align = used_alignment(style, 0, last=cut.last)
        x = indent + line_offset(align, 0, room - cut.width)
        baseline = y + extent.ascent
        height = extent.ascent + extent.descent
        text = paragraph.text[cut.start : cut.text_end]
        fragment = TextFragment(
            item.style,
            element,
            x,
            baseline,
            width,
            runs,
            text,
            baseline - metrics.ascent,
            content_height,
            decorations=decorations,
        )
        lines.append(Line(x, y, cut.width, height, baseline, [fragment]))
        y += height
        widest = max(widest, cut.width)
        indent = 0.0
    return InlineResult(lines, widest, y, lines[0].baseline, lines[-1].baseline, [])


def _with_fallbacks(strut: Extent, runs: tuple[GlyphRun, ...], primary: object) -> Extent:
    ascent, descent = strut
    for run in runs:
        if run.font is not primary:
            extent = fallback_extent(run.font)
            ascent, descent = max(ascent, extent.ascent), max(descent, extent.descent)
    return Extent(ascent, descent)
