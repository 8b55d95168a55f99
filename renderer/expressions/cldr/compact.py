"""Compact numbers: 1.2K, 1,5 Mio. € (Unicode Technical Standard 35, part 3, section 2.4.2)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from babel.numbers import NumberPattern

from renderer.expressions.cldr.locales import locale_data
from renderer.expressions.cldr.numbers import NumberStyle, currency_style, currency_symbol, decimal_style, style_of
from renderer.expressions.cldr.plurals import plural_category
from renderer.expressions.runtime.arithmetic import Number, magnitude, plain, quantize, shift

_SMALLEST, _LARGEST = 3, 14  # powers of ten that have patterns


def format_compact(
    tag: str, number: Number, width: str = "short", places: int | None = None, currency: str = ""
) -> str:
    """The number in thousands, millions … of the locale, `width` "short" or "long"; an amount of a currency if given.

    Without `places` it keeps two significant digits, or all of its whole part if that has more, as ICU does.
    """
    size = shift(magnitude(number), 0)
    power, shown = 0, places or 0
    for _ in range(2):  # a second time if rounding carries it over to the next magnitude: 999,999 is 1M
        exponent = size.adjusted() if size else 0
        power = _divisor(tag, width, currency, exponent)
        scaled = shift(size, -power)
        shown = max(0, 1 - scaled.adjusted()) if places is None and scaled else places or 0
        size = shift(quantize(scaled, shown), power)
        if not size or size.adjusted() <= exponent:
            break
    rounded = plain(shift(size, -power))
    category = plural_category(locale_data(tag), rounded)
    _, style = _compact_style(tag, width, currency, category, size.adjusted() if size else 0)
    return style.format(-rounded if number < 0 else rounded, 0, shown)


def _divisor(tag: str, width: str, currency: str, exponent: int) -> int:
    return _compact_style(tag, width, currency, "other", exponent)[0]


@lru_cache(maxsize=512)
def _compact_style(tag: str, width: str, currency: str, category: str, exponent: int) -> tuple[int, NumberStyle]:
    """By which power of ten a number of that magnitude is divided, and how the quotient is formatted."""
    base = currency_style(tag, currency) if currency else decimal_style(tag)
    base = replace(base, least_grouped=base.grouping[0] + 2)
    if exponent < _SMALLEST:
        return 0, base
    locale = locale_data(tag)
    formats = locale.babel.compact_currency_formats if currency else locale.babel.compact_decimal_formats
    patterns = formats.get(width) or formats["short"]
    magnitude_key = str(10 ** min(exponent, _LARGEST))
    pattern: NumberPattern = (patterns.get(category) or patterns["other"])[magnitude_key]
    zeros = (pattern.number_pattern or "0").count("0")
    if pattern.pattern.strip("¤\u00a0\u200f") == "0":
        return 0, base
    style = style_of(locale, pattern, currency_symbol(locale, currency) if currency else "")
    power = min(exponent, _LARGEST) - zeros + 1
    return power, replace(style, grouping=base.grouping, least_grouped=base.least_grouped)
