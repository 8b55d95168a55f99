"""Characters as a reader sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_clusters

from renderer.expressions.runtime.graphemes import graphemes

# One or more characters of every class that the rules of UAX 29 tell apart.
ALPHABET = "ab\r\n\t\u00ad\u0301\u200d\u200c👩👧💻☎\ufe0f🏽🇩🇪🇫क\u094dष\u093f\u0bbf\u1100\u1161\u11a8각가\u0600\u0903漢"


@given(st.text(ALPHABET, max_size=12) | st.text(max_size=12))
def test_agrees_with_the_reference_implementation(text: str) -> None:
    assert graphemes(text) == list(grapheme_clusters(text))


@given(st.text(ALPHABET, max_size=12), st.integers(0, 14))
def test_the_first_few(text: str, most: int) -> None:
    assert graphemes(text, most) == graphemes(text)[:most]


@pytest.mark.parametrize("text", ["क\u094d" * 50_000, "👩" + "\u0301" * 100_000, "\u0600" * 100_000, "🇩" * 99_999])
def test_long_runs(text: str) -> None:
    assert "".join(graphemes(text)) == text
