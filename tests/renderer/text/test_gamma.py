from __future__ import annotations

import pytest

from renderer.style.values import BLACK, WHITE, Color
from renderer.text.gamma import coverage_table, luminance


@pytest.mark.parametrize(("color", "expected"), [(BLACK, 0), (WHITE, 255), (Color(128, 128, 128, 0.2), 128)])
def test_luminance_of_greys_is_their_value(color: Color, expected: int) -> None:
    assert luminance(color) == expected


@pytest.mark.parametrize(
    ("level", "middle"),
    [(0, 124), (255, 143), (128, 133)],  # Chromium's screenshots: 125, 143, 134, each ± 2
)
def test_middle_coverage_as_in_chromium(level: int, middle: int) -> None:
    assert coverage_table(level)[128] == pytest.approx(middle, abs=3)


@pytest.mark.parametrize("level", range(0, 256, 15))
def test_tables_keep_the_ends_and_the_order(level: int) -> None:
    table = coverage_table(level)
    assert (len(table), table[0], table[255]) == (256, 0, 255)
    assert list(table) == sorted(table)
