"""docs/expressions.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from renderer.expressions.filters import FILTERS
from renderer.expressions.grammar import BINARY, LADDER
from renderer.expressions.reference import GROUPS, reference

PAGE = Path(__file__).parents[3] / "docs" / "expressions.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `python -m renderer.expressions.reference`"


def test_the_page_names_every_filter_and_operator() -> None:
    page = reference()
    for definition in FILTERS.values():
        assert f"**`{definition.signature}`**" in page
        assert definition.group in GROUPS
    spelled = " ".join(form for _, forms, _ in LADDER for form in forms)
    assert all(f" {symbol} " in spelled for symbol in BINARY)
