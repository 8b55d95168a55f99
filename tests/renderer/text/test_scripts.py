from __future__ import annotations

import pytest

from renderer.text.scripts import is_plain, script_runs


def cut(text: str, start: int = 0) -> list[tuple[str, str]]:
    return [
        (text[run.start : run.end], "emoji" if run.emoji else run.script) for run in script_runs(text, start, len(text))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("(hello) 12", [("(hello) 12", "Latn")]),
        ("12 привет abc", [("12 привет ", "Cyrl"), ("abc", "Latn")]),
        ("日本語のカナー", [("日本語", "Hani"), ("のカナー", "Kana")]),
        ("e\u0301א\u0301", [("e\u0301", "Latn"), ("א\u0301", "Hebr")]),
        ("a \U0001f600\U0001f601 b", [("a ", "Latn"), ("\U0001f600\U0001f601", "emoji"), (" b", "Latn")]),
        ("\u260e\ufe0e\u260e\ufe0f", [("\u260e\ufe0e", "Zyyy"), ("\u260e\ufe0f", "emoji")]),
        ("#1\ufe0f\u20e31", [("#", "Zyyy"), ("1\ufe0f\u20e3", "emoji"), ("1", "Zyyy")]),
        ("\U0001f1e9\U0001f1ea\U0001f1eb", [("\U0001f1e9\U0001f1ea", "emoji"), ("\U0001f1eb", "Zyyy")]),
        ("!?", [("!?", "Zyyy")]),
        ("١٢", [("١٢", "Arab")]),
    ],
)
def test_runs(text: str, expected: list[tuple[str, str]]) -> None:
    assert cut(text) == expected


def test_what_stands_before_decides_for_numbers() -> None:
    assert cut("مرحبا 12", 6) == [("12", "Arab")]


@pytest.mark.parametrize(
    ("text", "plain"), [("It’s 5 €", True), ("naïve", True), ("é\u0301", False), ("\u00a9", False)]
)
def test_plain_text(text: str, plain: bool) -> None:
    assert is_plain(text) is plain
