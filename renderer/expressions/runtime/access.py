"""`a.b`, `a[i]` and the items of a loop. What is not there is null, whatever it is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from renderer.errors import ExpressionError, SourcePosition
from renderer.expressions.runtime.arithmetic import magnitude
from renderer.expressions.runtime.graphemes import graphemes
from renderer.expressions.runtime.moments import time_zone
from renderer.expressions.runtime.printing import to_text
from renderer.expressions.runtime.scope import Environment
from renderer.expressions.runtime.values import Value, describe

_DATE_PARTS = frozenset({"year", "month", "day"})
_TIME_PARTS = frozenset({"hour", "minute", "second"})


def member(target: Value, name: str, environment: Environment) -> Value:
    """`target.name`: a key of an object, `length` of lists and texts, `year` … `second` of dates; else null."""
    if isinstance(target, dict):
        return target.get(name)
    if name == "length":
        if isinstance(target, list):
            return len(target)
        return len(graphemes(target)) if isinstance(target, str) else None
    if isinstance(target, datetime) and name in _DATE_PARTS | _TIME_PARTS:
        local: int = getattr(target.astimezone(time_zone(environment.time_zone)), name)
        return local
    if isinstance(target, date) and name in _DATE_PARTS:
        part: int = getattr(target, name)
        return part
    return None


def item(target: Value, index: Value) -> Value:
    """`target[index]`: an item by number (negative from the end), an object's value by key; else null."""
    match target:
        case dict():
            return None if isinstance(index, list | dict | None) else target.get(to_text(index))
        case list() | str():
            number = _whole(index)
            if number is None:
                return None
            sequence = target if isinstance(target, list) else graphemes(target)
            return sequence[number] if -len(sequence) <= number < len(sequence) else None
        case _:
            return None


def _whole(value: Value) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return int(value) if magnitude(value) < 10**9 and value == int(value) else None


def loop_items(value: Value, names: int, position: SourcePosition | None = None) -> Sequence[tuple[Value, ...]]:
    """What `for` with one or two names runs over, one tuple of values a turn.

    A list gives its items (with two names: number from 0, item), an object its values (key, value), null nothing.
    Raises ExpressionError for anything else.
    """
    match value:
        case None:
            return ()
        case list():
            return [(entry,) for entry in value] if names == 1 else list(enumerate(value))
        case dict():
            return [(entry,) for entry in value.values()] if names == 1 else list(value.items())
        case _:
            raise ExpressionError(f"`for` needs a list or an object, but got {describe(value)}.", position)
