"""Numbers, percentages and currencies (Unicode Technical Standard 35, part 3).

Babel parses the patterns; applying them is done here, because its own way leaves out the locale's digits and minus
sign, minimum grouping and the space between a currency code and a number, and works in the ambient decimal context.
Halves are rounded away from zero, as prices are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from babel.core import get_global
from babel.numbers import NumberPattern, get_currency_precision, parse_pattern

from renderer.errors import ExpressionError
from renderer.expressions.cldr.locales import LocaleData, locale_data
from renderer.expressions.cldr.plurals import plural_category
from renderer.expressions.runtime.arithmetic import Number, quantize, shift

CurrencyDisplay = Literal["symbol", "code", "name"]

_MOST_PLACES = 20
_QUOTED = re.compile("'([^']*)'")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """A pattern resolved for one locale (and currency): what stands around the digits, and how those are grouped."""

    locale: LocaleData
    prefixes: tuple[str, str]  # of numbers that are not negative, and of negative ones
    suffixes: tuple[str, str]
    grouping: tuple[int, int]  # sizes of the last group and of those before it
    least: int  # decimal places
    most: int
    scale: int = 0  # power of ten by which a percentage is multiplied
    least_grouped: int = 4  # digits from which on groups are separated

    def format(self, number: Number, least: int | None = None, most: int | None = None, group: bool = True) -> str:
        """The number as text, with other numbers of decimal places if they are given."""
        least = self.least if least is None else least
        most = max(least, self.most if most is None else most)
        whole, fraction, negative = _rounded(number, self.scale, least, most)
        if group and len(whole) >= self.least_grouped:
            whole = self._grouped(whole)
        digits = whole + self.locale.decimal + fraction if fraction else whole
        return self.prefixes[negative] + self.locale.localize(digits) + self.suffixes[negative]

    def _grouped(self, whole: str) -> str:
        size, further = self.grouping
        groups: list[str] = []
        while len(whole) > size:
            groups.append(whole[-size:])
            whole = whole[:-size]
            size = further
        return self.locale.group.join([whole, *reversed(groups)])


def _rounded(number: Number, scale: int, least: int, most: int) -> tuple[str, str, bool]:
    """Digits before and after the decimal point, and whether the rounded number is negative."""
    if isinstance(number, int) and not scale:
        return str(abs(number)), "0" * least, number < 0
    rounded = quantize(shift(number, scale), min(most, _MOST_PLACES))
    whole, _, fraction = f"{rounded:f}".lstrip("-").partition(".")
    if most > least:
        fraction = fraction.rstrip("0").ljust(least, "0")
    return whole, fraction, rounded < 0


def style_of(locale: LocaleData, pattern: NumberPattern, symbol: str = "", places: int | None = None) -> NumberStyle:
    """A parsed pattern resolved for a locale, a currency symbol and a fixed number of decimal places, if any."""

    def affix(text: str, is_prefix: bool) -> str:
        return _affix(locale, text, symbol, is_prefix)

    return NumberStyle(
        locale,
        (affix(pattern.prefix[0], True), affix(pattern.prefix[1], True)),
        (affix(pattern.suffix[0], False), affix(pattern.suffix[1], False)),
        pattern.grouping,
        pattern.frac_prec[0] if places is None else places,
        pattern.frac_prec[1] if places is None else places,
        pattern.scale,
        max(locale.least_grouped, pattern.grouping[0] + locale.least_grouped - 3),
    )


def _affix(locale: LocaleData, text: str, symbol: str, is_prefix: bool) -> str:
    """A pattern's prefix or suffix with its placeholders filled in."""
    signs = {"-": locale.minus, "+": locale.plus, "%": locale.percent}
    text = "".join(signs.get(character, character) for character in text)
    text = _QUOTED.sub(lambda quoted: quoted[1] or "'", text)
    if "¤" not in text:
        return text
    # Currency spacing: a symbol that would meet the digits with a letter is kept apart from them.
    edge = symbol[-1:] if is_prefix else symbol[:1]
    touches = text.endswith("¤") if is_prefix else text.startswith("¤")
    if touches and edge and unicodedata.category(edge)[0] not in "SZ":
        symbol = symbol + "\u00a0" if is_prefix else "\u00a0" + symbol
    return re.sub("¤+", symbol.replace("\\", r"\\"), text)


@lru_cache(maxsize=128)
def decimal_style(tag: str) -> NumberStyle:
    """Plain numbers of a locale: `1,234.568`."""
    locale = locale_data(tag)
    return style_of(locale, locale.babel.decimal_formats[None])


@lru_cache(maxsize=128)
def percent_style(tag: str) -> NumberStyle:
    """Percentages of a locale: 0.25 is `25%`."""
    locale = locale_data(tag)
    return style_of(locale, locale.babel.percent_formats[None])


@lru_cache(maxsize=128)
def pattern_style(tag: str, pattern: str) -> NumberStyle:
    """A number pattern of the caller's own, such as `#,##0.00` or `00`. Raises ExpressionError."""
    if len(pattern) > 60 or "E" in _QUOTED.sub("", pattern) or "@" in pattern:
        raise ExpressionError(f"{pattern[:60]!r} is no number pattern; write one as `#,##0.00`.")
    try:
        parsed = parse_pattern(pattern)
    except ValueError:
        raise ExpressionError(f"{pattern!r} is no number pattern; write one as `#,##0.00`.") from None
    return style_of(locale_data(tag), parsed)


@lru_cache(maxsize=256)
def currency_style(tag: str, code: str, display: CurrencyDisplay = "symbol", accounting: bool = False) -> NumberStyle:
    """Amounts of a currency by its ISO 4217 code. Raises ExpressionError for an unknown code."""
    places = currency_places(code)
    locale = locale_data(tag)
    if display == "name":
        return style_of(locale, locale.babel.decimal_formats[None], places=places)
    symbol = code if display == "code" else currency_symbol(locale, code)
    pattern = locale.babel.currency_formats["accounting" if accounting else "standard"]
    return style_of(locale, pattern, symbol, places)


def currency_places(code: str) -> int:
    """Decimal places of a currency. Raises ExpressionError for an unknown code."""
    if code not in get_global("all_currencies"):
        raise ExpressionError(f"There is no currency {code[:20]!r}; use an ISO 4217 code as `USD` or `EUR`.")
    return get_currency_precision(code)


def currency_symbol(locale: LocaleData, code: str) -> str:
    """The locale's symbol of a currency, or its code if there is none."""
    return str(locale.babel.currency_symbols.get(code, code))


def with_currency_name(tag: str, code: str, number: Number, formatted: str) -> str:
    """A formatted amount with the currency's name, in the form that goes with the number."""
    locale = locale_data(tag)
    category = plural_category(locale, number)
    patterns = locale.babel._data["currency_unit_patterns"]
    names = locale.babel._data["currency_names_plural"].get(code, {})
    name = names.get(category) or names.get("other") or locale.babel.currencies.get(code, code)
    return str(patterns.get(category) or patterns["other"]).replace("{0}", formatted).replace("{1}", name)
