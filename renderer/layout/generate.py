"""Box generation: styled elements to boxes (CSS Display 3, CSS 2.2 section 9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from renderer.assets import Images
from renderer.document import Element, Text
from renderer.layout.anonymous import anonymous_style
from renderer.layout.block import is_out_of_flow
from renderer.layout.content import (
    Box,
    InlineAtomic,
    InlineBreak,
    InlineClose,
    InlineContent,
    InlineItem,
    InlineOpen,
    InlinePositioned,
    InlineText,
)
from renderer.layout.counters import Counters
from renderer.layout.fragments import Decoration
from renderer.layout.markers import SYMBOLS, marker_text, symbol_style
from renderer.style.computed import ComputedStyle
from renderer.style.values import CounterReference, ImageReference
from renderer.text.types import TextEngine

FLEX_DISPLAYS = frozenset({"flex", "inline-flex"})
ATOMIC_INLINE_DISPLAYS = frozenset({"inline-block", "inline-flex", "inline-grid", "inline-table"})

Entry = InlineItem | Box
"""What the children of a container become: inline items, or block-level and positioned boxes."""


def generate_boxes(root: Element, images: Images, text: TextEngine) -> Box:
    """Box tree of a styled document; the root element's box is its root."""
    return _Generator(root, images, text).principal(root, _style(root))


def _style(element: Element) -> ComputedStyle:
    if element.style is None:
        raise ValueError(f"{element.describe()} has no computed style: the cascade must run before layout")
    return element.style


@dataclass
class _Generator:
    root: Element
    images: Images
    text: TextEngine
    sequence: int = 0
    decorations: tuple[Decoration, ...] = ()  # of the block containers around, which their texts wear, too
    anonymous: dict[int, tuple[ComputedStyle, ComputedStyle]] = field(default_factory=dict)

    @cached_property
    def counters(self) -> Counters:
        """Counted when first asked for: few documents show numbers."""
        return Counters(self.root)

    def next(self) -> int:
        """The next place in document order."""
        self.sequence += 1
        return self.sequence

    def principal(self, element: Element, style: ComputedStyle) -> Box:
        """The principal box of an element, with everything inside it."""
        sequence = self.next()
        key = self.replaced_key(element, style)
        if key is not None:
            return Box(style, element, "replaced", image=key, sequence=sequence)
        box = Box(style, element, "flex" if style.display in FLEX_DISPLAYS else "block", sequence=sequence)
        with self.decorated(style) as outer:
            entries = list(self.children(element))
            if style.display == "list-item":
                entries = [*self.marker(element, style), *entries]
            self.fill(box, entries, outer)
        return box

    @contextmanager
    def decorated(self, style: ComputedStyle) -> Iterator[tuple[Decoration, ...]]:
        """Inside, texts wear the decorations of a box as well; gives those from further out.

        Inline-level and out-of-flow boxes don't pass decorations on (CSS Text Decoration 3 section 2.1).
        """
        before = self.decorations
        outer = () if is_out_of_flow(style) or style.display.startswith("inline") else before
        self.decorations = outer
        if style.text_decoration_line:
            self.decorations = (*outer, Decoration(style, self.text.primary_font(style)))
        yield outer
        self.decorations = before

    def fill(self, box: Box, entries: list[Entry], outer: tuple[Decoration, ...]) -> None:
        """Give a box its contents."""
        if box.kind == "flex":
            self.fill_flex(box, entries)
        else:
            self.fill_block(box, entries, outer)

    def replaced_key(self, element: Element, style: ComputedStyle) -> str | None:
        """Key of the image that stands for the element; "" for an image without a source."""
        if element.local_name == "img":
            return element.attributes.get("src", "").strip()
        if element.markup is None:
            return None
        markup = element.markup
        if "currentcolor" in markup.lower():
            red, green, blue, _ = style.color
            markup = markup.replace("<svg", f'<svg color="rgb({red},{green},{blue})"', 1)
        return self.images.add_svg(markup)

    def children(self, element: Element) -> Iterator[Entry]:
        """Entries of all children, pseudo-elements included."""
        yield from self.pseudo(element, element.before, "before")
        for child in element.children:
            if isinstance(child, Text):
                if child.data:
                    yield InlineText(child.data, _style(element), element)
            else:
                yield from self.element(child)
        yield from self.pseudo(element, element.after, "after")

    def element(self, element: Element) -> Iterator[Entry]:
        """Entries of one child element."""
        style = _style(element)
        if style.display == "none":
            return
        if style.display == "contents":
            yield from self.children(element)
        elif element.local_name == "br":
            yield InlineBreak(style)
        elif is_out_of_flow(style):
            yield InlinePositioned(self.principal(element, style))
        elif style.display == "inline" and element.local_name != "img" and element.markup is None:
            yield InlineOpen(style, element)
            yield from self.children(element)
            yield InlineClose()
        elif style.display == "inline" or style.display in ATOMIC_INLINE_DISPLAYS:
            yield InlineAtomic(self.principal(element, style))
        else:
            yield self.principal(element, style)

    def pseudo(self, element: Element, style: ComputedStyle | None, name: str) -> Iterator[Entry]:
        """Entries of ::before or ::after."""
        if style is None or style.content is None or style.display == "none":
            return
        inside: list[Entry] = list(self.generated(element, style, name))
        if style.display == "inline" and not is_out_of_flow(style):
            yield InlineOpen(style, element)
            yield from inside
            yield InlineClose()
            return
        kind: Literal["flex", "block"] = "flex" if style.display in FLEX_DISPLAYS else "block"
        box = Box(style, element, kind, pseudo=name, sequence=self.next())
        with self.decorated(style) as outer:
            self.fill(box, inside, outer)
        if is_out_of_flow(style):
            yield InlinePositioned(box)
        elif style.display in ATOMIC_INLINE_DISPLAYS:
            yield InlineAtomic(box)
        else:
            yield box

    def generated(self, element: Element, style: ComputedStyle, name: str) -> Iterator[InlineItem]:
        """The `content` property's texts, counters and images."""
        for piece in style.content or ():
            if isinstance(piece, CounterReference):
                yield InlineText(self.counters.text(element, name, piece), style, element)
            if isinstance(piece, str):
                if piece:
                    yield InlineText(piece, style, element)
            elif isinstance(piece, ImageReference):
                inner = self.anonymous_style(style, "inline")
                yield InlineAtomic(Box(inner, None, "replaced", image=piece.url, sequence=self.next()))

    def marker(self, element: Element, style: ComputedStyle) -> Iterator[Entry]:
        """The marker of a list item: inline text, or a box that ends where the content begins."""
        style = element.marker or style
        if style.content is None and style.list_style_type in SYMBOLS:
            symbol = symbol_style(style, self.text.primary_font(style))
            box = Box(symbol, None, "block", pseudo="marker", sequence=self.next())
            inside = style.list_style_position == "inside"
            yield InlineAtomic(box) if inside else InlinePositioned(box)
            return
        if style.content is None:
            numbered = style.list_style_type != "none" and not style.list_style_type.startswith("string:")
            text = marker_text(style, self.counters.number(element) if numbered else 0)
            entries: list[InlineItem] = [InlineText(text, style, None)] if text else []
        else:
            entries = list(self.generated(element, style, "marker"))
        if not entries:
            return
        inside = style.list_style_position == "inside"
        own = anonymous_style(style, "inline" if inside else "block")
        own.font_variant_numeric = ("tabular-nums",)
        entries = [InlineText(one.text, own, None) if isinstance(one, InlineText) else one for one in entries]
        if inside:
            yield from entries
            return
        own.position, own.white_space_collapse, own.text_wrap = "absolute", "preserve", "nowrap"
        own.text_align, own.text_indent = "start", 0.0
        content = InlineContent(entries, own, None)
        yield InlinePositioned(Box(own, element, "block", inline=content, pseudo="marker", sequence=self.next()))

    def anonymous_style(self, parent: ComputedStyle, display: str = "block") -> ComputedStyle:
        """The anonymous style for a parent style, made once."""
        if display != "block":
            return anonymous_style(parent, display)
        found = self.anonymous.get(id(parent))
        if found is None:
            # The parent is kept beside its anonymous style so that its id cannot be given away meanwhile.
            found = self.anonymous[id(parent)] = (parent, anonymous_style(parent))
        return found[1]

    def fill_flex(self, box: Box, entries: list[Entry]) -> None:
        """Every element is an item; a run of text between elements becomes one anonymous item."""
        text: list[InlineItem] = []
        for entry in entries:
            if isinstance(entry, Box):
                self.flush_text(box, text)
                box.children.append(entry)
            elif isinstance(entry, InlineAtomic | InlinePositioned):
                self.flush_text(box, text)
                box.children.append(entry.box)
            else:
                text.append(entry)
        self.flush_text(box, text)

    def flush_text(self, box: Box, items: list[InlineItem]) -> None:
        """Close a run of inline items as an anonymous block, unless it is only collapsible white space."""
        if items and not _is_blank(items):
            style = self.anonymous_style(box.style)
            content = InlineContent(list(items), style, box.element, self.decorations)
            box.children.append(Box(style, None, "block", inline=content, sequence=self.next()))
        items.clear()

    def fill_block(self, box: Box, entries: list[Entry], outer: tuple[Decoration, ...]) -> None:
        """All inline: one inline formatting context. Any block: anonymous blocks around the inline runs."""
        if not any(isinstance(entry, Box) for entry in entries):
            items = [entry for entry in entries if not isinstance(entry, Box)]
            if _is_blank(items):
                box.children = [item.box for item in items if isinstance(item, InlinePositioned)]
            else:
                box.inline = InlineContent(items, box.style, box.element, outer)
            return
        current: list[InlineItem] = []
        open_inlines: list[InlineOpen] = []
        for entry in entries:
            if isinstance(entry, Box):
                # A block inside inline elements splits them (section 9.2.1.1).
                current += [InlineClose() for _ in open_inlines]
                self.flush_inline(box, current)
                box.children.append(entry)
                current = list(open_inlines)
                continue
            if isinstance(entry, InlineOpen):
                open_inlines.append(entry)
            elif isinstance(entry, InlineClose):
                open_inlines.pop()
            current.append(entry)
        self.flush_inline(box, current)

    def flush_inline(self, box: Box, items: list[InlineItem]) -> None:
        """Close an inline run between blocks."""
        if _is_blank(items):
            box.children += [item.box for item in items if isinstance(item, InlinePositioned)]
            return
        style = self.anonymous_style(box.style)
        content = InlineContent(items, style, box.element, self.decorations)
        box.children.append(Box(style, None, "block", inline=content, sequence=self.next()))


def _is_blank(items: list[InlineItem]) -> bool:
    """Whether a run generates no line: collapsible white space, empty inline elements, positioned boxes."""
    for item in items:
        match item:
            case InlineText():
                if item.style.white_space_collapse != "collapse" or item.text.strip(" \t\r\n\f"):
                    return False
            case InlineAtomic() | InlineBreak():
                return False
            case InlineOpen():
                style = item.style
                if (
                    style.padding_left != 0
                    or style.padding_right != 0
                    or style.border_left_width
                    or style.border_right_width
                    or style.margin_left not in (0, "auto")
                    or style.margin_right not in (0, "auto")
                ):
                    return False
            case InlineClose() | InlinePositioned():
                pass
    return True
