"""The order in which `sort`, `min` and `max` put values."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from renderer.errors import ExpressionError
from renderer.expressions.runtime.moments import midnight
from renderer.expressions.runtime.scope import Scope, text_steps
from renderer.expressions.runtime.values import Value, type_name

SortKey = Callable[[Value], int | Decimal | tuple[str, str] | datetime | timedelta]


def sort_key(values: Sequence[Value], scope: Scope) -> SortKey:
    """A key that orders `values`, which are all numbers, all texts, all dates or all durations (or all booleans).

    Raises ExpressionError naming two types that are mixed, or one that has no order.
    """
    scope.meter.charge(sum(text_steps(value) for value in values if isinstance(value, str)))
    kinds = {type_name(value).removesuffix(" and time") for value in values}
    if len(kinds) > 1:
        one, other = sorted(kinds)[:2]
        raise ExpressionError(f"{one.capitalize()} and {other} have no common order.")
    for kind in kinds & {"a list", "an object"}:
        raise ExpressionError(f'{kind.capitalize()} has no order; name what to compare, as in `sort("price")`.')

    def key(value: Value) -> int | Decimal | tuple[str, str] | datetime | timedelta:
        match value:
            case str():
                return _text_key(value)
            case datetime():
                return value.astimezone(UTC)
            case date():
                return midnight(value, scope.environment)
            case int() | Decimal() | timedelta():
                return value
            case _:
                raise ExpressionError(f"{type_name(value).capitalize()} has no order.")

    return key


def _text_key(text: str) -> tuple[str, str]:
    """Letters first, case and accents only between texts that are otherwise equal."""
    if text.isascii():
        return text.casefold(), text.swapcase()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.casefold(), text.swapcase()
