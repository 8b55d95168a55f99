"""Inline content to a prepared paragraph: segments, bidi levels and shaped runs, kept across renders."""

from __future__ import annotations

import re
import unicodedata
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from renderer.layout.content import (
    InlineAtomic,
    InlineBreak,
    InlineContent,
    InlineOpen,
    InlinePositioned,
    InlineText,
)
from renderer.layout.inline.collect import Collector
from renderer.layout.inline.edges import has_inline_edges, has_percentage_edges
from renderer.layout.inline.model import Item, Kind, Node, Paragraph, Segment
from renderer.layout.inline.shaping import shape_items
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine

_CACHED_CHARACTERS = 250_000  # for each set of fonts; a character costs some 150 bytes
_LONGEST_CACHED = 50_000  # characters: a longer text would push out all others

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_NEEDS_COLLECTING = re.compile("[\x00\t\n\r\f\u2028\u2029\ud800-\udfff]|  |^ | $")
_CONTENT_KINDS = frozenset({Kind.TEXT, Kind.ATOMIC, Kind.TAB, Kind.BREAK})

_Key = tuple[object, ...]
_paragraphs: WeakKeyDictionary[object, LRUCache[_Key, Paragraph]] = WeakKeyDictionary()  # by TextEngine.fonts


def prepare(content: InlineContent, engine: TextEngine) -> Paragraph:
    """The content's paragraph: shaped once, then found again by its texts and styles."""
    items = content.items
    if len(items) == 1 and isinstance(items[0], InlineText):
        first = items[0]
        key: _Key = (first.text, first.style, content.style)
        length = len(first.text)
    else:
        key, length = _key(content)
    fonts = engine.fonts
    cache = _paragraphs.get(fonts)
    if cache is None:
        cache = _paragraphs[fonts] = LRUCache(_CACHED_CHARACTERS, _weight)
    paragraph = cache.get(key)
    if paragraph is None:
        paragraph = _build(content, engine)
        if length <= _LONGEST_CACHED:
            cache[key] = paragraph
    return paragraph


def _weight(paragraph: Paragraph) -> int:
    return 50 + len(paragraph.text)


def _key(content: InlineContent) -> tuple[_Key, int]:
    parts: list[object] = [content.style]
    length = 0
    for item in content.items:
        match item:
            case InlineText():
                parts += (item.text, item.style)
                length += len(item.text)
            case InlineOpen():
                parts += (Kind.OPEN, item.style)
            case InlineBreak():
                parts += (Kind.BREAK, item.style)
            case InlineAtomic():
                parts += (Kind.ATOMIC, item.box.style)
            case InlinePositioned():
                parts += (Kind.POSITIONED, item.box.style)
            case _:
                parts.append(Kind.CLOSE)
    return tuple(parts), length


def _build(content: InlineContent, engine: TextEngine) -> Paragraph:
    items = content.items
    if len(items) == 1 and isinstance(items[0], InlineText) and _is_plain(items[0].text, items[0].style, content.style):
        return _plain(items[0], content.style, engine)
    collector = Collector(content)
    text = collector.collect()
    used = [item for item in collector.items if item.end > item.start or item.kind in _ZERO_LENGTH]
    segments, levels = _segments(text, used, content.style, engine)
    leveled = _split_by_level(used, levels, segments)
    paragraph = Paragraph(text, leveled, segments, collector.root)
    paragraph.empty = not has_content(leveled, 0)
    paragraph.fixed = not any(
        item.kind == Kind.ATOMIC or (item.kind == Kind.OPEN and has_percentage_edges(item.style)) for item in used
    )
    shape_items(text, leveled, engine)
    return paragraph


_ZERO_LENGTH = frozenset({Kind.OPEN, Kind.CLOSE, Kind.POSITIONED})


def _is_plain(text: str, style: ComputedStyle, container: ComputedStyle) -> bool:
    """Whether the text can be taken as it stands: nothing to collapse, transform or reorder."""
    return (
        text != ""
        and style.text_transform == "none"
        and container.direction == "ltr"
        and container.unicode_bidi in ("normal", "isolate", "embed")
        and not _NEEDS_COLLECTING.search(text)
        and (text.isascii() or not _RIGHT_TO_LEFT.search(text))
    )


def _plain(source: InlineText, container: ComputedStyle, engine: TextEngine) -> Paragraph:
    text = source.text
    root = Node(container, None, -1)
    item = Item(Kind.TEXT, 0, len(text), source.style, root, 0)
    item.runs = engine.shape(text, 0, len(text), source.style, 0)
    return Paragraph(text, [item], [Segment(0, len(text), len(text), 0)], root, plain=True)


def _segments(
    text: str, items: list[Item], style: ComputedStyle, engine: TextEngine
) -> tuple[list[Segment], bytearray | None]:
    """Cut the text at forced breaks and find each segment's embedding levels; None if everything is left to right."""
    bounds: list[tuple[int, int, int]] = []
    start = 0
    for item in items:
        if item.kind == Kind.BREAK:
            bounds.append((start, item.start, item.end))
            start = item.end
    if not bounds or has_content(items, start):
        bounds.append((start, len(text), len(text)))
    plaintext = style.unicode_bidi == "plaintext"
    if style.direction == "ltr" and (text.isascii() or not _RIGHT_TO_LEFT.search(text)):
        return [Segment(*bound, 0) for bound in bounds], None
    levels = bytearray(len(text))
    segments = []
    for first, end, following in bounds:
        part = text[first:end]
        direction = first_strong(part, style.direction) if plaintext else style.direction
        base = 1 if direction == "rtl" else 0
        found = engine.bidi_levels(part, direction)
        if found is not None:
            levels[first:end] = found
        levels[end:following] = bytes([base]) * (following - end)
        segments.append(Segment(first, end, following, base))
    return segments, levels


def has_content(items: list[Item], offset: int) -> bool:
    """Whether a line box exists behind `offset`: for characters, and for boxes with edges along the line."""
    for item in reversed(items):
        if item.kind in _CONTENT_KINDS and item.end > offset:
            return True
        if item.kind == Kind.OPEN and item.start >= offset and has_inline_edges(item.style):
            return True
    return False


def first_strong(text: str, fallback: str) -> str:
    """Paragraph direction by rules P2 and P3 of UAX #9: the first strong character outside of isolates decides."""
    depth = 0
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("LRI", "RLI", "FSI"):
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0 and kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return fallback


def _split_by_level(items: list[Item], levels: bytearray | None, segments: list[Segment]) -> list[Item]:
    """Cut text items where the embedding level changes; other items take the level of their place."""
    if levels is None:
        return items
    result: list[Item] = []
    segment = iter(segments)
    current = next(segment)
    for item in items:
        while item.start >= current.next and (following := next(segment, None)) is not None:
            current = following
        if item.kind == Kind.ATOMIC:
            item.level = levels[item.start]
        elif item.kind != Kind.TEXT:
            item.level = current.level
        else:
            result += _pieces(item, levels)
            continue
        result.append(item)
    return result


def _pieces(item: Item, levels: bytearray) -> list[Item]:
    pieces = []
    start = item.start
    while start < item.end:
        level = levels[start]
        end = start + 1
        while end < item.end and levels[end] == level:
            end += 1
        pieces.append(Item(Kind.TEXT, start, end, item.style, item.node, item.source, level))
        start = end
    return pieces
