from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.text.bidi import bidi_levels

CASES = Path(__file__).with_name("data") / "bidi_character_test.txt"
DIRECTIONS = {"0": "ltr", "1": "rtl", "2": "auto"}
# Letters, numbers, separators, brackets, marks and all formatting characters
ALPHABET = "a\u05d0\u06271\u0661+#,.:!()[]<> \t\u0300\u00ad\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_conforms_to_the_unicode_test_file() -> None:
    for line in CASES.read_text().splitlines():
        if line.startswith("#"):
            continue
        codes, direction, _, expected = line.split(";")
        text = "".join(chr(int(code, 16)) for code in codes.split())
        levels = bidi_levels(text, DIRECTIONS[direction]) or bytes(len(text))
        for level, wanted in zip(levels, expected.split(), strict=True):
            assert wanted in ("x", str(level)), line


@pytest.mark.parametrize("text", ["", "Plain text, 12.5 % (of it)", "日本語 ไทย", "e\u0301 \U0001f600"])
def test_left_to_right_text_needs_no_levels(text: str) -> None:
    assert bidi_levels(text, "ltr") is None


def test_numbers_after_hebrew_stay_in_reading_order() -> None:
    assert bidi_levels("abc שלום 123", "ltr") == bytes([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])


def test_latin_in_a_right_to_left_paragraph_is_raised() -> None:
    assert bidi_levels("abc", "rtl") == bytes([2, 2, 2])


def test_every_line_of_preformatted_text_is_a_paragraph_of_its_own() -> None:
    assert bidi_levels("א!\na!", "auto") == bytes([1, 1, 1, 0, 0])


@given(st.text(ALPHABET, max_size=40), st.sampled_from(["ltr", "rtl", "auto"]))
def test_levels_cover_the_text_and_stay_within_bounds(text: str, direction: str) -> None:
    levels = bidi_levels(text, direction)
    assert levels is None or (len(levels) == len(text) and max(levels) <= 127)
