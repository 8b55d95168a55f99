"""Filters that make one value of many: sum, average, smallest, largest. Nulls are left out."""

from __future__ import annotations

from collections.abc import Iterable

from renderer.errors import ExpressionError
from renderer.expressions.filters.conversion import Selector, path_selector
from renderer.expressions.filters.ordering import sort_key
from renderer.expressions.filters.registry import register
from renderer.expressions.runtime import arithmetic
from renderer.expressions.runtime.arithmetic import Number
from renderer.expressions.runtime.scope import Scope
from renderer.expressions.runtime.values import Value, describe, number_in


def _numbers(items: Iterable[Value], name: str) -> list[Number]:
    numbers: list[Number] = []
    for item in items:
        number = number_in(item) if isinstance(item, str) else item
        if number is None and item is None:
            continue
        if isinstance(number, bool) or not isinstance(number, Number):
            raise ExpressionError(f"The filter `{name}` needs numbers, but found {describe(item)} among the items.")
        numbers.append(number)
    return numbers


def _total(numbers: list[Number]) -> Number:
    total: Number = 0
    for number in numbers:
        total = arithmetic.add(total, number)
    return total


@register("Lists", "[1.5, 2] | sum", name="sum")
def add_up(value: list[Value], by: Selector | None = None) -> Number:
    """The sum of the items, or of what `by` picks from them; 0 for an empty list."""
    return _total(_numbers(map(by, value) if by else value, "sum"))


@register("Lists", "[1, 2] | avg", aliases=["average"])
def avg(value: list[Value], by: Selector | None = None) -> Number | None:
    """The average of the items, or of what `by` picks from them; null for an empty list."""
    numbers = _numbers(map(by, value) if by else value, "avg")
    return arithmetic.divide(_total(numbers), len(numbers)) if numbers else None


@register("Lists", "[3, 1, 2] | min", name="min")
def smallest(scope: Scope, value: Value, *others: Selector | Value) -> Value:
    """The smallest item, or of what a key path or function picks from them; `min(a, b, …)`: the smallest value."""
    candidates = _candidates(scope, value, others)
    key = sort_key(candidates, scope)
    return min(candidates, key=key, default=None)


@register("Lists", "max(3, 1, 2)", name="max")
def largest(scope: Scope, value: Value, *others: Selector | Value) -> Value:
    """The largest item, or of what a key path or function picks from them; `max(a, b, …)`: the largest value."""
    candidates = _candidates(scope, value, others)
    key = sort_key(candidates, scope)
    return max(candidates, key=key, default=None)


def _candidates(scope: Scope, value: Value, others: tuple[Selector | Value, ...]) -> list[Value]:
    """What is compared: the values themselves, or what a key path or function picks from the items of a list."""
    items: list[Value] = [value]
    if isinstance(value, list):
        items, by, others = value, others[:1], others[1:]
        if by and isinstance(by[0], str):
            items = [path_selector(by[0], scope.environment)(item) for item in items]
        elif by and callable(by[0]):
            items = [by[0](item) for item in items]
        elif by:
            raise ExpressionError(f"A list is compared by a key path or a function, but got {describe(by[0])}.")
    for other in others:
        if callable(other):
            raise ExpressionError("A function picks what to compare from the items of a list; there is no list here.")
        items = [*items, other]
    return [item for item in items if item is not None]
