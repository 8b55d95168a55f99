"""Properties of the language as a whole: printing and parsing are inverses, and nothing but our errors ever escapes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import RendererError, SourcePosition
from renderer.expressions import (
    Environment,
    Scope,
    Value,
    compile_expression,
    compile_for,
    compile_let,
    find_tag_end,
    unparse,
)
from renderer.expressions.filters import FILTERS
from renderer.expressions.grammar import BINARY, CONSTANTS, WORD_OPERATORS
from renderer.expressions.lexer import Source
from renderer.expressions.nodes import (
    Binary,
    Conditional,
    Filter,
    Index,
    Lambda,
    ListLiteral,
    Literal,
    Member,
    Name,
    Node,
    ObjectLiteral,
    Unary,
)
from renderer.expressions.parser import parse

POSITION = SourcePosition("t.html", 1, 1)
VALUES: dict[str, Value] = {"a": 2, "b": "text", "c": [1, "x", None], "d": {"a": {"b": Decimal("1.5")}}, "e": None}
ENVIRONMENT = Environment(now=datetime(2026, 3, 5, tzinfo=UTC))

names = st.sampled_from(["a", "b", "c", "d", "e", "missing", "größe"])
keys = st.text(max_size=5) | names
literals = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 10**20),
    st.decimals(0, 1000, allow_nan=False, places=3).map(abs),
    st.text(max_size=8),
).map(Literal)


def compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    entries = st.dictionaries(keys, inner, max_size=3).map(lambda entries: tuple(entries.items()))
    argument = inner | st.builds(Lambda, names, inner)
    keywords = st.dictionaries(st.sampled_from(["by", "x", "length"]), inner, max_size=2).map(
        lambda d: tuple(d.items())
    )
    return st.one_of(
        st.builds(ListLiteral, st.lists(inner, max_size=3).map(tuple)),
        st.builds(ObjectLiteral, entries),
        st.builds(Member, inner, names | st.sampled_from([*WORD_OPERATORS, *CONSTANTS])),
        st.builds(Index, inner, inner),
        st.builds(Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(Binary, st.sampled_from(sorted({operator.name for operator in BINARY.values()})), inner, inner),
        st.builds(Conditional, inner, inner, inner),
        st.builds(Filter, inner, st.sampled_from(sorted(FILTERS)), st.lists(argument, max_size=2).map(tuple), keywords),
    )


trees: st.SearchStrategy[Node] = st.recursive(literals | st.builds(Name, names), compound, max_leaves=12)


def outcome(source: str) -> object:
    """The value of an expression, or the error without its place."""
    try:
        return compile_expression(source, POSITION).evaluate(Scope(dict(VALUES), ENVIRONMENT))
    except RendererError as error:
        return type(error), error.message


@given(trees)
@settings(max_examples=400, deadline=None)
def test_printing_and_parsing_are_inverses(tree: Node) -> None:
    printed = unparse(tree)
    assert parse(Source(printed, POSITION)) == tree
    assert unparse(parse(Source(printed, POSITION))) == printed


@given(trees)
@settings(max_examples=300, deadline=None)
def test_a_reprinted_expression_has_the_same_outcome(tree: Node) -> None:
    printed = unparse(tree)
    assert outcome(printed) == outcome(unparse(parse(Source(printed, POSITION))))


def error_of(attempt: Callable[[], object]) -> RendererError | None:
    """What an attempt raised, if it is one of our errors; any other goes through."""
    try:
        attempt()
    except RendererError as error:
        return error
    return None


SIGNS = "()[]{}.,:?|+-*/%~<>=!&'\"\\ \n#"
WORDS = ("==", "??", "=>", "and", "not", "in", "a", "c", "d.a", "1", "1e300", "'x'", "now")
fragments = st.sampled_from([*SIGNS, *WORDS, *sorted(FILTERS)])
sources = st.lists(fragments, max_size=25).map("".join) | st.lists(fragments, max_size=25).map(" ".join) | st.text()


@given(sources)
@settings(max_examples=1500, deadline=None)
def test_any_source_gives_a_text_or_one_of_our_errors(source: str) -> None:
    for attempt in (
        lambda: compile_expression(source, POSITION).render(Scope(dict(VALUES), ENVIRONMENT)),
        lambda: compile_for(source, POSITION),
        lambda: compile_let(source, POSITION),
    ):
        error = error_of(attempt)
        if error is not None:
            assert error.position is not None
            assert error.position.line <= source.count("\n") + 1
            assert error.message


data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.datetimes(timezones=st.just(UTC))
    | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted({d.name for d in FILTERS.values()})), data, st.lists(data, max_size=3))
@settings(max_examples=1500, deadline=None)
def test_any_filter_takes_any_value_or_says_why_not(name: str, value: Value, arguments: list[Value]) -> None:
    variables = {f"x{number}": argument for number, argument in enumerate(arguments)}
    source = f"value | {name}({', '.join(variables)})"
    scope = Scope({"value": value, **variables}, ENVIRONMENT)
    error = error_of(lambda: compile_expression(source, POSITION).render(scope))
    assert error is None or error.position is not None


@given(st.text("{}'\"\\ab\n", max_size=30), st.integers(0, 5))
def test_a_tag_ends_at_closing_braces_or_nowhere(text: str, start: int) -> None:
    end = find_tag_end(text, start)
    assert end == -1 or (end >= start and text[end : end + 2] == "}}")


@given(trees)
@settings(max_examples=200, deadline=None)
def test_a_tag_holds_any_expression(tree: Node) -> None:
    printed = f" {unparse(tree)} "
    assert find_tag_end("{{" + printed + "}} and more }}", 2) == 2 + len(printed)
