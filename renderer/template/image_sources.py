"""Where a template names images: its tree without everything that does not decide their URLs.

What is left is a template, too, though of stand-ins: one empty element for each place, inside the blocks and after
the definitions that it depends on. Running it costs a fraction of an expansion, and nothing for templates that name no
image from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from renderer.document import Element
from renderer.errors import SourcePosition
from renderer.style.tokens import Cursor, tokenize
from renderer.template.css_text import LEAVE, UNKNOWN, VALUE_STEP, State, entered
from renderer.template.nodes import (
    Attribute,
    Body,
    Branch,
    ElementNode,
    For,
    If,
    Include,
    Let,
    Literal,
    Node,
    StyleNode,
)

_ELSEWHERE: Final = re.compile(r"https?://|asset:", re.IGNORECASE)
_SCHEMES: Final = ("https://", "http://", "asset:")
_SHOWING: Final = frozenset({"background", "background-image", "content"})
_OPENING: Final = re.compile(r"(?<![\w-])url\(\s*[\"']?\Z", re.IGNORECASE)
_END: Final = re.compile(r"[;{}]")
_SOURCE, _CSS_SOURCE = "src", "css"


def image_sources(body: Body) -> Body:
    """A body's places of images that may come from elsewhere; empty if there is none."""
    return _needed(_sources(body))


def named_url(source: Element) -> str | None:
    """The URL at a place, spelled as the renderer will look it up; None if it is a file's or none at all."""
    attributes = source.attributes
    url = attributes[_SOURCE].strip() if _SOURCE in attributes else _css_url(attributes[_CSS_SOURCE])
    return url if url is not None and is_elsewhere(url) else None


def is_elsewhere(url: str) -> bool:
    """Whether the bytes of a URL have to be supplied: those of other servers, and uploaded assets."""
    return _ELSEWHERE.match(url) is not None


def _needed(nodes: Sequence[Node]) -> Body:
    """The nodes without definitions that nothing follows."""
    result: list[Node] = []
    for node in reversed(nodes):
        if result or not isinstance(node, Let):
            result.append(node)
    return tuple(reversed(result))


def _sources(body: Iterable[Node]) -> list[Node]:
    """Stand-ins in document order. What elements define lasts beyond them, so elements themselves leave no trace."""
    found: list[Node] = []
    for node in body:
        match node:
            case Let():
                found.append(node)
            case ElementNode():
                found += _own_sources(node)
                if node.markup is None:
                    found += _sources(node.children)
            case StyleNode(css, position, _):
                found += _scoped(_CssSources(position).read(css), position)
            case Include(_, inner, position):
                found += _scoped(image_sources(inner), position)
            case If() | For():
                found += _block(node, image_sources)
    return found


def _block(node: If | For, inner: Callable[[Body], Body]) -> list[Node]:
    """A block with what is needed of its bodies, unless that is nothing."""
    otherwise = inner(node.otherwise)
    if isinstance(node, For):
        body = inner(node.body)
        return [For(node.names, node.items, body, otherwise, node.position)] if body or otherwise else []
    branches = tuple(Branch(branch.condition, inner(branch.body)) for branch in node.branches)
    return [If(branches, otherwise, node.position)] if otherwise or any(b.body for b in branches) else []


def _scoped(body: Body, position: SourcePosition) -> list[Node]:
    return [Include("", body, position)] if body else []


def _own_sources(element: ElementNode) -> Iterator[Node]:
    for attribute in element.attributes:
        value, position = attribute.value, attribute.position
        body = (Literal(value, position),) if isinstance(value, str) else value
        if attribute.name == "style":
            yield from _scoped(_CssSources(position).read(body), position)
        elif attribute.name == "src" and element.name == "img" and _may_be_elsewhere(body):
            yield _stand_in(_SOURCE, body, position)


def _stand_in(attribute: str, body: Body, position: SourcePosition) -> ElementNode:
    return ElementNode("img", (Attribute(attribute, body, position),), (), position, -1)


def _may_be_elsewhere(body: Body, opening: str = "") -> bool:
    """Whether a text that begins like this one, after what opens it, can be a URL that has to be supplied."""
    text, open_end = "", False
    for node in body:
        if not isinstance(node, Literal):
            open_end = True
            break
        text += node.text
    text = text.removeprefix(opening).lstrip().lower()
    return "\\" in text or any(text.startswith(s) or (open_end and s.startswith(text)) for s in _SCHEMES)


class _CssSources:
    """Finds url() in the declarations of one CSS text that can show images."""

    def __init__(self, position: SourcePosition, declaration: str = "") -> None:
        """`declaration` is what stands before the text since the last declaration's end."""
        self._position = position
        self._declaration = declaration
        self._state: State = "value"
        self._opening = ""
        self._span: list[Node] | None = None  # the url() that is being read
        self._found: list[Node] = []

    def read(self, body: Body) -> Body:
        """The places in a text. Quotes, comments and url() are closed where they were opened: see `css_text`."""
        for node in body:
            if isinstance(node, Let):
                self._found.append(node)
            elif isinstance(node, Literal):
                self._literal(node.text)
            elif self._span is not None:
                self._span.append(node)
            elif isinstance(node, If | For):
                if self._state == "value":
                    self._found += _block(node, self._reader(UNKNOWN if isinstance(node, For) else self._declaration))
                self._declaration += UNKNOWN
            else:
                self._declaration += UNKNOWN
        return _needed(self._found)

    def _reader(self, declaration: str) -> Callable[[Body], Body]:
        return lambda body: _CssSources(self._position, declaration).read(body)

    def _literal(self, text: str) -> None:
        at = 0
        while at < len(text):
            at = self._in_value(text, at) if self._state == "value" else self._inside(text, at)

    def _in_value(self, text: str, at: int) -> int:
        step = VALUE_STEP.search(text, at)
        end = len(text) if step is None else step.end()
        self._declaration = _END.split(self._declaration + text[at:end])[-1]
        if step is None:
            return end
        self._state = entered(step.group())
        if self._state == "comment":
            self._declaration = self._declaration[:-2]
        opened = _OPENING.search(self._declaration)
        if opened is not None and self._state in ("url", '"', "'"):
            self._opening = opened.group()
            self._span = [Literal(self._opening, self._position)]
        return end

    def _inside(self, text: str, at: int) -> int:
        leave = LEAVE[self._state].match(text, at)
        end = len(text) if leave is None else leave.end()
        if self._span is not None:
            self._span.append(Literal(text[at:end], self._position))
        if leave is not None:
            self._close()
            self._state = "value"
        return end

    def _close(self) -> None:
        if self._span is None:
            return
        body = tuple(self._span) if self._state == "url" else (*self._span, Literal(")", self._position))
        if self._may_show() and _may_be_elsewhere(body, self._opening):
            self._found.append(_stand_in(_CSS_SOURCE, body, self._position))
        self._span = None

    def _may_show(self) -> bool:
        name, colon, _ = self._declaration.partition(":")
        name = name.strip().lower()
        return UNKNOWN in name or (colon != "" and (name in _SHOWING or name.startswith("--")))


@lru_cache(maxsize=4096)
def _css_url(text: str) -> str | None:
    """The URL of url(…) as the cascade reads it, escapes resolved."""
    return Cursor(tokenize(text)).take_url()
