"""Plural categories of numbers (Unicode Technical Standard 35, part 3, section 5)."""

from __future__ import annotations

from decimal import Decimal

from renderer.expressions.cldr.locales import LocaleData
from renderer.expressions.runtime.arithmetic import Number, magnitude, plain


def plural_category(locale: LocaleData, number: Number) -> str:
    """zero, one, two, few, many or other: the form that goes with a number as it prints, without trailing zeros."""
    size = magnitude(number)
    if isinstance(size, Decimal):
        size = plain(size.normalize())
    return str(locale.babel.plural_form(size))
