"""Filters that round numbers and format them for the locale."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR

from renderer.errors import ExpressionError
from renderer.expressions.cldr.compact import format_compact
from renderer.expressions.cldr.locales import locale_data
from renderer.expressions.cldr.numbers import (
    NumberStyle,
    currency_style,
    decimal_style,
    pattern_style,
    percent_style,
    with_currency_name,
)
from renderer.expressions.cldr.plurals import plural_category
from renderer.expressions.filters.registry import register
from renderer.expressions.runtime.arithmetic import Number, magnitude, plain, quantize
from renderer.expressions.runtime.scope import Environment
from renderer.expressions.runtime.values import number_in

_MOST_PLACES = 20


def _checked_places(name: str, places: int, least: int = 0) -> int:
    if not least <= places <= _MOST_PLACES:
        raise ExpressionError(f"`{name}` needs {least} to {_MOST_PLACES} decimal places, but got {places}.")
    return places


@register("Numbers", "2.345 | round(2)", name="round")
def round_half_up(value: Number, places: int = 0) -> Number:
    """Rounded to decimal places, halves away from zero; negative `places` round to tens, hundreds …"""
    return plain(quantize(value, _checked_places("round", places, -_MOST_PLACES)))


@register("Numbers", "2.9 | floor")
def floor(value: Number) -> Number:
    """The largest whole number that is not larger."""
    return plain(quantize(value, 0, ROUND_FLOOR))


@register("Numbers", "2.1 | ceil")
def ceil(value: Number) -> Number:
    """The smallest whole number that is not smaller."""
    return plain(quantize(value, 0, ROUND_CEILING))


@register("Numbers", "-5 | abs", name="abs")
def absolute(value: Number) -> Number:
    """The number without its sign."""
    return magnitude(value)


@register("Numbers", "15 | clamp(0, 10)")
def clamp(value: Number, least: Number, most: Number) -> Number:
    """The number, but not below `least` and not above `most`."""
    return max(least, min(value, most))


@register("Numbers", '"12.50" | to_number')
def to_number(value: str) -> Number | None:
    """The number that a text spells in plain notation; null if it spells none."""
    return number_in(value)


@register("Numbers", "1234567.891 | number", cost=10)
def number(
    environment: Environment,
    value: Number,
    decimals: int | None = None,
    group: bool = True,
    pattern: str | None = None,
) -> str:
    """In the locale's notation, with up to three decimal places, or exactly `decimals`, or by a CLDR `pattern`."""
    style = decimal_style(environment.locale) if pattern is None else pattern_style(environment.locale, pattern)
    return _fixed(style, value, decimals, "number", group)


@register("Numbers", "0.256 | percent", cost=10)
def percent(environment: Environment, value: Number, decimals: int = 0) -> str:
    """As a percentage: 0.25 is 25%."""
    return _fixed(percent_style(environment.locale), value, decimals, "percent")


@register("Numbers", '1234.5 | currency("EUR")', aliases=["money"], cost=10)
def currency(
    environment: Environment,
    value: Number,
    code: str | None = None,
    decimals: int | None = None,
    display: str = "symbol",
    whole: bool = False,
) -> str:
    """As an amount of money, in the template's currency unless an ISO 4217 `code` is given.

    `display` is "symbol", "code", "name" or "accounting" (negative amounts in parentheses, where that is the custom);
    `whole=true` drops the decimal places of whole amounts.
    """
    tag, code = environment.locale, (code or environment.currency).upper()
    decimals = 0 if whole and value == int(value) else decimals
    match display:
        case "symbol" | "accounting":
            return _fixed(currency_style(tag, code, "symbol", display == "accounting"), value, decimals, "currency")
        case "code":
            return _fixed(currency_style(tag, code, "code"), value, decimals, "currency")
        case "name":
            return with_currency_name(
                tag, code, value, _fixed(currency_style(tag, code, "name"), value, decimals, "currency")
            )
        case _:
            raise ExpressionError(f'`currency` shows "symbol", "code", "name" or "accounting", but got "{display}".')


def _fixed(style: NumberStyle, value: Number, decimals: int | None, name: str, group: bool = True) -> str:
    places = None if decimals is None else _checked_places(name, decimals)
    return style.format(value, places, places, group)


@register("Numbers", "1234567 | compact", cost=20)
def compact(
    environment: Environment,
    value: Number,
    decimals: int | None = None,
    style: str = "short",
    currency: str | None = None,
) -> str:
    """In thousands, millions …: 1.2K. `style` is "short" or "long"; with a `currency` code as an amount of money."""
    if style not in ("short", "long"):
        raise ExpressionError(f'`compact` has the styles "short" and "long", but got "{style}".')
    places = None if decimals is None else _checked_places("compact", decimals)
    return format_compact(environment.locale, value, style, places, (currency or "").upper())


@register("Numbers", '3 | plural(one="# item", other="# items")', cost=10)
def plural(
    environment: Environment,
    value: Number,
    one: str | None = None,
    other: str | None = None,
    zero: str | None = None,
    two: str | None = None,
    few: str | None = None,
    many: str | None = None,
) -> str:
    """The text that goes with a number by the plural rules of the language; `#` stands for the number.

    `zero` is also taken for the number 0 in languages that have no form for it; `other` for forms that are not given.
    """
    forms = {"zero": zero, "one": one, "two": two, "few": few, "many": many, "other": other}
    return plural_text(environment, value, {name: text for name, text in forms.items() if text is not None})


def plural_text(environment: Environment, value: Number, forms: dict[str, str]) -> str:
    """The form for a number, with `#` replaced by it. Raises ExpressionError if neither it nor `other` is there."""
    category = plural_category(locale_data(environment.locale), value)
    text = forms.get("zero") if value == 0 else None
    text = text if text is not None else forms.get(category, forms.get("other"))
    if text is None:
        raise ExpressionError(f"`plural` needs the form `{category}` or `other`.")
    return text.replace("#", decimal_style(environment.locale).format(value)) if "#" in text else text
