from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.text.breaking import graphemes, line_breaks

CHROMIUM = json.loads((Path(__file__).with_name("data") / "line_breaks.json").read_text())
PRINTABLE = [chr(code) for code in range(0x21, 0x7F)]


def pieces(text: str, language: str = "", line_break: str = "auto", word_break: str = "normal") -> list[str]:
    bounds = [0, *sorted(line_breaks(text, language, line_break, word_break)), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def clusters(text: str) -> list[str]:
    bounds = [*graphemes(text), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize(("text", "expected"), CHROMIUM["samples"])
def test_breaks_where_chromium_breaks(text: str, expected: list[int]) -> None:
    assert sorted(line_breaks(text, "", "auto", "normal")) == expected


def test_breaks_between_ascii_pairs_where_chromium_breaks() -> None:
    for first, allowed in CHROMIUM["pairs"].items():
        found = "".join(second for second in PRINTABLE if 2 in line_breaks(f"a{first}{second}b", "", "auto", "normal"))
        assert found == allowed, first


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("two  words", {}, ["two  ", "words"]),
        ("a )", {}, ["a ", ")"]),
        ("สวัสดีชาวโลก", {}, ["สวัสดี", "ชาว", "โลก"]),
        ("သည်မြန်မာ", {}, ["သည်", "မြန်မာ"]),
        ("カッター", {"line_break": "strict"}, ["カッ", "ター"]),
        ("カッター", {"line_break": "normal", "language": "ja"}, ["カ", "ッ", "タ", "ー"]),
        ("日本語です。", {"word_break": "keep-all"}, ["日本語です。"]),
        ("한국어 텍스트", {"word_break": "keep-all"}, ["한국어 ", "텍스트"]),
        ("abc 12", {"word_break": "break-all"}, ["a", "b", "c ", "1", "2"]),
        ("ab-c", {"line_break": "anywhere"}, ["a", "b", "-", "c"]),
        (
            "x\U0001f600y \U0001f468\u200d\U0001f469 z",
            {},
            ["x", "\U0001f600", "y ", "\U0001f468\u200d\U0001f469 ", "z"],
        ),
        ("a\ud800b c", {}, ["a\ud800b ", "c"]),
        ("a\0b", {}, ["a\0b"]),
        ("", {}, [""]),
    ],
)
def test_pieces(text: str, arguments: dict[str, str], expected: list[str]) -> None:
    assert pieces(text, **arguments) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["a", "e\u0301", "o"],
        ["\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "x"],
        ["\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"],
        ["1\ufe0f\u20e3", "2"],
        ["\U0001f44d\U0001f3fd", "!"],
        ["\r\n", "a"],
        ["क्षि", "त"],
        ["กำ", "า"][:1],
        ["\u0301\u0302\u0303"],
        ["\ud800", "\udc00"],
        ["\0", "a"],
    ],
)
def test_graphemes(expected: list[str]) -> None:
    assert clusters("".join(expected)) == expected


SAMPLES = st.text(
    st.sampled_from("ab1 -/.,?(\n\u00a0é日っ。ไทก็ม\u0301\u200d\u200b\ufe0f\U0001f600\U0001f468\U0001f1e9\ud800\0"),
    max_size=30,
)


@given(SAMPLES, st.sampled_from(["", "ja", "th"]), st.sampled_from(["auto", "strict", "anywhere"]))
def test_lines_never_break_at_the_ends_or_inside_a_cluster(text: str, language: str, line_break: str) -> None:
    found = line_breaks(text, language, line_break, "normal")
    assert all(0 < index < len(text) for index in found)
    after_space = {index for index in found if text[index - 1] in " \n"}
    assert found - after_space <= set(graphemes(text))


@given(SAMPLES)
def test_clusters_make_up_the_text(text: str) -> None:
    found = graphemes(text)
    assert found == sorted(set(found))
    assert "".join(clusters(text)) == text
    assert found[:1] == ([0] if text else [])
