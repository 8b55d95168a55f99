"""The characters that a locale's texts are written with."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from babel import Locale

from renderer.expressions.cldr.locales import locale_data


def sample_text(tag: str) -> str:
    """Words of a locale with nearly all of its letters: CLDR's names of months, days, languages and territories.

    In the cases in which they occur, with the locale's own digits. Raises ExpressionError for an unknown locale.
    """
    data = locale_data(tag)
    words = [word for word in _names(data.babel) if word]
    text = " ".join([*words, *(word.upper() for word in words), data.localize("0123456789")])
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _names(locale: Locale) -> Iterator[str]:
    for table in (locale.months["format"]["wide"], locale.days["format"]["wide"], locale.languages, locale.territories):
        yield from map(str, table.values())
    # Some dates have characters that no name has, such as 年.
    yield from (str(pattern.pattern) for pattern in locale.date_formats.values())
