"""Locales: from a BCP 47 tag to the data that formatting needs, looked up once per tag."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from babel import Locale, UnknownLocaleError

from renderer.errors import ExpressionError

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,6}")

_ZEROS: Final = {
    "adlm": "\U0001e950",
    "arab": "\u0660",
    "arabext": "\u06f0",
    "beng": "\u09e6",
    "cakm": "\U00011136",
    "deva": "\u0966",
    "hmnp": "\U0001e140",
    "mtei": "\uabf0",
    "mymr": "\u1040",
    "nkoo": "\u07c0",
    "olck": "\u1c50",
    "tibt": "\u0f20",
}
"""The digit zero of every numbering system that is some locale's default (CLDR numberingSystems.xml)."""

_GROUPED_LANGUAGES: Final = frozenset({"bg", "et", "hu", "it", "lv", "pl", "sl"})
_GROUPED_TERRITORIES: Final = {
    "es": frozenset({None, "EA", "ES", "GQ", "IC", "PH"}),
    "pt": frozenset({"AO", "CH", "CV", "GQ", "GW", "LU", "MO", "MZ", "PT", "ST", "TL"}),
    "ru": frozenset({"UA"}),
}
"""Languages, and territories of others, whose minimumGroupingDigits is 2 in CLDR; Babel's data leaves it out."""


class LocaleData:
    """What number formatting asks of a locale."""

    __slots__ = ("babel", "decimal", "digits", "group", "least_grouped", "minus", "percent", "plus", "tag")

    def __init__(self, tag: str, locale: Locale, numbering: str) -> None:
        self.tag = tag
        self.babel = locale
        symbols = locale.number_symbols.get(numbering) or locale.number_symbols["latn"]
        latin = locale.number_symbols["latn"]

        def symbol(name: str, fallback: str) -> str:
            return str(symbols.get(name) or latin.get(name) or fallback)

        self.decimal = symbol("decimal", ".")
        self.group = symbol("group", ",")
        self.minus = symbol("minusSign", "-")
        self.plus = symbol("plusSign", "+")
        self.percent = symbol("percentSign", "%")
        zero = _ZEROS.get(numbering)
        self.digits = {ord("0") + i: ord(zero) + i for i in range(10)} if zero else None
        late = locale.language in _GROUPED_LANGUAGES or locale.territory in _GROUPED_TERRITORIES.get(
            locale.language, ()
        )
        self.least_grouped = 5 if late else 4

    def localize(self, text: str) -> str:
        """The text with the locale's digits."""
        return text.translate(self.digits) if self.digits else text


@lru_cache(maxsize=128)
def locale_data(tag: str) -> LocaleData:
    """The data of a locale such as `de-DE` or `ar-EG-u-nu-latn`.

    An unknown region falls back to the language. Raises ExpressionError if the language has no data either.
    """
    base, _, extension = tag.replace("_", "-").partition("-u-")
    locale = _parse(base)
    if locale is None:
        raise ExpressionError(f"There is no locale {tag[:40]!r}; use a tag as `en-US` or `de-DE`.")
    wanted = re.search(r"(?:^|-)nu-([a-z]+)", extension)
    numbering = wanted[1] if wanted else locale.default_numbering_system
    return LocaleData(tag, locale, numbering if numbering in _ZEROS else "latn")


def _parse(tag: str) -> Locale | None:
    if not _TAG.fullmatch(tag):
        return None
    for candidate in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def is_known_locale(tag: str) -> bool:
    """Whether values can be formatted for a tag."""
    try:
        locale_data(tag)
    except ExpressionError:
        return False
    return True


@lru_cache(maxsize=128)
def text_direction(tag: str) -> Literal["ltr", "rtl"]:
    """The direction in which the locale's language is written. Raises ExpressionError for an unknown locale."""
    return "rtl" if locale_data(tag).babel.text_direction == "rtl" else "ltr"
