"""Answers of APIs brought into the form that the manifest declares."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from renderer import coerce_data, select_data
from renderer.errors import LimitError, ValuesError
from renderer.expressions import Value, from_json
from renderer.template import Binding, bundle_from_files
from renderer.template.manifest import read_manifest

STATS = """
type = "object"
[bindings.stats.fields.at]
type = "datetime"
[bindings.stats.fields.page]
type = "integer"
default = 1
[bindings.stats.fields.items]
type = "list"
required = true
[bindings.stats.fields.items.items]
type = "object"
fields = { price = { type = "number", required = true, min = 0 }, tags = { type = "list", items = "text" } }
"""


def stats(text: str = STATS) -> Binding:
    manifest = f"[bindings.stats]\nurl = 'https://h.example'\n{text}"
    return read_manifest(bundle_from_files("card", {"template.toml": manifest.encode()})).bindings["stats"]


def problems(binding: Binding, data: object) -> list[tuple[str, str]]:
    with pytest.raises(ValuesError) as caught:
        coerce_data(binding, data, "UTC")
    return [(problem.name, problem.message) for problem in caught.value.problems]


def test_types_and_further_fields() -> None:
    answer = from_json(
        '{"at": "2026-01-01T12:00:00", "items": [{"price": "1.50", "sku": 7, "tags": [null, "\\u0007a"]}], "next": {}}'
    )
    assert coerce_data(stats(), answer, "America/New_York") == {
        "at": datetime(2026, 1, 1, 17, tzinfo=UTC),
        "page": 1,
        "items": [{"price": Decimal("1.5"), "tags": [None, "a"]}],
    }


def test_problems_have_their_paths() -> None:
    answer = {"items": [{"price": 1}, {"price": -1}, {}, 5, {"price": 1, "tags": "x"}], "page": 1.5}
    assert problems(stats(), answer) == [
        ("stats.page", "is not a whole number"),
        ("stats.items[1].price", "is too small"),
        ("stats.items[2].price", "is required"),
        ("stats.items[3]", "is not an object"),
        ("stats.items[4].tags", "is not a list"),
    ]
    assert problems(stats(), {}) == [("stats.items", "is required")]
    assert problems(stats(), None) == [("stats", "is not an object")]
    assert problems(stats("type = 'number'"), None) == [("stats", "is not a number")]
    assert problems(stats("type = 'list'\nitems = { type = 'text', required = true }"), ["a", None]) == [
        ("stats[1]", "is not a text")
    ]


def test_size_is_bounded() -> None:
    grid = stats("type = 'list'\nitems = { type = 'list', items = 'integer' }")
    assert "stats: has 10001 items" in str(refusal(grid, [[]] * 10_001))
    assert ": is one of more than 100,000 values" in str(refusal(grid, [[1] * 10_000] * 11))
    with pytest.raises(LimitError, match="more than 100000 values"):
        coerce_data(stats(""), [1] * 100_001, "UTC")


def refusal(binding: Binding, data: object) -> ValuesError:
    with pytest.raises(ValuesError) as caught:
        coerce_data(binding, data, "UTC")
    assert len(caught.value.problems) <= 50
    return caught.value


def test_without_a_schema_anything_that_is_data() -> None:
    assert coerce_data(stats(""), {"a\0": [0.1, "\x07b", None]}, "UTC") == {"a": [Decimal("0.1"), "b", None]}
    assert problems(stats(""), {"a": [float("nan")]}) == [("stats.a[0]", "is no number that can be shown")]
    assert problems(stats(""), {"a": b""})[0][0] == "stats.a"


@pytest.mark.parametrize(
    ("select", "found"),
    [("", {"a": [{"b": 1}], "c": None}), ("a[0].b", 1), ("c", None), ("a", [{"b": 1}])],
)
def test_selecting(select: str, found: Value) -> None:
    assert select_data(stats(f"select = '{select}'"), {"a": [{"b": 1}], "c": None}) == found


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("a[1].b", "has nothing at a[1]: a is a list of 1 item"),
        ("a.b", "has nothing at a.b: a is a list of 1 item"),
        ("x.b", "has nothing at x: the answer is an object"),
        ("[0]", "has nothing at [0]: the answer is an object"),
        ("c.d.e", "has nothing at c.d: c is null"),
    ],
)
def test_a_step_that_is_missing(select: str, message: str) -> None:
    with pytest.raises(ValuesError) as caught:
        select_data(stats(f"select = '{select}'"), {"a": [{"b": 1}], "c": None})
    assert [(problem.name, problem.message) for problem in caught.value.problems] == [("stats", message)]
