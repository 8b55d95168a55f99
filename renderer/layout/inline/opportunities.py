"""Where the lines of a paragraph may break: soft wrap opportunities as the styles around them allow."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial

from renderer.layout.inline.model import OBJECT, Item, Kind, Paragraph, Segment
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine

SOFT_HYPHEN = "\u00ad"
_BLANK = " \t"
_OWN_RULE = " \t\u200b"  # spaces before a break are ruled by their own style, not by that around the break
_OPENING_CONTROLS = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
_CLOSING_CONTROLS = "\u202c\u2069"
_CHARACTERS = frozenset({Kind.TEXT, Kind.ATOMIC, Kind.TAB})


def opportunities(paragraph: Paragraph, engine: TextEngine) -> list[list[int]]:
    """For every segment the sorted indices before which a line may break; the segment's end comes last."""
    found = paragraph.cache.get("opportunities")
    if isinstance(found, list):
        return found
    if paragraph.plain:
        allowed = _of_style(paragraph.text, paragraph.items[0].style, engine)
    else:
        allowed = _of_items(paragraph, engine)
    result = [_inside(allowed, segment) for segment in paragraph.segments]
    paragraph.cache["opportunities"] = result
    return result


def _inside(allowed: list[int], segment: Segment) -> list[int]:
    part = allowed[bisect_right(allowed, segment.start) : bisect_right(allowed, segment.end)]
    if not part or part[-1] != segment.end:
        part.append(segment.end)
    return part


def _of_style(text: str, style: ComputedStyle, engine: TextEngine) -> list[int]:
    if style.text_wrap == "nowrap":
        return []
    found: set[int] | frozenset[int] = engine.line_breaks(text, style)
    if style.white_space_collapse == "break-spaces":
        found = set(found) | {index + 1 for index, char in enumerate(text) if char in _BLANK}
    if style.hyphens == "none" and SOFT_HYPHEN in text:
        found = {index for index in found if text[index - 1] != SOFT_HYPHEN}
    return sorted(found)


def _of_items(paragraph: Paragraph, engine: TextEngine) -> list[int]:
    """Opportunities of mixed content: every index is ruled by the style that its place belongs to."""
    text = paragraph.text
    by_style: dict[tuple[str, ...], list[int]] = {}
    result: list[int] = []
    for style, start, end in _ruling_styles(paragraph):
        key = (
            style.text_wrap,
            style.white_space_collapse,
            style.word_break,
            style.line_break,
            style.hyphens,
            style.language,
        )
        allowed = by_style.get(key)
        if allowed is None:
            allowed = by_style[key] = _of_style(text, style, engine)
        first = bisect_right(allowed, start - 1)
        for index in allowed[first : bisect_right(allowed, end - 1, first)]:
            moved = index
            while moved < len(text) and text[moved] in _CLOSING_CONTROLS:
                moved += 1
            if not result or result[-1] < moved:
                result.append(moved)
    if OBJECT in text:
        result = sorted({*result, *_around_atomics(paragraph)})
    return result


def _around_atomics(paragraph: Paragraph) -> Iterator[int]:
    """Breaks beside atomic inlines, which no punctuation or no-break space next to them prevents (CSS Text 3 5.1)."""
    text = paragraph.text
    for item in paragraph.items:
        if item.kind != Kind.ATOMIC or item.node.style.text_wrap == "nowrap":
            continue
        start, end = item.start, item.end
        while start > 0 and text[start - 1] in _OPENING_CONTROLS:
            start -= 1
        while end < len(text) and text[end] in _CLOSING_CONTROLS:
            end += 1
        if start > 0:
            yield start
        if end < len(text) and text[end] not in _BLANK:
            yield end


def _ruling_styles(paragraph: Paragraph) -> list[tuple[ComputedStyle, int, int]]:
    """Ranges [start, end) of break indices and the style that rules them (CSS Text 3 section 5.1).

    Inside an item it is the item's style; between two items, that of their nearest common ancestor, except that a
    space before the break, or the zero width space that stands for <wbr>, rules itself.
    """
    ranges: list[tuple[ComputedStyle, int, int]] = []
    previous: Item | None = None
    shallowest = paragraph.root
    for item in paragraph.items:
        if item.kind == Kind.CLOSE:
            parent = item.node.parent
            if parent is not None and parent.depth < shallowest.depth:
                shallowest = parent
        if item.kind not in _CHARACTERS:
            continue
        if previous is not None:
            blank = previous.kind != Kind.ATOMIC and paragraph.text[previous.end - 1] in _OWN_RULE
            ranges.append((previous.style if blank else shallowest.style, previous.end, item.start + 1))
        if item.kind == Kind.TEXT and item.end - item.start > 1:
            ranges.append((item.style, item.start + 1, item.end))
        previous, shallowest = item, item.node
    return ranges


def emergency_breaks(paragraph: Paragraph, engine: TextEngine, *, intrinsic: bool) -> list[int]:
    """Indices where a word that is too long may be broken: between grapheme clusters, where overflow-wrap allows it.

    With `intrinsic`, only those that also count for min-content sizes (CSS Text 3 section 5.5: anywhere does,
    break-word does not).
    """
    name = "emergency intrinsic" if intrinsic else "emergency"
    found = paragraph.cache.get(name)
    if isinstance(found, list):
        return found
    result: list[int] = []
    if any(item.kind == Kind.TEXT and breaks_words(item.style, intrinsic=intrinsic) for item in paragraph.items):
        if paragraph.graphemes is None:
            paragraph.graphemes = engine.graphemes(paragraph.text)
        result = _allowed_graphemes(paragraph, paragraph.graphemes, partial(breaks_words, intrinsic=intrinsic))
    paragraph.cache[name] = result
    return result


def breaks_words(style: ComputedStyle, *, intrinsic: bool) -> bool:
    """Whether a word of this style may break at any grapheme cluster when nothing else helps."""
    if style.text_wrap == "nowrap":
        return False
    if style.overflow_wrap == "anywhere" or style.word_break == "break-word":
        return True
    return style.overflow_wrap == "break-word" and not intrinsic


def _allowed_graphemes(paragraph: Paragraph, graphemes: list[int], allows: partial[bool]) -> list[int]:
    result: list[int] = []
    for item in paragraph.items:
        if item.kind == Kind.TEXT and allows(item.style):
            first = bisect_right(graphemes, item.start - 1)
            result += graphemes[first : bisect_right(graphemes, item.end - 1, first)]
    return result
