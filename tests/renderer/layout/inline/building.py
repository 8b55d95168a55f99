"""Short spellings for inline content in tests, and a readable form of results."""

from __future__ import annotations

from dataclasses import dataclass, replace

from renderer.diagnostics import Diagnostics
from renderer.document import Element
from renderer.errors import SourcePosition
from renderer.layout.content import (
    AtomicBox,
    Box,
    InlineAtomic,
    InlineBreak,
    InlineClose,
    InlineContent,
    InlineItem,
    InlineOpen,
    InlinePositioned,
    InlineResult,
    InlineText,
    IntrinsicWidths,
    LayoutContext,
)
from renderer.layout.fragments import Edges, Fragment, InlineBoxFragment, Line, TextFragment
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine
from tests.renderer.layout.inline.monospace import MonospaceEngine


@dataclass(slots=True, eq=False)
class Span:
    """An inline element around parts."""

    style: ComputedStyle
    parts: tuple[object, ...]


def plain_style(**values: object) -> ComputedStyle:
    """A style of 20 px text: every character 10 px wide, lines 20 px high."""
    return replace(ComputedStyle(font_size=20.0), **values)  # type: ignore[arg-type]


def content(*parts: object, **values: object) -> InlineContent:
    """Inline content of strings, Spans, "\\n" as <br> and items; `values` are the container's style."""
    style = plain_style(**values)
    items: list[InlineItem] = []
    _add(items, parts, style)
    return InlineContent(items, style, None)


def span(*parts: object, **values: object) -> Span:
    """An inline element; style values that are not named are initial, so name inherited ones too."""
    return Span(plain_style(**values), parts)


BR = InlineBreak(plain_style())


def _add(items: list[InlineItem], parts: tuple[object, ...], style: ComputedStyle) -> None:
    for part in parts:
        if isinstance(part, str):
            items.append(InlineText(part, style, None))
        elif isinstance(part, Span):
            items.append(InlineOpen(part.style, Element("span", {}, SourcePosition("test.html", 1, 1), 0)))
            _add(items, part.parts, part.style)
            items.append(InlineClose())
        else:
            assert isinstance(part, InlineBreak | InlineAtomic | InlinePositioned)
            items.append(part)


def atomic(width: float, height: float, baseline: float | None = None, **values: object) -> InlineAtomic:
    """An inline-block of fixed size. The box's image name carries the numbers to the layout below."""
    image = f"{width} {height} {'' if baseline is None else baseline}"
    return InlineAtomic(Box(plain_style(display="inline-block", **values), None, "block", image=image))


def positioned(**values: object) -> InlinePositioned:
    """An absolutely positioned box."""
    return InlinePositioned(Box(plain_style(position="absolute", **values), None, "block"))


def _layout_atomic(box: Box, available: float) -> AtomicBox:
    width, height, baseline = (box.image or "").split(" ")
    fragment = Fragment(box.style, None, width=float(width), height=float(height))
    return AtomicBox(fragment, _margin(box.style), float(baseline) if baseline else None)


def _measure_atomic(box: Box) -> IntrinsicWidths:
    width = float((box.image or "").split(" ")[0]) + _margin(box.style).horizontal
    return IntrinsicWidths(width, width)


def _margin(style: ComputedStyle) -> Edges:
    values = (style.margin_top, style.margin_right, style.margin_bottom, style.margin_left)
    return Edges(*(value if isinstance(value, float) else 0.0 for value in values))


def context(engine: TextEngine | None = None) -> LayoutContext:
    """A layout context over the monospace engine, or another."""
    return LayoutContext(
        engine or MonospaceEngine(), {}, Diagnostics(), 1000.0, 1000.0, _layout_atomic, _measure_atomic
    )


def texts(result: InlineResult) -> list[str]:
    """The text of every line, in visual order of its fragments."""
    return [line_text(line) for line in result.lines]


def line_text(line: Line) -> str:
    return "".join(item.text for item in line.items if isinstance(item, TextFragment))


def fragments(result: InlineResult, line: int = 0) -> list[tuple[str, float, float]]:
    """(text, x, width) of a line's text fragments."""
    return [(item.text, item.x, item.width) for item in result.lines[line].items if isinstance(item, TextFragment)]


def boxes(result: InlineResult, line: int = 0) -> list[InlineBoxFragment]:
    return [item for item in result.lines[line].items if isinstance(item, InlineBoxFragment)]
