"""Reading lengths, percentages, angles and numbers from a cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import renderer.style.math_functions  # noqa: F401 - fills FUNCTIONS
from renderer.style.calc import FUNCTIONS, Kind, Term, finite_length, largest, leaf, parse_function
from renderer.style.deferred import Deferred
from renderer.style.tokens import LARGEST_NUMBER, Cursor, InvalidValueError, UnsupportedValueError, finite
from renderer.style.units import ABSOLUTE, LARGEST_LENGTH, RELATIVE
from renderer.style.values import LengthPercentage, Percentage

Length = float | Deferred[float]
LengthOrPercentage = LengthPercentage | Deferred[LengthPercentage]

_LENGTH: frozenset[Kind] = frozenset({"length"})
_LENGTH_PERCENTAGE: frozenset[Kind] = frozenset({"length", "percentage", "mixed"})


def take_math(cursor: Cursor, variables: Mapping[str, float] | None = None) -> Term | None:
    """A math function of any type."""
    function = cursor.take_function(FUNCTIONS)
    return None if function is None else parse_function(function, variables)


def _take_term(cursor: Cursor, kinds: frozenset[Kind], *, negative: bool) -> tuple[Term, bool] | None:
    """A literal or math function of one of the types, and whether it was a literal."""
    token = cursor.peek()
    if token is None:
        return None
    mark = cursor.mark()
    literal = token.type in ("number", "percentage", "dimension")
    if literal:
        try:
            term = leaf(token)
        except InvalidValueError:
            return None
        cursor.next()
        if token.type == "number" and token.value == 0 and "number" not in kinds:  # type: ignore[attr-defined]
            term = Term("length", term.evaluate)  # 0 needs no unit as a length
        value: float = token.value  # type: ignore[attr-defined]
        if value < 0 and not negative and term.kind in kinds:
            raise InvalidValueError("negative values are not allowed")
    else:
        found = take_math(cursor)
        if found is None:
            return None
        term = found
    if term.kind not in kinds:
        cursor.reset(mark)
        return None
    return term, literal


def take_length(cursor: Cursor, *, negative: bool = True) -> Length | None:
    """A length in px, no percentage."""
    return cast("Length | None", _take_dimension(cursor, _LENGTH, negative=negative))


def take_length_percentage(cursor: Cursor, *, negative: bool = True) -> LengthOrPercentage | None:
    """A length in px, a percentage or a mix of both. Calculations below an allowed range are clamped to 0."""
    return _take_dimension(cursor, _LENGTH_PERCENTAGE, negative=negative)


def _take_dimension(cursor: Cursor, kinds: frozenset[Kind], *, negative: bool) -> LengthOrPercentage | None:
    fast = _simple(cursor, kinds, negative=negative)
    if fast is not None:
        return fast
    found = _take_term(cursor, kinds, negative=negative)
    if found is None:
        return None
    term, _ = found

    def bounded(value: LengthPercentage) -> LengthPercentage:
        value = finite_length(value, LARGEST_LENGTH)
        if negative:
            return value
        if isinstance(value, Percentage):
            return Percentage(max(value.fraction, 0.0))
        return largest((0.0, value))

    if term.relative:
        return Deferred(lambda context: bounded(term.evaluate(context)))
    return bounded(term.evaluate(None))


def _simple(cursor: Cursor, kinds: frozenset[Kind], *, negative: bool) -> LengthOrPercentage | None:
    """The usual case without a detour: a literal in px, em, rem … or percent."""
    token = cursor.peek()
    if token is None or token.type not in ("dimension", "percentage"):
        return None
    value: float = token.value  # type: ignore[attr-defined]
    if value < 0 and not negative:
        return None
    if token.type == "percentage":
        if "percentage" not in kinds:
            return None
        cursor.next()
        return Percentage(finite(value / 100, LARGEST_LENGTH))
    unit: str = token.lower_unit  # type: ignore[attr-defined]
    if unit in ABSOLUTE:
        cursor.next()
        return finite(value * ABSOLUTE[unit], LARGEST_LENGTH)
    if unit in RELATIVE:
        cursor.next()
        px = RELATIVE[unit]
        return Deferred(lambda context: finite(value * px(context), LARGEST_LENGTH))
    return None


def _take_plain(cursor: Cursor, kind: Kind, *, negative: bool = True) -> float | None:
    """A constant number, angle or time."""
    found = _take_term(cursor, frozenset({kind}), negative=negative)
    if found is None:
        return None
    term, _ = found
    if term.relative:
        raise UnsupportedValueError("a number cannot depend on font or viewport sizes here")
    value = finite(cast("float", term.evaluate(None)), LARGEST_NUMBER)
    return value if negative else max(value, 0.0)


def take_number(cursor: Cursor, *, negative: bool = True) -> float | None:
    """A number."""
    return _take_plain(cursor, "number", negative=negative)


def take_integer(cursor: Cursor, *, negative: bool = True) -> int | None:
    """An integer; calculations are rounded to the nearest one."""
    token = cursor.peek()
    if token is not None and token.type == "number" and not token.is_integer:  # type: ignore[attr-defined]
        return None
    value = take_number(cursor, negative=negative)
    return None if value is None else int(min(max(value + 0.5, -2147483648), 2147483647) // 1)


def take_angle(cursor: Cursor, *, unitless_zero: bool = False) -> float | None:
    """An angle in degrees."""
    if unitless_zero:
        token = cursor.peek()
        if token is not None and token.type == "number" and token.value == 0:  # type: ignore[attr-defined]
            cursor.next()
            return 0.0
    return _take_plain(cursor, "angle")


def take_percentage(cursor: Cursor, *, negative: bool = True) -> Percentage | None:
    """A percentage."""
    found = _take_term(cursor, frozenset({"percentage"}), negative=negative)
    if found is None:
        return None
    value = finite_length(found[0].evaluate(None), LARGEST_NUMBER)
    if not isinstance(value, Percentage):
        raise UnsupportedValueError("min() and max() of percentages cannot be used here")
    return value if negative else Percentage(max(value.fraction, 0.0))


def take_fraction(cursor: Cursor, *, negative: bool = True) -> float | None:
    """A number, or a percentage as a fraction of one."""
    number = take_number(cursor, negative=negative)
    if number is not None:
        return number
    percentage = take_percentage(cursor, negative=negative)
    return None if percentage is None else percentage.fraction


def take_several(
    cursor: Cursor, take: Callable[[Cursor], LengthOrPercentage | None], most: int
) -> list[LengthOrPercentage]:
    """One to `most` values; raises InvalidValueError if there is none."""
    values: list[LengthOrPercentage] = []
    while len(values) < most and (value := take(cursor)) is not None:
        values.append(value)
    if not values:
        raise InvalidValueError("a length was expected")
    return values
