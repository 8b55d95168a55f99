"""Inline items to one text: white space (CSS Text 3 section 4.1), text-transform, bidi controls, forced breaks."""

from __future__ import annotations

import re
import unicodedata

from renderer.layout.content import (
    InlineAtomic,
    InlineBreak,
    InlineClose,
    InlineContent,
    InlineOpen,
    InlinePositioned,
    InlineText,
)
from renderer.layout.inline.model import OBJECT, Item, Kind, Node
from renderer.layout.inline.transform import transform
from renderer.style.computed import ComputedStyle

_UNRENDERABLE = re.compile("[\x00\ud800-\udfff]")
_NEEDS_COLLAPSING = re.compile(r"[\t\n\r\f]|  ")
_BLANK = re.compile(r"[ \t\r\f]+")
_AROUND_NEWLINE = re.compile(r"[ \t\r\f]*(?:\n[ \t\r\f]*)+")
_NEWLINE = re.compile(r"[ \t\r\f]*\n[ \t\r\f]*")
_PRESERVED = re.compile("[\n\t\u2028\u2029]")
_SEPARATOR = re.compile("[\u2028\u2029]")
_ZERO_WIDTH_SPACE = "\u200b"

_LRE, _RLE, _PDF, _LRO, _RLO = "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"
_LRI, _RLI, _FSI, _PDI = "\u2066", "\u2067", "\u2068", "\u2069"


def bidi_controls(style: ComputedStyle, *, is_block: bool = False) -> tuple[str, str]:
    """Controls that open and close an element's unicode-bidi (CSS Writing Modes 4 section 2.4.2, injection table)."""
    right = style.direction == "rtl"
    override = _RLO if right else _LRO
    match style.unicode_bidi:
        case "bidi-override" | "isolate-override" if is_block:
            return override, _PDF
        case _ if is_block:
            return "", ""
        case "embed":
            return (_RLE if right else _LRE), _PDF
        case "isolate":
            return (_RLI if right else _LRI), _PDI
        case "bidi-override":
            return override, _PDF
        case "isolate-override":
            return (_RLI if right else _LRI) + override, _PDF + _PDI
        case "plaintext":
            return _FSI, _PDI
    return "", ""


class Collector:
    """Builds the items and the text of a paragraph. Items may end up empty where white space collapsed."""

    def __init__(self, content: InlineContent) -> None:
        self.content = content
        self.root = Node(content.style, None, -1)
        self.items: list[Item] = []
        self._chunks: list[str] = []  # the characters of each item
        self._length = 0
        self._node = self.root
        self._controls = [bidi_controls(content.style, is_block=True)]  # of the open boxes
        self._collapsible: int | None = None  # item that ends in a collapsible space, if the text ends in one
        self._line_start = True

    def collect(self) -> str:
        """Go through the content's items once; returns the text."""
        self._control(self._controls[0][0], self.root)
        for source, item in enumerate(self.content.items):
            match item:
                case InlineText():
                    self._text(item.text, item.style, source)
                case InlineOpen():
                    self._open(item.style, source)
                case InlineClose():
                    self._close()
                case InlineBreak():
                    self._forced_break(item.style, source)
                case InlineAtomic():
                    self._append(Kind.ATOMIC, OBJECT, item.box.style, source)
                    self._solid()
                case InlinePositioned():
                    self._append(Kind.POSITIONED, "", item.box.style, source)
        while self._node.parent is not None:
            self._close()
        self._drop_trailing_space()
        return "".join(self._chunks)

    def _append(self, kind: Kind, characters: str, style: ComputedStyle, source: int) -> None:
        end = self._length + len(characters)
        self.items.append(Item(kind, self._length, end, style, self._node, source))
        self._chunks.append(characters)
        self._length = end

    def _solid(self) -> None:
        self._collapsible = None
        self._line_start = False

    def _control(self, characters: str, node: Node) -> None:
        for character in characters:
            self._append(Kind.CONTROL, character, node.style, node.source)

    def _open(self, style: ComputedStyle, source: int) -> None:
        controls = bidi_controls(style)
        self._control(controls[0], self._node)
        self._controls.append(controls)
        node = Node(style, self._node, source, self._length)
        node.path = (*self._node.path, node)
        self._node = node
        self._append(Kind.OPEN, "", style, source)

    def _close(self) -> None:
        node = self._node
        if node.parent is None:
            return
        self._append(Kind.CLOSE, "", node.style, node.source)
        self._node = node.parent
        self._control(self._controls.pop()[1], self._node)

    def _forced_break(self, style: ComputedStyle, source: int) -> None:
        """End the line; embeddings and isolates end with the paragraph and are opened again in the next."""
        self._drop_trailing_space()
        for _, close in reversed(self._controls):
            self._control(close, self._node)
        self._append(Kind.BREAK, "\n", style, source)
        for opening, _ in self._controls:
            self._control(opening, self._node)
        self._line_start = True
        self._collapsible = None

    def _drop_trailing_space(self) -> None:
        """Remove the collapsible space at the end of a line, also when boxes were closed since."""
        index = self._collapsible
        if index is None:
            return
        self._chunks[index] = self._chunks[index][:-1]
        self.items[index].end -= 1
        for item in self.items[index + 1 :]:
            item.start -= 1
            item.end -= 1
            if item.kind == Kind.OPEN:
                item.node.start -= 1
        self._length -= 1
        self._collapsible = None

    def _text(self, text: str, style: ComputedStyle, source: int) -> None:
        if not text.isascii() or "\0" in text:
            text = _UNRENDERABLE.sub("\ufffd", text)
        if style.text_transform != "none":
            text = transform(text, style.text_transform, style.language, self._before())
        if style.white_space_collapse in ("preserve", "break-spaces"):
            self._preserved(text, style, source)
        elif style.white_space_collapse == "preserve-breaks":
            for number, part in enumerate(_NEWLINE.split(text)):
                if number:
                    self._forced_break(style, source)
                self._collapsed(part, style, source)
        else:
            self._collapsed(text, style, source)

    def _before(self) -> str:
        return "".join(self._chunks[-4:])[-2:] if not self._line_start else ""

    def _preserved(self, text: str, style: ComputedStyle, source: int) -> None:
        position = 0
        for match in _PRESERVED.finditer(text):
            self._plain(text[position : match.start()], style, source)
            if match.group() == "\t":
                self._append(Kind.TAB, "\t", style, source)
                self._solid()
            else:
                self._forced_break(style, source)
            position = match.end()
        self._plain(text[position:], style, source)

    def _plain(self, text: str, style: ComputedStyle, source: int) -> None:
        if text:
            self._append(Kind.TEXT, text, style, source)
            self._solid()

    def _collapsed(self, text: str, style: ComputedStyle, source: int) -> None:
        if not text.isascii() and _SEPARATOR.search(text):
            for number, part in enumerate(_SEPARATOR.split(text)):
                if number:
                    self._forced_break(style, source)
                self._collapsed(part, style, source)
            return
        if _NEEDS_COLLAPSING.search(text):
            text = collapse(text, self._before())
        if text.startswith(" ") and (self._line_start or self._collapsible is not None):
            text = text[1:]
        if not text:
            return
        self._append(Kind.TEXT, text, style, source)
        if text == _ZERO_WIDTH_SPACE:  # <wbr>: spaces on both sides of it collapse
            return
        self._line_start = False
        self._collapsible = len(self.items) - 1 if text.endswith(" ") else None


def collapse(text: str, before: str = "") -> str:
    """Collapse runs of white space to one space; line feeds between wide East Asian characters disappear."""
    if "\n" in text and not text.isascii():
        parts = _AROUND_NEWLINE.split(text)
        out = [parts[0]]
        last = parts[0][-1:] or before[-1:]
        for part in parts[1:]:
            if not _newline_disappears(last, part[:1]):
                out.append(" ")
            out.append(part)
            last = part[-1:] or last
        text = "".join(out)
    else:
        text = text.replace("\n", " ")
    return _BLANK.sub(" ", text)


def _newline_disappears(before: str, after: str) -> bool:
    """Segment break transformation (CSS Text 3 section 4.1.3), as Chromium does it."""
    if _ZERO_WIDTH_SPACE in (before, after):
        return True
    return _is_wide(before) and _is_wide(after)


def _is_wide(char: str) -> bool:
    if not char or unicodedata.east_asian_width(char) not in "WFH":
        return False
    return not ("\uac00" <= char <= "\ud7a3" or "\u1100" <= char <= "\u11ff" or "\u3130" <= char <= "\u318f")
