"""Strings in many languages."""

from __future__ import annotations

import tomllib

import pytest

from renderer.errors import ManifestError, SourcePosition
from renderer.expressions import Environment, Scope, compile_expression, strings_for

TABLES = tomllib.loads("""
[en]
sold_out = "Sold out"
greeting = "Hello, {name}! It costs {price}."
left = { one = "# seat left", other = "# seats left" }
[en.cart]
empty = "Nothing here"
[de]
sold_out = "Ausverkauft"
[de-AT]
sold_out = "Leider aus"
[pl.left]
one = "# miejsce"
few = "# miejsca"
many = "# miejsc"
other = "# miejsca"
""")


def render(source: str, locale: str) -> str:
    environment = Environment(locale, strings=strings_for(TABLES, locale))
    return compile_expression(source, SourcePosition("t", 1, 1)).render(Scope({"seats": 5}, environment))


def test_the_nearest_table_wins() -> None:
    assert [render("t('sold_out')", locale) for locale in ("de-AT", "de-CH", "fr", "en-US")] == [
        "Leider aus",
        "Ausverkauft",
        "Sold out",
        "Sold out",
    ]


def test_groups_places_and_plurals() -> None:
    assert render("t('cart.empty')", "de") == "Nothing here"
    assert render("t('greeting', name='Ada', price=44.1 | currency)", "en") == "Hello, Ada! It costs $44.10."
    assert [render(f"t('left', count={n})", "pl") for n in (1, 2, 5)] == ["1 miejsce", "2 miejsca", "5 miejsc"]
    assert render("seats | plural(one='a', other='b') | upper", "en") == "B"


@pytest.mark.parametrize(
    "table", [{"en": "x"}, {"en": {"a": 5}}, {"en": {"a": {"one": "x"}}}, {"en": {"a": {"other": 1}}}]
)
def test_broken_tables(table: dict[str, object]) -> None:
    with pytest.raises(ManifestError, match=r"strings\.toml"):
        strings_for(table, "en")
