from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import ValuesError
from renderer.template import Manifest, bundle_from_files, canonical_values, coerce_values
from renderer.template.manifest import read_manifest

MANIFEST = """
time_zone = "Europe/Berlin"
[variables]
text = { type = "text", max_length = 10 }
code = { type = "text", pattern = "[A-Z]{2}" }
number = { type = "number", min = -5, max = 1e6 }
integer = { type = "integer" }
flag = { type = "boolean" }
color = { type = "color" }
day = { type = "date", min = 2000-01-01 }
at = { type = "datetime" }
url = { type = "url" }
image = { type = "image" }
kind = { type = "enum", choices = ["small", "large"] }
tags = { type = "list", items = "text", max = 3 }
any = { type = "list" }
shape = { type = "object" }
author.type = "object"
author.fields = { name = { type = "text", required = true }, age = { type = "integer", default = 1 } }
rows = { type = "list", items = { type = "object", fields = { n = { type = "number" } } } }
"""


def read(text: str) -> Manifest:
    return read_manifest(bundle_from_files("x", {"template.toml": text.encode()}))


VARIABLES = read(MANIFEST)

GOOD: list[tuple[str, object, object]] = [
    ("text", "hello", "hello"),
    ("text", "", ""),
    ("text", "<b>&", "<b>&"),
    ("text", "a\r\nb\rc\td", "a\nb\nc\td"),
    ("text", "a\0b\x07c\x7f", "abc"),
    ("text", "a\ud800b", "a\ufffdb"),
    ("text", "\ud83d\ude00", "😀"),
    ("text", 49, "49"),
    ("text", 4.5, "4.5"),
    ("number", "49", 49),
    ("number", "49.0", 49),
    ("number", 49.0, 49),
    ("number", " 1.50 ", Decimal("1.5")),
    ("number", 0.1, Decimal("0.1")),
    ("number", "-1e0", -1),
    ("integer", "7", 7),
    ("integer", 7.0, 7),
    ("flag", "true", True),
    ("flag", "0", False),
    ("flag", "Yes", True),
    ("flag", False, False),
    ("color", "#FFF", "#fff"),
    ("color", "1e3a8a", "#1e3a8a"),
    ("color", " RebeccaPurple ", "rebeccapurple"),
    ("color", "rgb(1 2 3 / 50%)", "rgb(1 2 3 / 50%)"),
    ("day", "2026-11-21", date(2026, 11, 21)),
    ("at", "2026-07-01T10:00:00Z", datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ("at", "2026-07-01T10:00", datetime(2026, 7, 1, 10, tzinfo=timezone(timedelta(hours=2)))),
    ("at", "2026-07-01", datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2)))),
    ("at", "2026-07-01t10:00:00.5+0530", datetime(2026, 7, 1, 4, 30, 0, 500_000, tzinfo=UTC)),
    ("url", "https://example.com/a?b=c", "https://example.com/a?b=c"),
    ("image", "https://example.com/a.png", "https://example.com/a.png"),
    ("image", "img/avatar 1.png", "img/avatar 1.png"),
    ("image", "data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
    ("kind", "small", "small"),
]

BOTH_WAYS = [True, False]


@pytest.mark.parametrize("from_query", BOTH_WAYS)
@pytest.mark.parametrize(("name", "raw", "expected"), GOOD)
def test_scalars(name: str, raw: object, expected: object, from_query: bool) -> None:
    value = coerce_values(VARIABLES, {name: raw}, from_query=from_query)[name]
    assert value == expected
    assert type(value) is type(expected)


STRUCTURES: list[tuple[str, object, object]] = [
    ("tags", ["a", "b"], ["a", "b"]),
    ("tags", [], []),
    ("tags", ["a", 1], ["a", "1"]),
    ("any", [1, "a\0", None, [True], {"x": 1.5}], [1, "a", None, [True], {"x": Decimal("1.5")}]),
    ("shape", {"a": {"b": [1.0]}}, {"a": {"b": [1]}}),
    ("author", {"name": "n"}, {"name": "n", "age": 1}),
    ("author", {"name": "n", "age": None}, {"name": "n", "age": 1}),
    ("rows", [{"n": 1}, {}], [{"n": 1}, {}]),
]


@pytest.mark.parametrize(("name", "raw", "expected"), STRUCTURES)
def test_structures(name: str, raw: object, expected: object) -> None:
    assert coerce_values(VARIABLES, {name: raw}, from_query=False) == {name: expected}
    assert coerce_values(VARIABLES, {name: json.dumps(raw)}, from_query=True) == {name: expected}


BAD: list[tuple[str, object, str, str, str]] = [
    ("text", "x" * 11, "text", "has 11 characters", "at most 10"),
    ("text", True, "text", "is not a text", "a text"),
    ("text", ["a"], "text", "is not a text", "a text"),
    ("code", "A1", "code", "does not have the required form", "the form [A-Z]{2}"),
    ("number", "1,5", "number", "is not a number", "a number such as"),
    ("number", "NaN", "number", "is not a number", "a number such as"),
    ("number", float("nan"), "number", "is not a number", "a number such as"),
    ("number", float("inf"), "number", "is not a number", "a number such as"),
    ("number", "1e999", "number", "is not a number", "a number such as"),
    ("number", "9" * 5_000, "number", "is not a number", "a number such as"),
    ("number", 10**400, "number", "is not a number", "a number such as"),
    ("number", True, "number", "is not a number", "a number such as"),
    ("number", "\u0664\u0669", "number", "is not a number", "a number such as"),
    ("number", -6, "number", "is too small", "at least -5"),
    ("number", "1000001", "number", "is too large", "at most 1000000"),
    ("integer", "1.5", "integer", "is not a whole number", "a whole number"),
    ("flag", "maybe", "flag", "is neither true nor false", "true or false"),
    ("flag", 2, "flag", "is neither true nor false", "true or false"),
    ("color", "blurple", "color", "is not a colour", "a CSS colour"),
    ("color", "red;}", "color", "is not a colour", "a CSS colour"),
    ("color", "url(x)", "color", "is not a colour", "a CSS colour"),
    ("day", "2026-02-30", "day", "is no day of the calendar", "a date such as"),
    ("day", "21.11.2026", "day", "is not a date", "a date such as"),
    ("day", "1999-12-31", "day", "is too early", "at least 2000-01-01"),
    ("at", "yesterday", "at", "is not a date and time", "a date and time"),
    ("at", "2026-01-01T25:00:00Z", "at", "is no moment", "a date and time"),
    ("at", "0001-01-01T00:00:00+14:00", "at", "is no moment", "a date and time"),
    ("url", "javascript:alert(1)", "url", "is not a URL", "an absolute URL"),
    ("url", "/path", "url", "is not a URL", "an absolute URL"),
    ("url", "https://", "url", "is not a URL", "an absolute URL"),
    ("url", "https://a b.example", "url", "is not a URL", "an absolute URL"),
    ("url", "https://[::1", "url", "is not a URL", "an absolute URL"),
    ("url", "https://a.example:99999/", "url", "is not a URL", "an absolute URL"),
    ("image", "../secret.png", "image", "is not an image", "a file of the template"),
    ("image", "/etc/passwd", "image", "is not an image", "a file of the template"),
    ("image", "file:///etc/passwd", "image", "is not an image", "a file of the template"),
    ("image", "data:text/html,<script>", "image", "is not an image", "a file of the template"),
    ("kind", "smal", "kind", "is none of the choices; did you mean 'small'?", "one of small, large"),
    ("tags", ["a", "b", "c", "d"], "tags", "has 4 items", "at most 3"),
    ("tags", ["a", {}], "tags[1]", "is not a text", "a text"),
    ("tags", {"a": 1}, "tags", "is not a list", "a list"),
    ("author", {}, "author.name", "is required", "a text"),
    ("author", {"name": "n", "nmae": 1}, "author.nmae", "is no field", "one of: name, age"),
    ("author", [], "author", "is not an object", "an object"),
    ("rows", [{}, {"n": "x"}], "rows[1].n", "is not a number", "a number"),
]


@pytest.mark.parametrize(("name", "raw", "path", "message", "expected"), BAD)
def test_problems(name: str, raw: object, path: str, message: str, expected: str) -> None:
    with pytest.raises(ValuesError) as caught:
        coerce_values(VARIABLES, {name: raw}, from_query=False)
    (problem,) = caught.value.problems
    assert problem.name == path
    assert problem.message.startswith(message)
    assert expected in problem.expected


QUERY_PROBLEMS = [
    ("tags", "a,b", "tags", "is not JSON", 'a list as JSON, such as ["a","b"]'),
    ("tags", "[1", "tags", "is not valid JSON", ""),
    ("tags", '{"a":1}', "tags", "is not a list", 'a list as JSON, such as ["a","b"]'),
    ("any", "[" * 100_000, "any", "is nested too deeply", ""),
    ("any", "[NaN]", "any", "is not valid JSON", ""),
    ("any", "[" + "1," * 10_000 + "1]", "any", "has 10001 items", "at most 10000"),
    ("rows", '[{"n":"x"}]', "rows[0].n", "is not a number", ""),
]


@pytest.mark.parametrize(("name", "raw", "path", "message", "expected"), QUERY_PROBLEMS)
def test_problems_of_queries(name: str, raw: str, path: str, message: str, expected: str) -> None:
    with pytest.raises(ValuesError) as caught:
        coerce_values(VARIABLES, {name: raw}, from_query=True)
    (problem,) = caught.value.problems
    assert (problem.name, problem.message.startswith(message)) == (path, True)
    assert expected in problem.expected


def test_all_problems_at_once() -> None:
    with pytest.raises(ValuesError) as caught:
        coerce_values(VARIABLES, {"number": "x", "flag": "y", "txet": "z", "author": {}}, from_query=False)
    assert [p.name for p in caught.value.problems] == ["number", "flag", "author.name", "txet"]
    assert caught.value.problems[-1].message == "is no variable of this template; did you mean 'text'?"
    assert caught.value.problems[0].got == 'the text "x"'


def test_problems_are_bounded() -> None:
    with pytest.raises(ValuesError) as caught:
        coerce_values(VARIABLES, {"rows": [{"n": "x"}] * 5_000}, from_query=False)
    assert len(caught.value.problems) == 50


def test_what_came_is_shortened_and_keeps_secrets() -> None:
    with pytest.raises(ValuesError) as caught:
        coerce_values(
            VARIABLES,
            {"url": "ftp://user:pw@host/a?token=secret", "number": "x" * 1_000, "y" * 500: ""},
            from_query=True,
        )
    text = str([(p.got, p.name) for p in caught.value.problems])
    assert "secret" not in text
    assert "pw" not in text
    assert len(text) < 300


def test_defaults_and_required() -> None:
    manifest = read("[variables]\na = {type='text', required=true}\nb = {type='number', default=2}\nc = {type='text'}")
    assert coerce_values(manifest, {"a": "x"}, from_query=True) == {"a": "x", "b": 2}
    assert coerce_values(manifest, {"a": "", "b": ""}, from_query=True) == {"a": "", "b": 2}
    assert coerce_values(manifest, {"a": "x", "b": None, "c": None}, from_query=False) == {"a": "x", "b": 2}
    with pytest.raises(ValuesError, match="a: is required"):
        coerce_values(manifest, {"a": None}, from_query=False)


class TestCanonicalForm:
    def test_spellings_of_one_value_are_equal(self) -> None:
        forms = {
            canonical_values(coerce_values(VARIABLES, {"number": raw, "text": "a"}, from_query=False))
            for raw in (49, 49.0, "49", "49.0", "4.9e1", Decimal("49.00"))
        }
        assert forms == {b'{"number":49,"text":"a"}'}

    def test_order_does_not_matter(self) -> None:
        first = coerce_values(VARIABLES, {"shape": {"b": 1, "a": 2}, "text": "x"}, from_query=False)
        second = coerce_values(VARIABLES, {"text": "x", "shape": {"a": 2.0, "b": "1" and 1}}, from_query=False)
        assert canonical_values(first) == canonical_values(second)

    def test_types_stay_apart(self) -> None:
        forms = [canonical_values({"x": value}) for value in (1, "1", True, None, [1], Decimal("1.5"))]
        assert len(set(forms)) == len(forms)

    def test_is_json(self) -> None:
        values = coerce_values(
            VARIABLES,
            {"day": "2026-01-02", "at": "2026-07-01T10:00", "number": 0.1, "text": 'ü"\u2028'},
            from_query=False,
        )
        assert json.loads(canonical_values(values)) == {
            "at": "2026-07-01T08:00:00+00:00",
            "day": "2026-01-02",
            "number": 0.1,
            "text": 'ü"\u2028',
        }
        assert canonical_values({"x": Decimal(10) ** 30}) == b'{"x":1E+30}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*VARIABLES.variables, "other"]), JSON, max_size=5), st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_json_is_typed_or_refused(raw: dict[str, object], from_query: bool) -> None:
    try:
        values = coerce_values(VARIABLES, raw, from_query=from_query)
    except ValuesError as error:
        problems = error.problems
    else:
        text = canonical_values(values)
        assert canonical_values(coerce_values(VARIABLES, json.loads(text), from_query=False)) == text
        return
    assert problems
    assert all(problem.name and problem.message for problem in problems)
