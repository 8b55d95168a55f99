"""The template tree: what the reader builds from template.html and the compiler turns into programs.

One set of nodes serves the page and the texts inside it (attribute values, stylesheets, inline SVG); in a text only
Literal, Output, If, For and Let occur. Everything is immutable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from renderer.document import StyleSource
from renderer.errors import SourcePosition
from renderer.expressions import Expression, Scope

RenderText = Callable[[Scope], str]


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters that stand for themselves."""

    text: str
    position: SourcePosition


@dataclass(frozen=True, slots=True)
class Output:
    """`{{ expression }}`. `render` prints the value as the place demands: plain, or checked for CSS, or escaped."""

    expression: Expression
    position: SourcePosition
    render: RenderText


@dataclass(frozen=True, slots=True)
class Branch:
    """One condition of an `if` block and what it guards."""

    condition: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class If:
    """`{{ if … }} … {{ elif … }} … {{ else }} … {{ end }}`."""

    branches: tuple[Branch, ...]
    otherwise: Body
    position: SourcePosition


@dataclass(frozen=True, slots=True)
class For:
    """`{{ for item in list }} … {{ else }} … {{ end }}`; with two names: number or key, and item."""

    names: tuple[str, ...]
    items: Expression
    body: Body
    otherwise: Body
    position: SourcePosition


@dataclass(frozen=True, slots=True)
class Let:
    """`{{ let name = expression }}`: lasts to the end of the block in which it stands."""

    name: str
    expression: Expression
    position: SourcePosition


@dataclass(frozen=True, slots=True)
class Include:
    """`{{ include "file" }}` with the file's nodes in place."""

    path: str
    body: Body
    position: SourcePosition


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute; a static value is one string, any other the nodes of its text."""

    name: str
    value: str | Body
    position: SourcePosition


@dataclass(frozen=True, slots=True)
class ElementNode:
    """An element. `source_id` numbers the elements of a template; `markup` is the source of an inline <svg>."""

    name: str
    attributes: tuple[Attribute, ...]
    children: Body
    position: SourcePosition
    source_id: int
    markup: Body | None = None


@dataclass(frozen=True, slots=True)
class StyleNode:
    """A stylesheet: a `<style>` element or a file. `source` is its text if that is the same in every render."""

    css: Body
    position: SourcePosition
    source: StyleSource | None

    @classmethod
    def of(cls, css: Body, position: SourcePosition) -> StyleNode:
        """A stylesheet whose text starts at `position`."""
        text = static_text(css)
        return cls(css, position, None if text is None else StyleSource(text, position))


Node = Literal | Output | If | For | Let | Include | ElementNode | StyleNode
Body = tuple[Node, ...]


def static_text(body: Body) -> str | None:
    """The text of a body that holds nothing but literals, else None."""
    if all(isinstance(node, Literal) for node in body):
        return "".join(node.text for node in body if isinstance(node, Literal))
    return None


def map_text(body: Body, literal: Callable[[str], str], output: Callable[[Output], Output]) -> Body:
    """The same text with every literal and every output passed through a function."""

    def convert(node: Node) -> Node:
        match node:
            case Literal(text, position):
                return Literal(literal(text), position)
            case Output():
                return output(node)
            case If(branches, otherwise, position):
                changed = tuple(Branch(b.condition, map_text(b.body, literal, output)) for b in branches)
                return If(changed, map_text(otherwise, literal, output), position)
            case For(names, items, inner, otherwise, position):
                return For(
                    names, items, map_text(inner, literal, output), map_text(otherwise, literal, output), position
                )
            case _:
                return node

    return tuple(convert(node) for node in body)
