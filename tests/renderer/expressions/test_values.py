"""Data from outside on its way into the language, and printing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from renderer.errors import LimitError, ValuesError
from renderer.expressions import Value, from_json, normalize, to_text


def test_numbers_keep_their_decimal_digits() -> None:
    value = from_json('{"a": 44.1, "b": 1e2, "c": [0.10], "d": 12345678901234567890}')
    assert value == {"a": Decimal("44.1"), "b": 100, "c": [Decimal("0.1")], "d": 12345678901234567890}
    assert normalize(44.1) == Decimal("44.1")
    assert type(normalize(3.0)) is int
    assert normalize((1, 2)) == [1, 2]
    assert normalize(True) is True


def test_dates() -> None:
    assert normalize(datetime(2026, 3, 5)) == datetime(2026, 3, 5, tzinfo=UTC)
    assert normalize(date(2026, 3, 5)) == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        ({"a": [1, float("nan")]}, "stats.a[1]", "no number that can be shown"),
        (float("inf"), "stats", "no number that can be shown"),
        (10**400, "stats", "no number that can be shown"),
        ({"a": {"b": b"x"}}, "stats.a.b", "type that templates do not know"),
        ({1: 2}, "stats", "key that is no text"),
        (object(), "stats", "type that templates do not know"),
    ],
)
def test_what_has_no_place_among_values(value: object, name: str, message: str) -> None:
    with pytest.raises(ValuesError) as caught:
        normalize(value, "stats")
    assert caught.value.problems[0].name == name
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "1e999999", "{'a': 1}", "[" * 100_000, "9" * 5000, "1e" + "9" * 30]
)
def test_broken_json(text: str) -> None:
    with pytest.raises(ValuesError):
        from_json(text, "stats")


def test_exponents_that_no_decimal_has() -> None:
    assert from_json(f"[1e-{'9' * 30}, 0e{'9' * 30}]") == [0, 0]


def test_depth_and_size_are_limited() -> None:
    nested: Value = []
    for _ in range(80):
        nested = [nested]
    with pytest.raises(ValuesError, match="nested too deeply"):
        normalize(nested)
    with pytest.raises(LimitError, match="more than 100000 values"):
        normalize([0] * 100_001)


def test_halves_of_surrogate_pairs_become_replacement_characters() -> None:
    assert from_json('"a\\ud83d"') == "a\ufffd"
    assert from_json('"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("44.099999999999994"), "44.1"),
        (Decimal("0.30000000000000004"), "0.3"),
        (Decimal("1234567890123.456"), "1234567890123.46"),
        (Decimal("123456789012345678.99"), "123456789012345678.99"),
        (Decimal("1E+3"), "1000"),
        (Decimal("9.9999999999999999E+30"), "1e31"),
        (Decimal("0.00000099999999999999999"), "1e-6"),
        (Decimal("-0.0"), "0"),
        (Decimal("-1.50"), "-1.5"),
        ([None, {"a": Decimal("1.0")}], '[null,{"a":1}]'),
        (datetime(2026, 3, 5, 14, 7, tzinfo=UTC), "2026-03-05T14:07:00+00:00"),
    ],
)
def test_printing(value: Value, text: str) -> None:
    assert to_text(value) == text
