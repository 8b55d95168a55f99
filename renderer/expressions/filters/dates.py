"""Filters on dates, times and durations. Dates come as ISO 8601 text, Unix time or values of the type date."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, cast

from renderer.errors import ExpressionError
from renderer.expressions.cldr.dates import Part, format_moment, format_skeleton
from renderer.expressions.cldr.durations import Width, clock_text, format_duration, format_relative
from renderer.expressions.filters.conversion import Moment
from renderer.expressions.filters.registry import register
from renderer.expressions.runtime.moments import midnight, time_zone
from renderer.expressions.runtime.scope import Environment


@register("Dates", '"2026-03-05" | date("EEEE d MMMM")', name="date", cost=20)
def day(
    environment: Environment,
    value: Moment,
    format: str = "medium",  # noqa: A002  the argument's name in templates
    zone: str | None = None,
    skeleton: str | None = None,
) -> str:
    """The date as the locale writes it: "short", "medium", "long", "full" or a CLDR pattern such as "d MMM yyyy".

    `skeleton` names the wanted fields ("MMMd") and leaves their order to the locale. `zone` is an IANA time zone;
    without it the template's applies.
    """
    return _formatted(environment, value, "date", format, zone, skeleton)


@register("Dates", '"2026-03-05T14:07:00Z" | time', cost=20)
def time(
    environment: Environment,
    value: Moment,
    format: str = "short",  # noqa: A002  the argument's name in templates
    zone: str | None = None,
    skeleton: str | None = None,
) -> str:
    """The time of day: "short", "medium", "long", "full" or a CLDR pattern such as "HH:mm"."""
    return _formatted(environment, value, "time", format, zone, skeleton)


@register("Dates", '"2026-03-05T14:07:00Z" | datetime("short")', name="datetime", cost=20)
def day_and_time(
    environment: Environment,
    value: Moment,
    format: str = "medium",  # noqa: A002  the argument's name in templates
    zone: str | None = None,
    skeleton: str | None = None,
) -> str:
    """Date and time: "short", "medium", "long", "full" or a CLDR pattern."""
    if not isinstance(value, datetime):
        value = midnight(value, environment)
    return _formatted(environment, value, "datetime", format, zone, skeleton)


def _formatted(
    environment: Environment, value: date, part: Part, form: str, zone: str | None, skeleton: str | None
) -> str:
    if isinstance(value, datetime):
        try:
            value = value.astimezone(time_zone(zone or environment.time_zone))
        except OverflowError:
            raise ExpressionError("The date is not between the years 1 and 9999 in that time zone.") from None
    if skeleton is not None:
        return format_skeleton(environment.locale, value, skeleton)
    return format_moment(environment.locale, value, part, form)


@register("Dates", '"2026-03-05T14:07:00Z" | relative', cost=20)
def relative(environment: Environment, value: Moment, style: str = "long") -> str:
    """How long ago or ahead of now, e.g. "3 hours ago"; plain dates in days. `style`: "long", "short" or "narrow"."""
    width = _width("relative", style)
    if environment.now is None:
        raise ExpressionError("`relative` needs to know what time it is, but this render was given no time.")
    if isinstance(value, datetime):
        return format_relative(environment.locale, (value - environment.now).total_seconds(), width)
    today = environment.now.astimezone(time_zone(environment.time_zone)).date()
    return format_relative(environment.locale, (value - today).total_seconds(), width, "day")


@register("Dates", "7325 | duration", cost=20)
def duration(environment: Environment, value: timedelta, style: str = "long", parts: int = 2) -> str:
    """A length of time (seconds, or the difference of two dates) in its largest units, at most `parts` of them.

    `style` is "long", "short", "narrow" or "clock" (2:02:05).
    """
    seconds = value // timedelta(seconds=1) if value >= timedelta(0) else -(-value // timedelta(seconds=1))
    if style == "clock":
        return clock_text(environment.locale, seconds)
    if not 1 <= parts <= 4:
        raise ExpressionError(f"`duration` shows 1 to 4 parts, but got {parts}.")
    return format_duration(environment.locale, seconds, _width("duration", style), parts)


def _width(name: str, style: str) -> Width:
    if style not in ("long", "short", "narrow"):
        raise ExpressionError(f'`{name}` has the styles "long", "short" and "narrow", but got "{style}".')
    return cast(Literal["long", "short", "narrow"], style)
