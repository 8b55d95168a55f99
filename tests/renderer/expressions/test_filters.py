"""Every filter, by example: see filters.txt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from renderer.errors import ExpressionError, SourcePosition
from renderer.expressions import Environment, Scope, Value, compile_expression
from renderer.expressions.filters import FILTERS
from tests.renderer.expressions.case_files import Case, check, read_cases, sections
from tests.renderer.expressions.test_cases import ENVIRONMENT

BERLIN = replace(ENVIRONMENT, time_zone="Europe/Berlin")
CASES = read_cases("filters.txt")


@pytest.mark.parametrize("case", CASES, ids=[case.source for case in CASES])
def test_example(case: Case) -> None:
    check(case, {}, BERLIN)


def test_every_filter_has_examples() -> None:
    assert {definition.name for definition in FILTERS.values()} <= sections("filters.txt")


def render(source: str, environment: Environment = BERLIN, **variables: Value) -> str:
    return compile_expression(source, SourcePosition("t", 1, 1)).render(Scope(dict(variables), environment))


def test_dates_as_values() -> None:
    moment = datetime.fromisoformat("2026-03-29T01:30:00+01:00")  # half an hour before summer time begins
    assert render("(x + (y - x)) == y", x=moment, y=moment + timedelta(hours=5)) == "true"
    assert render("x - '2026-03-29' | duration", x=moment) == "1 hour, 30 minutes"
    assert render("('2026-03-30' - x) / 2 | duration", x=moment) == "10 hours, 45 minutes"
    assert render("x", x=date(2026, 3, 5)) == "2026-03-05"
    assert render("x", x=timedelta(days=1, seconds=3661)) == "P1DT1H1M1S"
    assert render("-x ~ (x - x)", x=timedelta(minutes=-2)) == "PT2MPT0S"


def test_arithmetic_of_dates_respects_summer_time() -> None:
    berlin = render("'2026-03-30' - d | duration('clock')", d=date(2026, 3, 29))
    assert berlin == "24:00:00"  # plain dates differ in whole days
    assert (
        render("e - d | duration('clock')", d=date(2026, 3, 29), e=datetime.fromisoformat("2026-03-29T22:00:00+00:00"))
        == "23:00:00"
    )


@pytest.mark.parametrize("source", ["now", "'2026-03-05' | relative"])
def test_without_a_clock(source: str) -> None:
    with pytest.raises(ExpressionError, match="given no time"):
        render(source, replace(BERLIN, now=None))
