"""Equality, order and membership across types.

Numbers compare by value; a text that spells a number counts as that number beside a number, one that spells an ISO
date as that date beside a date. Texts compare by code point. Otherwise values of different types are unequal, and
asking for their order is an error, except that null has no order: every comparison with it is false.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from renderer.errors import ExpressionError
from renderer.expressions.runtime.moments import moment_in, same_kind
from renderer.expressions.runtime.printing import to_text
from renderer.expressions.runtime.scope import CHARACTERS_PER_STEP, Environment, Scope
from renderer.expressions.runtime.values import Value, describe, number_in, type_name


def equal(left: Value, right: Value, scope: Scope) -> bool:
    """Whether two values are equal; lists and objects item by item. Raises LimitError if that takes too much work."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return _equal_containers(left, right, scope)
    return _equal_scalars(left, right, scope.environment)


def _equal_scalars(left: Value, right: Value, environment: Environment) -> bool:
    if type(left) is type(right):
        return left == right
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return False
    pair = _common(left, right, environment)
    return pair is not None and pair[0] == pair[1]


def _equal_containers(left: Value, right: Value, scope: Scope) -> bool:
    pending: list[tuple[Value, Value]] = [(left, right)]
    while pending:
        first, second = pending.pop()
        scope.meter.charge(1)
        if isinstance(first, list) and isinstance(second, list):
            if len(first) != len(second):
                return False
            scope.meter.charge(len(first))
            pending.extend(zip(first, second, strict=True))
        elif isinstance(first, dict) and isinstance(second, dict):
            if first.keys() != second.keys():
                return False
            scope.meter.charge(len(first))
            pending.extend((value, second[key]) for key, value in first.items())
        elif not _equal_scalars(first, second, scope.environment):
            return False
    return True


def _common(left: Value, right: Value, environment: Environment) -> tuple[Value, Value] | None:
    """Both sides as values of one comparable type, or None."""
    if isinstance(left, str):
        swapped = _common(right, left, environment) if not isinstance(right, str) else (right, left)
        return (swapped[1], swapped[0]) if swapped else None
    if isinstance(left, int | Decimal):
        number = number_in(right) if isinstance(right, str) else right
        return (left, number) if isinstance(number, int | Decimal) else None
    if isinstance(left, date):
        moment = moment_in(right, environment) if isinstance(right, str) else right
        return same_kind(left, moment, environment) if isinstance(moment, date) else None
    return (left, right) if isinstance(left, timedelta) and isinstance(right, timedelta) else None


def compare(left: Value, right: Value, environment: Environment) -> int | None:
    """-1, 0 or 1 as `left` is smaller than, equal to or greater than `right`; None if either is null.

    Raises ExpressionError for types that have no order.
    """
    if left is None or right is None:
        return None
    pair: tuple[Value, Value] | None = None
    if not isinstance(left, bool) and not isinstance(right, bool):
        pair = _common(left, right, environment)
    if pair is None:
        raise ExpressionError(f"{describe(left)} and {describe(right)} have no order".capitalize() + ".")
    first, second = pair
    return (first > second) - (first < second)  # type: ignore[operator]  # _common made them one ordered type


def contains(container: Value, item: Value, scope: Scope) -> bool:
    """`item in container`: an item of a list, a key of an object, a part of a text; nothing is in null."""
    match container:
        case None:
            return False
        case list():
            scope.meter.charge(len(container))
            return any(equal(item, other, scope) for other in container)
        case dict():
            return not isinstance(item, list | dict | None) and to_text(item) in container
        case str():
            if isinstance(item, list | dict):
                raise ExpressionError(f"`in` looks for text in a text, but got {describe(item)}.")
            scope.meter.charge(len(container) // CHARACTERS_PER_STEP)
            return item is not None and to_text(item) in container
        case _:
            raise ExpressionError(f"`in` needs a list, an object or a text on its right, not {type_name(container)}.")
