from __future__ import annotations

import pytest

from renderer.text.han_kerning import halved


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("\u300c\u732b\u300d\u3002\u300c\u732b\u300d", "ja", [2, 3]),  # a closing one gives way to what follows
        ("\u300c\u300e\u732b", "", [1]),  # an opening one to another before it
        ("\u30fb\u300c\u732b\u3001", "", [1]),
        ("\u732b\u3002\u300c", "zh-Hans", [1]),
        ("\u732b\u3002\u300c", "zh-Hant", [2]),  # there full stops stand in the middle
        ("\u732b\u3002\u732b", "", []),
    ],
)
def test_one_of_two_neighbours_is_halved(text: str, language: str, expected: list[int]) -> None:
    assert halved(text, 0, len(text), language, None) == expected


def test_neighbours_outside_count_but_are_left_alone() -> None:
    text = "\u300d\u3002\u300c"
    assert [halved(text, start, start + 1, "", None) for start in range(3)] == [[0], [1], []]


def test_who_chooses_widths_gets_no_others() -> None:
    assert halved("\u300d\u3002", 0, 2, "", {"palt": 1}) == []
