"""The grammar, case by case: see cases.txt."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from renderer.expressions import Environment, from_json
from tests.renderer.expressions.case_files import Case, check, read_cases

ENVIRONMENT = Environment(
    now=datetime(2026, 3, 5, 14, 7, 9, tzinfo=UTC),
    strings={
        "sold_out": "Sold out",
        "hello": "Hello, {name}!",
        "left": {"one": "# seat left", "other": "# seats left"},
    },
)
SHARED = """{
  "price": 49, "noisy": 44.099999999999994, "tags": ["red", "green", "blue"], "matrix": [[1, 2], [3, 4]],
  "user": {"name": "Ada Lovelace", "address": {"city": null}, "and": "conjunction"},
  "items": [{"name": "pen", "price": 10, "count": 3}, {"name": "ink", "price": 20, "count": 2}]
}"""
CASES = read_cases("cases.txt")


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 200


@pytest.mark.parametrize("case", CASES, ids=[case.source for case in CASES])
def test_case(case: Case) -> None:
    shared = from_json(SHARED)
    assert isinstance(shared, dict)
    check(case, shared, ENVIRONMENT)
