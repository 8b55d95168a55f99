"""template.html → template tree, with the tolerance of an HTML parser where HTML allows it.

Where a browser would rebuild misnested markup, this closes elements in order and warns. Blocks are stricter: an
element that is opened in a block ends in it, and a block closes nothing that was opened outside.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from renderer.diagnostics import Diagnostics
from renderer.errors import LimitError, SourcePosition, TemplateError, TemplateSyntaxError
from renderer.limits import Limits
from renderer.template import html_rules as rules
from renderer.template import nodes, tokens
from renderer.template.blocks import read_text
from renderer.template.bundle import MAIN_FILE, TemplateBundle
from renderer.template.css_text import check_css
from renderer.template.elements import ElementBuilder
from renderer.template.nodes import Attribute, Body, ElementNode
from renderer.template.source import SourceText
from renderer.template.svg import SvgBuilder

_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_EVENT_HANDLER = re.compile(r"on[a-z]+")
_ALL_MEDIA = frozenset({"", "all", "screen"})
_HTML_ID, _BODY_ID, _FIRST_ID = 0, 1, 2
_MAX_INCLUDES = 20  # files inside files
_MAX_SOURCE = 2_000_000  # characters of all files together, each as often as it is included


@dataclass(slots=True)
class _Reading:
    """What the files of one template share while they are read."""

    bundle: TemplateBundle
    limits: Limits
    diagnostics: Diagnostics
    roots: dict[str, dict[str, Attribute]] = field(default_factory=lambda: {"html": {}, "body": {}})
    next_id: int = _FIRST_ID
    parts: int = 0
    characters: int = 0

    def open(self, path: str, text: str, position: SourcePosition | None) -> SourceText:
        """A file's source, counted against what all files together may hold."""
        self.characters += len(text)
        if self.characters > _MAX_SOURCE:
            raise LimitError(f"The template's files hold more than {_MAX_SOURCE:,} characters together.", position)
        return SourceText(path, text)

    def number(self, position: SourcePosition) -> int:
        """The number of the next element."""
        self.count(position)
        self.next_id += 1
        return self.next_id - 1

    def count(self, position: SourcePosition) -> None:
        """Count one more part of the tree."""
        # Includes may multiply: what counts is the tree, not the size of the files.
        self.parts += 1
        if self.parts > self.limits.nodes:
            raise LimitError(f"The template has more than {self.limits.nodes} elements, texts and includes.", position)


def read_template(bundle: TemplateBundle, limits: Limits, diagnostics: Diagnostics) -> ElementNode:
    """The template's tree: always an <html> element with a <body> in it that holds the content.

    Raises TemplateSyntaxError for blocks, tags and expressions that cannot be read, LimitError beyond the limits.
    """
    if MAIN_FILE not in bundle.files:
        found = f"; found {', '.join(list(bundle.files)[:5])}" if bundle.files else "; the folder is empty"
        raise TemplateError(f"The template {bundle.name!r} has no {MAIN_FILE}{found}.")
    reading = _Reading(bundle, limits, diagnostics)
    source = reading.open(MAIN_FILE, bundle.text(MAIN_FILE), None)
    content = _PageReader(source, reading, (MAIN_FILE,), 0).read()
    start = source.position(0)
    body = ElementNode("body", tuple(reading.roots["body"].values()), content, start, _BODY_ID)
    return ElementNode("html", tuple(reading.roots["html"].values()), (body,), start, _HTML_ID)


def read_css(source: SourceText, limits: Limits) -> Body:
    """A stylesheet file, expressions checked for their places. Raises TemplateSyntaxError, LimitError."""
    return check_css(read_text(source, tokens.split_text(source), limits, source.file, 0))


class _PageReader(ElementBuilder):
    """Reads one file: the page itself or a file that it includes."""

    def __init__(self, source: SourceText, reading: _Reading, chain: tuple[str, ...], depth: int) -> None:
        partial = len(chain) > 1
        super().__init__(
            source, reading.limits, source.file, reading.diagnostics, reading.number, depth=depth, partial=partial
        )
        self._reading = reading
        self._chain = chain
        self._tokens: Iterator[tokens.Token] = tokens.tokenize(source)

    def read(self) -> Body:
        """The file's nodes."""
        after_pre = False
        for token in self._tokens:
            match token:
                case tokens.Literal():
                    self._text(token, after_pre)
                case tokens.Tag():
                    self._reading.count(self.source.position(token.start))
                    self.tag(token)
                case tokens.StartTag():
                    self._start_tag(token)
                case tokens.EndTag():
                    self._end_tag(token)
            after_pre = isinstance(token, tokens.StartTag) and token.name == "pre"
        return self.finish()

    def include(self, header: str, position: SourcePosition) -> None:
        """Put another file of the template in this place."""
        match = _QUOTED.fullmatch(header)
        if match is None:
            raise TemplateSyntaxError(
                f'{{{{ include }}}} needs a file name in quotes, as in {{{{ include "partials/footer.html" }}}}; '
                f"found `{header[:40]}`.",
                position,
            )
        path = match.group(1) or match.group(2) or ""
        source = self._reading.open(path, self._bundle_text(path, position), position)
        if path in self._chain:
            chain = " → ".join((*self._chain[self._chain.index(path) :], path))
            raise TemplateSyntaxError(f"Files include each other in a circle: {chain}.", position)
        self._reading.count(position)
        if len(self._chain) >= _MAX_INCLUDES:
            raise LimitError(f"Files are included more than {_MAX_INCLUDES} levels deep.", position)
        body = _PageReader(source, self._reading, (*self._chain, path), self.depth).read()
        self.add(nodes.Include(path, body, position))

    def _bundle_text(self, path: str, position: SourcePosition) -> str:
        bundle = self._reading.bundle
        if path not in bundle.files:
            close = difflib.get_close_matches(path, bundle.files, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise TemplateSyntaxError(f"The template has no file {path[:100]!r}.{hint}", position)
        return bundle.text(path)

    def _text(self, literal: tokens.Literal, after_pre: bool) -> None:
        if after_pre and literal.text.startswith("\n"):
            literal = tokens.Literal(literal.text[1:], literal.offset + 1)
        if len(self.stack) == 1 and not self._chain[1:] and not literal.text.strip() and not self._has_content():
            return
        if literal.text:
            self._reading.count(self.source.position(literal.offset))
            self.literal(literal)

    def _has_content(self) -> bool:
        return any(not isinstance(node, nodes.StyleNode) for node in self.stack[0].children)

    def _start_tag(self, tag: tokens.StartTag) -> None:
        position = self.source.position(tag.offset)
        name = tag.name
        if name in ("html", "body"):
            self._root_tag(tag, position)
        elif name == "style":
            self._style(tag, position)
        elif name == "link":
            self._link(tag, position)
        elif name == "svg":
            self._svg(tag, position)
        elif name in rules.SILENT or name in tokens.RAW_TEXT_ELEMENTS or name in tokens.RCDATA_ELEMENTS:
            self._pass_over(tag, position)
        else:
            self._element(tag, position)

    def _element(self, tag: tokens.StartTag, position: SourcePosition) -> None:
        if tag.self_closing and tag.name not in rules.VOID:
            self.warn(f"In HTML <{tag.name}/> is not closed by its slash; write <{tag.name}></{tag.name}>.", position)
        dropped = tag.name in rules.UNSUPPORTED
        if dropped:
            self.warn(f"<{tag.name}> is not supported and is left out.", position)
        self.open_element(tag.name, self._attributes(tag), position, dropped=dropped)

    def _end_tag(self, tag: tokens.EndTag) -> None:
        if tag.name in ("html", "body") or tag.name in rules.SILENT or tag.name in rules.VOID - {"br"}:
            return
        self.close_element(tag.name, self.source.position(tag.offset))

    def _root_tag(self, tag: tokens.StartTag, position: SourcePosition) -> None:
        if len(self.stack) > 1:
            raise TemplateSyntaxError(
                f"<{tag.name}> cannot stand in {self.stack[-1].label} of line {self.stack[-1].position.line}; "
                f'put blocks into its attributes, as in <{tag.name} class="{{{{ if … }}}}dark{{{{ end }}}}">.',
                position,
            )
        root = self._reading.roots[tag.name]
        for attribute in self._attributes(tag):
            root.setdefault(attribute.name, attribute)

    def _attributes(self, tag: tokens.StartTag) -> tuple[Attribute, ...]:
        result: dict[str, Attribute] = {}
        for token in tag.attributes:
            position = self.source.position(token.offset)
            if _EVENT_HANDLER.fullmatch(token.name):
                self.warn(f"The event handler {token.name}= is left out: pictures run no scripts.", position)
            elif token.name in result:
                self.warn(f"<{tag.name}> has the attribute {token.name}= twice; the first one counts.", position)
            else:
                result[token.name] = Attribute(token.name, self._value(token), position)
        return tuple(result.values())

    def _value(self, token: tokens.AttributeToken) -> str | Body:
        if all(isinstance(part, tokens.Literal) for part in token.parts):
            return "".join(part.text for part in token.parts if isinstance(part, tokens.Literal))
        label = f"the attribute {token.name}="
        body = read_text(self.source, token.parts, self.limits, label, token.offset, self.depth)
        return check_css(body) if token.name == "style" else body

    def _raw_parts(self) -> tuple[tokens.Part, ...]:
        """What follows up to the end tag of a raw text element, which the tokenizer sends right after it."""
        parts: list[tokens.Part] = []
        for token in self._tokens:
            if isinstance(token, tokens.EndTag):
                break
            if isinstance(token, tokens.Literal | tokens.Tag):
                parts.append(token)
        return tuple(parts)

    def _pass_over(self, tag: tokens.StartTag, position: SourcePosition) -> None:
        if tag.name not in rules.SILENT:
            self.warn(f"<{tag.name}> is not supported and is left out.", position)
        if (tag.name in tokens.RAW_TEXT_ELEMENTS or tag.name in tokens.RCDATA_ELEMENTS) and not tag.self_closing:
            self._raw_parts()

    def _style(self, tag: tokens.StartTag, position: SourcePosition) -> None:
        parts = () if tag.self_closing else self._raw_parts()
        body = check_css(read_text(self.source, parts, self.limits, "<style>", tag.end, self.depth))
        self._stylesheet(tag, body, self.source.position(tag.end), position)

    def _link(self, tag: tokens.StartTag, position: SourcePosition) -> None:
        given = {token.name: self._value(token) for token in tag.attributes}
        rel, href = given.get("rel", ""), given.get("href", "")
        if not isinstance(rel, str) or "stylesheet" not in rel.lower().split():
            return
        path = href.removeprefix("./") if isinstance(href, str) else ""
        if path not in self._reading.bundle.files:
            self.warn(
                f"The stylesheet {str(path)[:80]!r} is no file of the template and is left out; "
                "copy it into the template's folder.",
                position,
            )
            return
        source = self._reading.open(path, self._bundle_text(path, position), position)
        self._stylesheet(tag, read_css(source, self.limits), source.position(0), position)

    def _stylesheet(
        self, tag: tokens.StartTag, css: Body, css_position: SourcePosition, position: SourcePosition
    ) -> None:
        """Add a stylesheet, inside an @media rule if its element has a media attribute."""
        media = next((self._value(token) for token in tag.attributes if token.name == "media"), "")
        if not isinstance(media, str) or re.search(r"[{};]", media):
            self.warn("The media attribute must be plain text; the stylesheet is left out.", position)
            return
        if media.strip().lower() not in _ALL_MEDIA:
            # On the same line, so that the lines of messages stay true.
            css = (nodes.Literal(f"@media {media}{{", css_position), *css, nodes.Literal("}", css_position))
        self._reading.count(position)
        self.add(nodes.StyleNode.of(css, css_position))

    def _svg(self, tag: tokens.StartTag, position: SourcePosition) -> None:
        attributes = self._attributes(tag)
        source_id = self._reading.number(position)
        builder = SvgBuilder(self.source, self.limits, self.diagnostics, tag, self.depth)
        self.add(ElementNode("svg", attributes, (), position, source_id, builder.read(self._tokens)))
