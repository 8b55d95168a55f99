"""What other rooms build on: compiling, scopes, block headers, ends of tags, positions, names."""

from __future__ import annotations

import pytest

from renderer.errors import ExpressionError, SourcePosition, TemplateSyntaxError
from renderer.expressions import (
    Environment,
    Scope,
    compile_expression,
    compile_for,
    compile_let,
    evaluate_text,
    find_tag_end,
    loop_items,
    truthy,
)
from renderer.limits import Limits

START = SourcePosition("template.html", 7, 20)


def names(source: str) -> set[str]:
    return set(compile_expression(source, START).names)


def test_positions_count_from_where_the_source_starts() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_expression(" a +\n  * b", START)
    assert str(caught.value.position) == "template.html:8:3"
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_expression(" a + * b", START)
    assert str(caught.value.position) == "template.html:7:25"


def test_names_are_the_variables_that_are_read() -> None:
    assert names("a.b[c] | default(d, ) ") == {"a", "c", "d"}
    assert names("xs | map(x => x.price * y)") == {"xs", "y"}
    assert names("x | map(x => x)") == {"x"}
    assert names("now.year ~ '2026'") == set()
    assert names("{a: b}.a ~ [c][0]") == {"b", "c"}


def test_whether_an_expression_depends_on_the_time() -> None:
    assert compile_expression("now.year", START).uses_now
    assert compile_expression("x | relative", START).uses_now
    assert not compile_expression("x | date", START).uses_now


def test_scopes_nest() -> None:
    outer = Scope({"a": 1, "b": 2})
    inner = outer.child({"a": 10})
    inner.set("c", 3)
    expression = compile_expression("[a, b, c]", START)
    assert expression.evaluate(inner) == [10, 2, 3]
    assert expression.evaluate(outer) == [1, 2, None]
    assert inner.lookup("b") == 2
    assert inner.lookup("missing") is None
    assert inner.environment is outer.environment


def test_a_function_sees_the_scope_around_it() -> None:
    scope = Scope({"xs": [1, 2], "by": 10}).child({"by": 100})
    assert compile_expression("xs | map(x => xs | map(y => x * y * by))", START).evaluate(scope) == [
        [100, 200],
        [200, 400],
    ]


@pytest.mark.parametrize("header", ["x in xs | slice(1)", "for x in xs | slice(1)", "  x   in\n xs | slice(1)"])
def test_for_header(header: str) -> None:
    loop_names, expression = compile_for(header, START)
    assert loop_names == ("x",)
    assert expression.evaluate(Scope({"xs": [1, 2]})) == [2]
    assert expression.names == {"xs"}
    assert expression.source == "xs | slice(1)"


def test_for_header_with_two_names() -> None:
    assert compile_for("k, v in {a: 1}", START)[0] == ("k", "v")


@pytest.mark.parametrize(
    ("header", "place", "message"),
    [
        ("", "7:20", "Expected a name for the items after `for`"),
        ("x of xs", "7:22", "Expected `in`"),
        ("x, in xs", "7:23", "Expected a second name"),
        ("x, x in xs", "7:23", "Both names of this loop are `x`"),
        ("x in", "7:24", "Expected a value"),
        ("loop in xs", "7:20", "a meaning of its own"),
        ("x in xs ys", "7:28", "Expected an operator or the end"),
        ("x in\n  xs |", "8:7", "name of a filter"),
    ],
)
def test_broken_for_headers(header: str, place: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message) as caught:
        compile_for(header, START)
    assert str(caught.value.position) == f"template.html:{place}"


def test_let_header() -> None:
    name, expression = compile_let("total = price * 2 == 4 ? 1 : 2", START)
    assert name == "total"
    assert expression.evaluate(Scope({"price": 2})) == 1
    assert compile_let("let a = 1", START)[0] == "a"
    for broken in ("", "a", "a == 1", "a =", "end = 1", "now = 1", "5 = 1"):
        with pytest.raises(TemplateSyntaxError):
            compile_let(broken, START)


def test_loop_items() -> None:
    assert list(loop_items(["a", "b"], 1)) == [("a",), ("b",)]
    assert list(loop_items(["a", "b"], 2)) == [(0, "a"), (1, "b")]
    assert list(loop_items({"k": 1}, 1)) == [(1,)]
    assert list(loop_items({"k": 1}, 2)) == [("k", 1)]
    assert list(loop_items(None, 1)) == []
    with pytest.raises(ExpressionError, match='needs a list or an object, but got the text "ab"'):
        loop_items("ab", 1, START)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("{{ a }}", 5),
        ("{{ '}}' }}", 8),
        ('{{ "\\"}}" }}', 10),
        ("{{ {a: {b: 1}} }}", 15),
        ("{{{a: 1}}}", 8),
        ("{{ it's }} and more", 8),
        ("{{ a }\n}}", 7),
        ("{{ a", -1),
        ("{{ 'a\n}}", 6),
    ],
)
def test_the_end_of_a_tag(text: str, end: int) -> None:
    assert find_tag_end(text, 2) == end


def test_text_with_expressions() -> None:
    assert evaluate_text("{{ price * 0.9 | currency }}", {"price": 49}, Environment()) == "$44.10"
    assert evaluate_text("a {{ 1 }}{{ {x: '}}'}.x }} b", {}, Environment()) == "a 1}} b"
    assert evaluate_text("nothing", {}, Environment()) == "nothing"
    with pytest.raises(TemplateSyntaxError) as caught:
        evaluate_text("ok\n{{ a + }}", {}, Environment())
    assert str(caught.value.position) == "expression:2:8"
    with pytest.raises(TemplateSyntaxError, match="no closing"):
        evaluate_text("x {{ a", {}, Environment())


def test_depth_is_limited() -> None:
    limits = Limits(expression_depth=5)
    compile_expression("((((1))))", START, limits=limits)
    with pytest.raises(TemplateSyntaxError, match="more than 5 levels"):
        compile_expression("(((((1)))))", START, limits=limits)


def test_truth() -> None:
    assert not any(truthy(value) for value in (None, False, 0, "", [], {}))
    assert all(truthy(value) for value in (True, 1, "0", [0], {"a": None}))
