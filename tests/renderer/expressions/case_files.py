"""Reads the tables of cases (`cases.txt`, `filters.txt`) and checks one of their rows."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from renderer.errors import ExpressionError, SourcePosition, TemplateSyntaxError
from renderer.expressions import Environment, Scope, Value, compile_expression, from_json

POSITION = SourcePosition("card/template.html", 1, 1)


class Case(NamedTuple):
    """One row: an expression, its own values as JSON if it has any, and what is expected."""

    source: str
    values: str
    expected: str


def _lines(name: str) -> list[str]:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()


def read_cases(name: str) -> list[Case]:
    """All rows of a table."""
    cases = []
    for line in _lines(name):
        if "⇒" in line and not line.startswith("#"):
            left, _, expected = line.partition("⇒")
            source, _, values = left.partition(" ⇐ ")
            expected = expected.strip(" ").replace("⏎", "\n").replace("␣", "\u202f")
            cases.append(Case(source.rstrip(" ").replace("⏎", "\n"), values.strip(), expected))
    return cases


def sections(name: str) -> set[str]:
    """The headings of a table."""
    return {line.removeprefix("## ") for line in _lines(name) if line.startswith("## ")}


def check(case: Case, shared: dict[str, Value], environment: Environment) -> None:
    """Evaluate a row and compare; an expected error is `✗ line:column part of its message`."""
    data = from_json(case.values) if case.values else dict(shared)
    assert isinstance(data, dict)
    scope = Scope(data, environment)
    if not case.expected.startswith("✗"):
        assert compile_expression(case.source, POSITION).render(scope) == case.expected
        return
    _, where, message = case.expected.split(" ", 2)
    with pytest.raises((TemplateSyntaxError, ExpressionError)) as caught:
        compile_expression(case.source, POSITION).evaluate(scope)
    assert message in caught.value.message
    assert str(caught.value.position) == f"card/template.html:{where}"
