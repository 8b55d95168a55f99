"""The JSON body of a live binding's request: each expression fills one value or a piece of one text, never more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from renderer.errors import LimitError, TemplateSyntaxError
from renderer.expressions import Environment, Expression, Scope, Value
from renderer.expressions.runtime.printing import to_json
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.blocks import read_text
from renderer.template.nodes import Literal, Output
from renderer.template.source import SourceText
from renderer.template.tokens import Part, Tag, split_text

_QUOTE_OR_ESCAPE = re.compile(r'"|\\(.?)', re.DOTALL)
_BEFORE_VALUE = re.compile(r"\s*:")
_SECRET = re.compile(r'(?<![^\s"])env:[A-Z_][A-Z0-9_]*(?![^\s"])')
_LONGEST = 1_000_000  # characters

Print = Callable[[Scope], str]


class BindingBody:
    """A compiled body. Raises TemplateSyntaxError, with its place, for what is no JSON around its expressions."""

    def __init__(self, source: SourceText, limits: Limits) -> None:
        parts = split_text(source)
        body = read_text(source, parts, limits, "the body", 0)
        for node in body:
            if not isinstance(node, Literal | Output):
                message = "a body has expressions only, no blocks; write {{ a ? b : c }} instead of {{ if a }}."
                raise TemplateSyntaxError(message, node.position)
        inside = iter(_Outline(source, parts).inside)
        self.usage = Usage()
        self.usage.visit(body)
        self._pieces: list[str | Print] = []
        for node in body:
            if isinstance(node, Literal):
                self._pieces.append(node.text)
            elif isinstance(node, Output):
                self._pieces.append(_piece(node) if next(inside) else _value(node.expression))

    def render(self, values: Mapping[str, Value], environment: Environment) -> bytes:
        """The body in UTF-8. Raises ExpressionError, LimitError."""
        scope = Scope(dict(values), environment)
        text = "".join(piece if isinstance(piece, str) else piece(scope) for piece in self._pieces)
        if len(text) > _LONGEST:
            raise LimitError(f"The body has more than {_LONGEST:,} characters with these values.")
        return text.encode("utf-8", "replace")


def _value(expression: Expression) -> Print:
    """A JSON value of the expression's type."""
    return lambda scope: to_json(expression.evaluate(scope))


def _piece(output: Output) -> Print:
    """The printed value as content of a JSON text (RFC 8259, 7)."""
    render = output.render
    return lambda scope: json.dumps(render(scope), ensure_ascii=False)[1:-1]


class _Outline:
    """The fixed text of a body with null for each expression that stands as a value, blanks for those inside texts.

    `inside` says of each expression, in order, whether it stands inside a text. Every character keeps its offset, so
    that the JSON reader's complaints point into the source.
    """

    def __init__(self, source: SourceText, parts: Sequence[Part]) -> None:
        self.inside: list[bool] = []
        self._source = source
        self._characters = [" "] * len(source.text)
        self._text_starts = -1  # offset of the first expression in the current text; -1: none yet
        self._in_text = False
        self._named: list[tuple[int, int]] = []  # ends of texts with expressions, and the first expression of each
        for part in parts:
            if isinstance(part, Tag):
                self._expression(part)
            else:
                self._characters[part.offset : part.offset + len(part.text)] = part.text
                self._literal(part.text, part.offset)
        self._read("".join(self._characters))

    def _expression(self, tag: Tag) -> None:
        self.inside.append(self._in_text)
        if not self._in_text:
            self._characters[tag.start : tag.start + 4] = "null"
        elif self._text_starts < 0:
            self._text_starts = tag.start

    def _literal(self, text: str, offset: int) -> None:
        for match in _QUOTE_OR_ESCAPE.finditer(text):
            if match.group() != '"':
                if not match[1]:
                    message = "a backslash right before an expression would escape its first character."
                    raise TemplateSyntaxError(message, self._source.position(offset + match.start()))
                continue
            if self._in_text and self._text_starts >= 0:
                self._named.append((offset + match.end(), self._text_starts))
            self._in_text = not self._in_text
            self._text_starts = -1

    def _read(self, outline: str) -> None:
        try:
            json.loads(outline, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            message = f"this is no JSON around its expressions: {error.msg}."
            raise TemplateSyntaxError(message, self._source.position(error.pos)) from None
        except ValueError as error:
            raise TemplateSyntaxError(f"this is no JSON: {error}.", self._source.position(0)) from None
        for end, first in self._named:
            if _BEFORE_VALUE.match(outline, end):
                message = "the name of a value cannot come from an expression, which might name another value."
                raise TemplateSyntaxError(message, self._source.position(first))
        if secret := _SECRET.search(outline):
            message = "secrets stand in headers only: bodies get into logs."
            raise TemplateSyntaxError(message, self._source.position(secret.start()))


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")
