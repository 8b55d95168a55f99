"""Splits template.html into HTML tokens and `{{ … }}` tags.

An own tokenizer, because `{{ … }}` may hold `<`, `>` and quotes that no HTML tokenizer would leave alone, and because
every position must stay true. It follows the HTML Standard (13.2.5 Tokenization) for what well-meant HTML contains:
tags, quoted and unquoted attributes, character references, comments, doctypes and raw text elements. What a browser
would silently repair by swallowing the rest of the page (an unclosed comment, quote or tag) is an error here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.entities import html5 as named_references

from renderer.errors import TemplateSyntaxError
from renderer.expressions import find_tag_end
from renderer.template.source import SourceText

# Their content is text up to the end tag; in the second group character references still count (RCDATA).
RAW_TEXT_ELEMENTS = frozenset({"style", "script", "iframe", "noembed", "noframes", "noscript", "xmp"})
RCDATA_ELEMENTS = frozenset({"title", "textarea"})

_NAME_START = re.compile(r"[A-Za-z]")
_TAG_NAME = re.compile(r"[^\s/>{]+")
_SPACE = re.compile(r"[\s/]*")
_WHITESPACE = re.compile(r"\s*")
_ATTRIBUTE_NAME = re.compile(r"=?[^\s/>={]+")
_EQUALS = re.compile(r"\s*=\s*")
_REFERENCE = re.compile(r"&(?:#(?:[xX][0-9a-fA-F]+|[0-9]+);?|[A-Za-z][A-Za-z0-9]*;?)")
_VALUE_STOPS = {'"': re.compile(r'\{\{|"'), "'": re.compile(r"\{\{|'"), "": re.compile(r"\{\{|[\s>]")}
_LONG_NUMBER = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?")
_HANDLEBARS = re.compile(r"\{\{#\s*(if|each|for|unless|with)\b")


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters that stand for themselves, character references decoded. Offsets count characters from 0."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Tag:
    """What stands between `{{` and `}}`, without surrounding blanks; `offset` is its own, `start` that of `{{`."""

    content: str
    offset: int
    start: int


Part = Literal | Tag


@dataclass(frozen=True, slots=True)
class AttributeToken:
    """An attribute as written (`raw_name` keeps its case) with its value in parts; no parts: no value."""

    name: str
    raw_name: str
    parts: tuple[Part, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class StartTag:
    """`<name …>`; `name` in lower case. `end` is the offset after `>`."""

    name: str
    raw_name: str
    attributes: tuple[AttributeToken, ...]
    self_closing: bool
    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class EndTag:
    """`</name>`; `name` in lower case."""

    name: str
    offset: int


Token = Literal | Tag | StartTag | EndTag


def tokenize(source: SourceText) -> Iterator[Token]:
    """The tokens of a template file. Raises TemplateSyntaxError for what is opened and never closed."""
    return _Tokenizer(source).tokens()


def split_text(source: SourceText) -> tuple[Part, ...]:
    """Literals (verbatim) and tags of a text that is no HTML, such as a stylesheet or a binding's URL."""
    return tuple(_Tokenizer(source).parts(0, len(source.text), _verbatim))


def _decode_number_safely(text: str) -> str:
    # Code points beyond Unicode are U+FFFD anyway; Python refuses to read integers of thousands of digits.
    return _LONG_NUMBER.sub("\ufffd", text)


def _verbatim(text: str) -> str:
    return text


def decode_text(text: str) -> str:
    """Resolve character references as between tags (HTML Standard 13.2.5.72)."""
    return html.unescape(_decode_number_safely(text)) if "&" in text else text


def decode_attribute(text: str) -> str:
    """Resolve character references as in attributes, where `&copy=1` in a URL is no reference."""
    if "&" not in text:
        return text
    text = _decode_number_safely(text)

    def replace(match: re.Match[str]) -> str:
        reference = match.group()
        if reference[1] != "#":
            if reference[1:] not in named_references:
                return reference
            if not reference.endswith(";") and text[match.end() : match.end() + 1] == "=":
                return reference
        return html.unescape(reference)

    return _REFERENCE.sub(replace, text)


class _Tokenizer:
    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.text = source.text
        self.at = 0

    def tokens(self) -> Iterator[Token]:
        text = self.text
        while self.at < len(text):
            markup = self._next_markup(self.at)
            yield from self.parts(self.at, markup, decode_text)
            self.at = markup
            if markup == len(text):
                return
            token = self._markup()
            if token is not None:
                yield token
            if isinstance(token, StartTag) and not token.self_closing:
                yield from self._element_text(token)

    def _fail(self, message: str, offset: int) -> TemplateSyntaxError:
        return TemplateSyntaxError(message, self.source.position(offset))

    def _next_markup(self, start: int) -> int:
        """Offset of the next `<` that starts a tag, comment or doctype and stands outside `{{ … }}`."""
        text, at = self.text, start
        while (at := text.find("<", at)) >= 0:
            tag = text.find("{{", start, at)
            if tag >= 0:
                start = at = self._tag_end(tag)
                continue
            following = text[at + 1 : at + 2]
            if _NAME_START.match(following) or following in ("!", "/", "?"):
                return at
            if following == "{":
                raise self._fail("A tag's name cannot come from an expression.", at)
            at += 1
            start = at
        return len(text)

    def _tag_end(self, start: int) -> int:
        """Offset after the `}}` (or `#}}`) that closes the tag which starts at `start`."""
        if self.text.startswith("{{#", start):
            end = self.text.find("#}}", start + 3)
            if end < 0:
                hint = (
                    " Blocks are written {{ if … }} … {{ end }} and {{ for x in list }} … {{ end }}."
                    if _HANDLEBARS.match(self.text, start)
                    else ""
                )
                raise self._fail("The comment {{# is never closed with #}}." + hint, start)
            return end + 3
        end = find_tag_end(self.text, start + 2)
        if end < 0:
            raise self._fail("{{ is never closed with }}.", start)
        return end + 2

    def parts(self, start: int, end: int, decode: Callable[[str], str]) -> Iterator[Part]:
        """Literals and tags between two offsets; comments are left out."""
        text = self.text
        while start < end:
            tag = text.find("{{", start, end)
            literal_end = tag if tag >= 0 else end
            if literal_end > start:
                literal = text[start:literal_end]
                yield Literal(decode(literal), start)
            if tag < 0:
                return
            start = self._tag_end(tag)
            if start > end:
                raise self._fail("{{ is not closed with }} where it has to be.", tag)
            if not text.startswith("{{#", tag):
                yield self._tag(tag, start)

    def _tag(self, start: int, end: int) -> Tag:
        inner = self.text[start + 2 : end - 2]
        blanks = len(inner) - len(inner.lstrip())
        return Tag(inner.strip(), start + 2 + blanks, start)

    def _markup(self) -> Token | None:
        text, start = self.text, self.at
        if text.startswith("<!--", start):
            end = text.find("-->", start + 2 if text.startswith("<!-->", start) else start + 4)
            if end < 0:
                raise self._fail("The comment <!-- is never closed with -->.", start)
            self.at = end + 3
            return None
        if text[start + 1] == "/" and _NAME_START.match(text, start + 2):
            return self._end_tag()
        if text[start + 1] in "!?/":
            # Doctypes, processing instructions and stray markup: comments to a browser.
            self.at = self._find(">", start, "This markup declaration") + 1
            return None
        return self._start_tag()

    def _find(self, what: str, start: int, subject: str) -> int:
        end = self.text.find(what, start)
        if end < 0:
            raise self._fail(f"{subject} is never closed with {what}.", start)
        return end

    def _end_tag(self) -> EndTag:
        start = self.at
        match = _TAG_NAME.match(self.text, start + 2)
        name = match.group().lower() if match else ""
        self.at = self._find(">", start, f"</{name}") + 1
        return EndTag(name, start)

    def _start_tag(self) -> StartTag:
        start = self.at
        match = _TAG_NAME.match(self.text, start + 1)
        raw_name = match.group() if match else ""
        at = start + 1 + len(raw_name)
        attributes: list[AttributeToken] = []
        while True:
            space = _SPACE.match(self.text, at)
            at = space.end() if space else at
            if at >= len(self.text):
                raise self._fail(f"The tag <{raw_name} is never closed with >.", start)
            if self.text[at] == ">":
                break
            if self.text.startswith("{{#", at):
                at = self._tag_end(at)
                continue
            attribute, at = self._attribute(raw_name, at)
            attributes.append(attribute)
        self.at = at + 1
        return StartTag(raw_name.lower(), raw_name, tuple(attributes), self.text[at - 1] == "/", start, at + 1)

    def _attribute(self, element: str, at: int) -> tuple[AttributeToken, int]:
        text = self.text
        match = _ATTRIBUTE_NAME.match(text, at)
        if match is None:
            raise self._fail(
                f"Inside the tag <{element}> expressions and blocks can stand in attribute values only, "
                'as in class="{{ if big }}big{{ end }}".',
                at,
            )
        equals = _EQUALS.match(text, match.end())
        if equals is None:
            return AttributeToken(match.group().lower(), match.group(), (), at), match.end()
        start = equals.end()
        quote = text[start : start + 1]
        if quote and quote in "\"'":
            start += 1
            end = self._value_end(start, quote, element)
            after = end + 1
        else:
            end = after = self._value_end(start, "", element)
        parts = tuple(self.parts(start, end, decode_attribute)) or (Literal("", start),)
        return AttributeToken(match.group().lower(), match.group(), parts, at), after

    def _value_end(self, start: int, quote: str, element: str) -> int:
        """Offset of the closing quote, or of the blank or `>` that ends an unquoted value."""
        stop = _VALUE_STOPS[quote]
        match = stop.search(self.text, start)
        while match is not None:
            if match.group() != "{{":
                return match.start()
            match = stop.search(self.text, self._tag_end(match.start()))
        what = f"The quote {quote} of an attribute" if quote else "An attribute"
        raise self._fail(f"{what} of <{element}> is never closed.", max(start - 1, 0))

    def _element_text(self, tag: StartTag) -> Iterator[Token]:
        """The text of elements in which tags don't count, up to their end tag."""
        if tag.name not in RAW_TEXT_ELEMENTS and tag.name not in RCDATA_ELEMENTS:
            return
        # In scripts and such, which are never shown, `{{` may mean anything: their text is passed over unread.
        readable = tag.name == "style" or tag.name in RCDATA_ELEMENTS
        close = re.compile(rf"</{re.escape(tag.name)}(?=[\s/>])", re.IGNORECASE)
        start = at = self.at
        match = close.search(self.text, at)
        while match is not None and readable:
            tag_start = self.text.find("{{", at, match.start())
            if tag_start < 0:
                break
            at = self._tag_end(tag_start)
            if at > match.start():
                match = close.search(self.text, at)
        if match is None:
            raise self._fail(f"<{tag.name}> is never closed with </{tag.name}>.", tag.offset)
        if readable:
            yield from self.parts(start, match.start(), _verbatim if tag.name == "style" else decode_text)
        self.at = match.start()
