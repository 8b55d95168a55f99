"""Texts of bindings (URLs, header values, keys): read once, printed for each request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from renderer.document import Element
from renderer.errors import SourcePosition, ValueProblem, ValuesError
from renderer.expressions import Environment, Scope, Value
from renderer.expressions.runtime.values import describe
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.blocks import read_text
from renderer.template.expansion import Expansion
from renderer.template.nodes import Body, For, If, Literal, Output, map_text
from renderer.template.program import compile_text
from renderer.template.source import SourceText
from renderer.template.tokens import split_text

_MOST_TURNS = 1_000  # of all loops of one text
_MOST_CHARACTERS = 10_000  # of one value in it


class BindingText:
    """A text with expressions; `body` are its nodes, `usage` what its expressions read.

    `literal` and `output` say what becomes of plain characters and of printed values in this place.
    """

    def __init__(
        self,
        source: SourceText,
        label: str,
        limits: Limits,
        *,
        output: Callable[[Output], Output],
        literal: Callable[[str], str] = str,
    ) -> None:
        self._limits = replace(limits, loop_turns=_MOST_TURNS, expression_output=_MOST_CHARACTERS)
        self.body = read_text(source, split_text(source), self._limits, label, 0)
        self.usage = Usage()
        self.usage.visit(self.body)
        self._make = compile_text(map_text(self.body, literal, output))

    def render(self, values: Mapping[str, Value], environment: Environment) -> str:
        """The text for these values. Raises ExpressionError, LimitError, and what `output` raises."""
        holder = Element("", {}, SourcePosition("", 1, 1), 0)
        return self._make(Expansion(Scope(dict(values), environment), holder, self._limits))


def literals(body: Body) -> Iterator[Literal]:
    """All plain characters of a text, also those inside blocks."""
    for node in body:
        match node:
            case Literal():
                yield node
            case If():
                for branch in node.branches:
                    yield from literals(branch.body)
                yield from literals(node.otherwise)
            case For():
                yield from literals(node.body)
                yield from literals(node.otherwise)


def refused(output: Output, message: str, expected: str, text: str) -> ValuesError:
    """The error about a printed value that cannot stand in its place; it names the variables that were printed."""
    names = ", ".join(sorted(output.expression.names)) or output.expression.source.strip()
    return ValuesError([ValueProblem(names, message, expected, describe(text))])
