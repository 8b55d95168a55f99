"""Filters on lists; those that pick single items or parts work on the characters of text as well.

Where a filter takes a `by`, that is a key path (`"author.name"`) or a function (`x => x.price * x.count`).
"""

from __future__ import annotations

from renderer.errors import ExpressionError
from renderer.expressions.filters.conversion import Selector
from renderer.expressions.filters.ordering import sort_key
from renderer.expressions.filters.registry import register
from renderer.expressions.runtime.comparison import equal
from renderer.expressions.runtime.graphemes import graphemes
from renderer.expressions.runtime.operators import MAX_LIST
from renderer.expressions.runtime.printing import to_json
from renderer.expressions.runtime.scope import Scope
from renderer.expressions.runtime.values import Value, describe

_JSON_PER_STEP = 4  # characters of JSON written in one step


@register("Lists", '["a", "b"] | first')
def first(value: list[Value] | str) -> Value:
    """The first item or character; null if there is none."""
    items = graphemes(value, 1) if isinstance(value, str) else value
    return items[0] if items else None


@register("Lists", '["a", "b"] | last')
def last(value: list[Value] | str) -> Value:
    """The last item or character; null if there is none."""
    items = graphemes(value) if isinstance(value, str) else value
    return items[-1] if items else None


@register("Lists", '["a", "b"] | length', aliases=["count", "size"])
def length(value: Value) -> int:
    """The number of items, of an object's keys or of a text's characters; 0 for null."""
    match value:
        case None:
            return 0
        case str():
            return len(graphemes(value))
        case list() | dict():
            return len(value)
        case _:
            raise ExpressionError(f"The filter `length` needs a list, an object or text, but got {describe(value)}.")


@register("Lists", '["a", "b", "c", "d"] | slice(1, 3)', name="slice")
def part(value: list[Value] | str, start: int, end: int | None = None) -> Value:
    """The items or characters from number `start`, counted from 0, up to but without `end`; negative: from the end."""
    return "".join(graphemes(value)[start:end]) if isinstance(value, str) else value[start:end]


@register("Lists", "[1, 2, 3] | reverse")
def reverse(value: list[Value] | str) -> Value:
    """The items or characters in reverse order."""
    return "".join(graphemes(value)[::-1]) if isinstance(value, str) else value[::-1]


@register("Lists", '[{name: "Bo"}, {name: "Al"}] | sort("name") | map("name")', cost=50)
def sort(scope: Scope, value: list[Value], by: Selector | None = None, reverse: bool = False) -> list[Value]:
    """In ascending order of the items or of what `by` picks: text without regard to case and accents, nulls last."""
    keyed = [(by(item) if by else item, item) for item in value]
    present = [pair for pair in keyed if pair[0] is not None]
    key = sort_key([found for found, _ in present], scope)
    present.sort(key=lambda pair: key(pair[0]), reverse=reverse)
    return [item for _, item in present] + [item for found, item in keyed if found is None]


@register("Lists", '[{price: 2}, {price: 3}] | map("price")', name="map")
def project(value: list[Value], by: Selector) -> list[Value]:
    """A list of what `by` picks from every item."""
    return [by(item) for item in value]


@register("Lists", '[{n: 1}, {n: 2}] | where("n", 2)', aliases=["filter"])
def where(scope: Scope, value: list[Value], by: Selector, *equals: Value) -> list[Value]:
    """The items of which `by` picks something that counts as true, or that equals one of the values that follow."""
    if not equals:
        return [item for item in value if by(item)]
    scope.meter.charge(len(value) * len(equals))
    return [item for item in value if any(equal(by(item), wanted, scope) for wanted in equals)]


@register("Lists", "[1, 2, 1] | unique", aliases=["uniq"])
def unique(scope: Scope, value: list[Value], by: Selector | None = None) -> list[Value]:
    """The items without repetitions; of those for which `by` picks the same, the first one."""
    seen: dict[object, Value] = {}
    for item in value:
        key = by(item) if by else item
        if isinstance(key, list | dict):
            text = to_json(key)
            scope.meter.charge(len(text) // _JSON_PER_STEP)
            seen.setdefault(("json", text), item)
        else:
            seen.setdefault((isinstance(key, bool), key), item)
    return list(seen.values())


@register("Lists", "range(4)", name="range")
def numbers(value: int, end: int | None = None, step: int = 1) -> list[Value]:
    """The whole numbers from 0 up to but without the value; with `end` from the value up to but without `end`."""
    if not step:
        raise ExpressionError("`range` needs a step other than 0.")
    span = range(0, value, step) if end is None else range(value, end, step)
    return list(span[: MAX_LIST + 1])


@register("Lists", "{b: 1, a: 2} | keys")
def keys(value: Value) -> list[Value]:
    """The keys of an object, in the order in which it has them; none for null."""
    if value is None:
        return []
    if not isinstance(value, dict):
        raise ExpressionError(f"The filter `keys` needs an object, but got {describe(value)}.")
    return list(value)
