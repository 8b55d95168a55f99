from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.template.pattern import Pattern, PatternError

MATCHES = [
    ("[A-Z]{2}-\\d{3,5}", ["DE-123", "FR-12345"], ["DE-12", "de-123", "DE-123456", ""]),
    ("a*b?c+", ["c", "abc", "aaacc", "bcc"], ["", "ab", "abbc"]),
    ("^[^<>]*$", ["", "hello"], ["<b>"]),
    ("\\w+@\\w+\\.\\w{2,}", ["a@b.de"], ["a@b.d", "@b.de"]),
    (".{3}", ["äöü"], ["a\nb", "ab"]),
    ("[\\d,-]+", ["1,2-3"], ["1.2"]),
    ("x{0}y", ["y"], ["xy"]),
    ("a{2,}", ["aa", "aaaa"], ["a"]),
    ("[.\\]]+", [".]."], ["a"]),
]


@pytest.mark.parametrize(("pattern", "good", "bad"), MATCHES)
def test_matches(pattern: str, good: list[str], bad: list[str]) -> None:
    compiled = Pattern(pattern)
    assert [text for text in good if not compiled.matches(text)] == []
    assert [text for text in bad if compiled.matches(text)] == []


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "a|b", "(?=x)", "\\1", "\\b", "[z-a]", "[", "a**", "*", "a{5,2}", "a{9999}", "[a-z]{300}{2}", "]"],
)
def test_what_is_not_offered(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


def test_what_backtracks_elsewhere_is_linear_here() -> None:
    assert not Pattern("a*" * 200 + "b").matches("a" * 20_000)


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w"])
REPEATS = st.sampled_from(["", "?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}"])


@given(
    st.lists(st.tuples(ATOMS, REPEATS).map("".join), min_size=1, max_size=5).map("".join), st.text("ab1-", max_size=8)
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_agrees_with_regular_expressions(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == bool(re.fullmatch(pattern, text))
