"""Bad input costs little: every expensive expression ends in an error that names its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from renderer.errors import LimitError, RendererError, SourcePosition, TemplateSyntaxError
from renderer.expressions import Environment, Scope, Value, compile_expression

START = SourcePosition("t", 1, 1)
BIG = "x" * 99_999
FOREIGN = "é👩‍💻क्ष" * 16_000
VALUES: dict[str, Value] = {
    "big": BIG,
    "foreign": FOREIGN,
    "xs": list(range(10_000)),
    "texts": [BIG] * 2_000,
    "accents": ["é" * 100] * 10_000,
    "million": list(range(1_000_000)),
    "n": 10**300,
}


@pytest.mark.parametrize(
    "source",
    [
        "big ~ big",
        "big + big",
        "xs + xs",
        "big | replace('x', big)",
        "texts | join",
        "texts",
        "texts | json",
        "xs | join(big)",
        "xs | map(x => xs | sum)",
        "xs | map(x => xs | map(y => x * y))",
        "xs | where(x => x in xs)",
        "xs | map(x => xs == xs)",
        "xs | map(x => big | upper)",
        "xs | map(x => foreign | length)",
        "texts | map(x => x | title)",
        "xs | map(x => [xs, xs]) | json",
        "accents | sort",
        "million | sum",
        "million | map(x => x)",
        "foreign | split('')",
        "foreign | urlencode",
    ],
)
def test_work_is_limited(source: str) -> None:
    with pytest.raises(LimitError) as caught:
        compile_expression(source, START).render(Scope(dict(VALUES), Environment()))
    assert caught.value.position is not None


@pytest.mark.parametrize(
    "source",
    [
        "(" * 1_000 + "1" + ")" * 1_000,
        "[" * 20_000,
        "-" * 20_000 + "1",
        "not " * 5_000 + "1",
        "1" + "+1" * 5_000,
        "a" + ".b" * 5_000,
        "a" + "[0]" * 5_000,
        "a" + " | trim" * 2_000,
        "a ? b : " * 2_000 + "c",
        "f(" * 6_000,
        "1" * 20_000,
        "'" + "\\" * 19_998,
        " " * 20_001,
    ],
    ids=lambda source: source[:12],
)
def test_size_of_the_source_is_limited(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        compile_expression(source, START)


@pytest.mark.parametrize(
    "source", ["n * n", "n | currency", "n | compact", "n | percent", "n | number(20)", "1 / n / n"]
)
def test_huge_numbers(source: str) -> None:
    try:
        text = compile_expression(source, START).render(Scope(dict(VALUES), Environment()))
    except RendererError:
        return
    assert len(text) < 1_000


@pytest.mark.parametrize(
    "source",
    [
        "a.__class__",
        "a['__class__']",
        "'x'.__class__.__mro__[1]",
        "__builtins__",
        "self",
        "a | map('__class__.__name__') | first",
        "[a] | map(x => x.__init__) | first",
        "now.__class__",
        "now.tzinfo",
        "1 .real",
    ],
)
def test_python_objects_are_out_of_reach(source: str) -> None:
    environment = Environment(now=datetime(2026, 1, 1, tzinfo=UTC))
    assert compile_expression(source, START).evaluate(Scope({"a": [1]}, environment)) is None


def test_the_budget_is_for_one_evaluation() -> None:
    scope = Scope({"xs": list(range(9_000))}, Environment())
    expression = compile_expression("xs | sum", START)
    assert [expression.evaluate(scope) for _ in range(10)] == [sum(range(9_000))] * 10
