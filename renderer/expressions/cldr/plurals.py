"""Plural categories of numbers (Unicode Technical Standard 35, part 3, section 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from renderer.expressions.cldr.locales import LocaleData
from renderer.expressions.runtime.arithmetic import Number, magnitude, plain, without_zeros

_LARGE: Final = 10**15


def plural_category(locale: LocaleData, number: Number) -> str:
    """zero, one, two, few, many or other: the form that goes with a number as it prints, without trailing zeros."""
    size = magnitude(number)
    if size >= _LARGE:
        # No rule looks at more than the last digits, and Babel computes with 28 of them.
        size = _LARGE + int(size) % _LARGE
    if isinstance(size, Decimal):
        size = plain(without_zeros(size))
    return str(locale.babel.plural_form(size))
