"""Every case agrees with the stored answers of Chromium: boxes within a pixel, pictures alike."""

from __future__ import annotations

import pytest

from tests.fidelity.answers import ANSWERS
from tests.fidelity.cases import Case, all_cases
from tests.fidelity.comparison import compare_case, known_differences

NAMES = {case.name for case in all_cases()}


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_shows_what_chromium_shows(case: Case) -> None:
    comparison = compare_case(case)
    assert not comparison.problems, "\n".join(comparison.problems)


def test_known_differences_and_answers_belong_to_cases() -> None:
    assert known_differences().keys() <= NAMES
    assert {str(path.relative_to(ANSWERS).with_suffix("")) for path in ANSWERS.rglob("*.*")} == NAMES


def test_there_are_enough_cases() -> None:
    assert len(NAMES) >= 150
