"""The same inline content at another font size: what text-fit tries out."""

from __future__ import annotations

from dataclasses import replace

from cachetools import LRUCache

from renderer.layout.content import InlineBreak, InlineContent, InlineItem, InlineOpen, InlineText
from renderer.style.computed import ComputedStyle

# Kept so that equal sizes give the same style objects, by which shaped paragraphs are found again.
_scaled: LRUCache[tuple[ComputedStyle, float], ComputedStyle] = LRUCache(2048)


def scaled_content(content: InlineContent, factor: float) -> InlineContent:
    """Content whose texts are scaled by `factor`. Atomic inlines and the edges of inline boxes keep their size."""
    if factor == 1.0:
        return content
    items = [_scaled_item(item, factor) for item in content.items]
    return replace(content, items=items, style=scaled_style(content.style, factor))


def _scaled_item(item: InlineItem, factor: float) -> InlineItem:
    match item:
        case InlineText():
            return InlineText(item.text, scaled_style(item.style, factor), item.element)
        case InlineOpen():
            return InlineOpen(scaled_style(item.style, factor), item.element)
        case InlineBreak():
            return InlineBreak(scaled_style(item.style, factor))
    return item


def scaled_style(style: ComputedStyle, factor: float) -> ComputedStyle:
    """Font size and everything that is measured by it: line height, spacing, indent and baseline shift in px."""
    key = (style, factor)
    found = _scaled.get(key)
    if found is None:
        line_height, align, indent = style.line_height, style.vertical_align, style.text_indent
        found = _scaled[key] = replace(
            style,
            font_size=style.font_size * factor,
            line_height=line_height * factor if isinstance(line_height, float | int) else line_height,
            letter_spacing=style.letter_spacing * factor,
            word_spacing=style.word_spacing * factor,
            text_indent=indent * factor if isinstance(indent, float | int) else indent,
            vertical_align=align * factor if isinstance(align, float | int) else align,
        )
    return found
