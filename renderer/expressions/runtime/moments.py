"""Dates and times: reading them from text or Unix time, and telling two kinds of them apart."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from renderer.errors import ExpressionError
from renderer.expressions.runtime.arithmetic import magnitude
from renderer.expressions.runtime.scope import Environment
from renderer.expressions.runtime.values import Value

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:\s?(?:Z|z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_MILLISECONDS_FROM = 10**11  # Unix times beyond the year 5138 are taken as milliseconds, as JavaScript counts


@lru_cache(maxsize=128)
def time_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises ExpressionError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ExpressionError(
            f"There is no time zone called {name[:60]!r}; use an IANA name as `Europe/Berlin`."
        ) from None


def moment_in(text: str, environment: Environment) -> date | datetime | None:
    """The date or time that an ISO 8601 text spells, or None. Without offset it is a time of the environment's zone."""
    text = text.strip()
    if len(text) > 40 or not _ISO.fullmatch(text):
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=time_zone(environment.time_zone))


def moment_of(value: Value, environment: Environment) -> date | datetime | None:
    """The date or time of a value: itself, ISO 8601 text, or Unix time in seconds (milliseconds beyond 1e11)."""
    match value:
        case date():
            return value
        case str():
            return moment_in(value, environment)
        case int() | Decimal() if not isinstance(value, bool):
            seconds = value / 1000 if magnitude(value) >= _MILLISECONDS_FROM else value
            try:
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(seconds))
            except OverflowError:
                return None
        case _:
            return None


def midnight(day: date, environment: Environment) -> datetime:
    """The first moment of a day in the environment's time zone."""
    return datetime.combine(day, time(), time_zone(environment.time_zone))


def same_kind(left: date, right: date, environment: Environment) -> tuple[date, date]:
    """Two dates as they are; if either has a time, both with one, a plain date being its midnight."""
    if not isinstance(left, datetime) and not isinstance(right, datetime):
        return left, right
    # In UTC, because Python compares and subtracts times of one zone by their wall clocks, summer time or not.
    first = left if isinstance(left, datetime) else midnight(left, environment)
    second = right if isinstance(right, datetime) else midnight(right, environment)
    return first.astimezone(UTC), second.astimezone(UTC)


def shifted(moment: date, by: timedelta) -> date:
    """The moment that much later in elapsed time; a plain date by the whole days of it. Raises OverflowError."""
    if isinstance(moment, datetime):
        return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)
    return moment + by
