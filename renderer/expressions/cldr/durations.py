"""Relative times (`3 hours ago`) and durations (`2 hours, 5 minutes`)."""

from __future__ import annotations

from typing import Literal

from renderer.expressions.cldr.locales import LocaleData, locale_data
from renderer.expressions.cldr.numbers import decimal_style
from renderer.expressions.cldr.plurals import plural_category

Width = Literal["long", "short", "narrow"]

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_CALENDAR_UNITS = (("year", 31_556_952), ("month", 2_629_746), *_UNITS)
"""Seconds in each unit; years and months are the averages of the Gregorian calendar."""

_LIST_KINDS = {
    "long": ("unit", "unit-short", "standard"),
    "short": ("unit-short", "unit", "standard"),
    "narrow": ("unit-narrow", "unit-short", "unit", "standard"),
}
"""List patterns for the parts of a duration; what the first leaves out is inherited from the next."""


def format_relative(tag: str, seconds: float, width: Width, smallest: str = "second") -> str:
    """How long ago (negative) or ahead: a whole number of the largest unit that fits, or of `smallest`."""
    size = abs(seconds)
    unit, count = smallest, 0
    for unit, length in _CALENDAR_UNITS:
        count = int(size / length + 0.5)
        # What rounds up to a whole larger unit is one: 59.7 minutes are an hour.
        shorter = next((seconds for _, seconds in _CALENDAR_UNITS if seconds < length), length)
        if int(size / shorter + 0.5) * shorter >= length or unit == smallest:
            break
    fields = locale_data(tag).babel._data["date_fields"]
    patterns = (fields.get(f"{unit}-{width}") or fields[unit])["past" if seconds < 0 else "future"]
    pattern = patterns.get(plural_category(locale_data(tag), count)) or patterns["other"]
    return str(pattern).replace("{0}", decimal_style(tag).format(count))


def format_duration(tag: str, seconds: int, width: Width, parts: int) -> str:
    """A length of time in the largest units that it has, at most `parts` of them."""
    counts: list[tuple[str, int]] = []
    left = abs(seconds)
    for unit, length in _UNITS:
        count, left = divmod(left, length)
        if count:
            counts.append((unit, count))
    locale = locale_data(tag)
    shown = [_counted(locale, unit, count, width) for unit, count in counts[:parts] or [("second", 0)]]
    return ("-" if seconds < 0 else "") + _listed(locale, shown, width)


def _counted(locale: LocaleData, unit: str, count: int, width: Width) -> str:
    widths = locale.babel._data["unit_patterns"][f"duration-{unit}"]
    patterns = widths.get(width) or widths["short"]
    pattern = patterns.get(plural_category(locale, count)) or patterns["other"]
    return str(pattern).replace("{0}", decimal_style(locale.tag).format(count))


def _listed(locale: LocaleData, parts: list[str], width: Width) -> str:
    lists = locale.babel.list_patterns
    tables = [lists[kind] for kind in _LIST_KINDS[width] if kind in lists]
    text = parts[-1]
    for number in range(len(parts) - 2, -1, -1):
        place = "2" if len(parts) == 2 else "end" if number == len(parts) - 2 else "start" if not number else "middle"
        pattern = next(table[place] for table in tables if place in table)
        text = str(pattern).replace("{0}", parts[number]).replace("{1}", text)
    return text


def clock_text(tag: str, seconds: int) -> str:
    """A length of time as a clock shows it: `1:02:05`, `2:05`; days count as hours."""
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return ("-" if seconds < 0 else "") + locale_data(tag).localize(text)
