"""Dates and times by the locale's patterns (Unicode Technical Standard 35, part 4), with its digits."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from babel.dates import DateTimeFormat, DateTimePattern, match_skeleton, parse_pattern

from renderer.errors import ExpressionError
from renderer.expressions.cldr.locales import LocaleData, locale_data

Part = Literal["date", "time", "datetime"]

STYLES = ("short", "medium", "long", "full")

_QUOTED = re.compile("'[^']*'")
_TIME_FIELDS = re.compile("[abBhHKkmsSAzZOvVxX]")
_LONGEST_PATTERN = 100


def format_moment(tag: str, moment: date, part: Part, form: str) -> str:
    """A date or local time in one of the `STYLES`, or by a CLDR pattern such as `EEE d MMM`.

    Raises ExpressionError for a pattern that cannot be read, or that shows the time of a plain date.
    """
    locale = locale_data(tag)
    pattern = _style_pattern(tag, part, form) if form in STYLES else _own_pattern(form)
    return _apply(locale, pattern, moment, form)


def format_skeleton(tag: str, moment: date, skeleton: str) -> str:
    """A date or local time with the fields of a skeleton such as `MMMd`, arranged as the locale does.

    Raises ExpressionError if the locale has no arrangement of these fields.
    """
    return _apply(locale_data(tag), _skeleton_pattern(tag, skeleton), moment, skeleton)


class _LocalFormat(DateTimeFormat):
    """Babel's fields, with the localized GMT format (`GMT+1`) for zones without a short name, as CLDR asks for."""

    def format_timezone(self, char: str, num: int) -> str:
        if char == "O" and num == 1:
            return self._gmt()
        name = super().format_timezone(char, num)
        return self._gmt() if char == "z" and num < 4 and name[:1] in "(+-" else name

    def _gmt(self) -> str:
        offset = (self.value.utcoffset() if isinstance(self.value, datetime) else None) or timedelta()
        minutes = abs(offset) // timedelta(minutes=1)
        text = f"{'-' if offset < timedelta() else '+'}{minutes // 60}" + (
            f":{minutes % 60:02}" if minutes % 60 else ""
        )
        return str(self.locale.zone_formats["gmt"] % text)


def _apply(locale: LocaleData, pattern: DateTimePattern, moment: date, form: str) -> str:
    if not isinstance(moment, datetime) and _TIME_FIELDS.search(_QUOTED.sub("", pattern.pattern)):
        raise ExpressionError(f"A date without time cannot be shown as {form!r}.")
    try:
        return locale.localize(pattern % _LocalFormat(moment, locale.babel))
    except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise ExpressionError(f"The date pattern {form!r} cannot be used: {error}.") from None


@lru_cache(maxsize=256)
def _style_pattern(tag: str, part: Part, style: str) -> DateTimePattern:
    locale = locale_data(tag).babel
    if part != "datetime":
        pattern: DateTimePattern = (locale.date_formats if part == "date" else locale.time_formats)[style]
        return pattern
    # The time of a long or full date is a short one: nobody wants the zone's full name on a picture.
    time = locale.time_formats["medium" if style == "medium" else "short"].pattern
    joined = str(locale.datetime_formats[style])
    return parse_pattern(joined.replace("{0}", time).replace("{1}", locale.date_formats[style].pattern))


@lru_cache(maxsize=256)
def _own_pattern(pattern: str) -> DateTimePattern:
    fields = _QUOTED.sub("", pattern)
    if len(pattern) > _LONGEST_PATTERN:
        raise ExpressionError(f"The date pattern is longer than {_LONGEST_PATTERN} characters.")
    if "%" in fields:
        raise ExpressionError(f"{pattern!r} is no date pattern: write `yyyy-MM-dd` for `%Y-%m-%d`.")
    if ("Y" in fields and "w" not in fields) or ("D" in fields and ("M" in fields or "y" in fields)):
        raise ExpressionError(
            f"{pattern!r} would show the wrong date: write `y` for the year (`Y` is that of a week), "
            "`d` for the day of the month (`D` is that of the year)."
        )
    try:
        return parse_pattern(pattern)
    except (ValueError, KeyError, NotImplementedError) as error:
        raise ExpressionError(f"{pattern!r} is no date pattern: {error}.") from None


@lru_cache(maxsize=256)
def _skeleton_pattern(tag: str, skeleton: str) -> DateTimePattern:
    skeletons = locale_data(tag).babel.datetime_skeletons
    if len(skeleton) > 20 or not skeleton.isalpha():
        raise ExpressionError(f"{skeleton[:20]!r} is no skeleton; name the wanted fields, as `yMMMd`.")
    found = skeleton if skeleton in skeletons else match_skeleton(skeleton, skeletons)
    if found is None:
        raise ExpressionError(f"The locale {tag} has no arrangement for the skeleton {skeleton!r}.")
    pattern: DateTimePattern = skeletons[found]
    return pattern
