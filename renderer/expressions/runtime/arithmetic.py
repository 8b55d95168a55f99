"""Exact decimal arithmetic under contexts of our own, which never signal into the caller's.

Quotients keep 28 digits; every other result is rounded to 24. The four guard digits make `10 / 3 * 3` exactly 10, as a
pocket calculator does, where binary floats would show 44.099999 and plain decimals 9.999….
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

Number = int | Decimal

LARGEST_EXPONENT = 308  # as in JSON numbers of other languages; also keeps every printed number short

_EXACT_INTEGERS = 10**24
_DIVISION = Context(28, ROUND_HALF_EVEN, -999, 999, 1, 0, [], [])
_RESULT = Context(24, ROUND_HALF_EVEN, -999, 999, 1, 0, [], [])
_ROUNDING = Context(400, ROUND_HALF_UP, -999, 999, 1, 0, [], [])


class OutOfRangeError(ArithmeticError):
    """The result of an operation has no place among the numbers of the language."""


def within_range(value: Decimal) -> bool:
    """Whether a number is finite and no larger than 10^308 (or zero, or no smaller than 10^-308)."""
    return value.is_finite() and (not value or -LARGEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT)


def _result(value: Decimal) -> Decimal:
    if not within_range(value):
        if value.is_finite() and value.adjusted() < 0:
            return Decimal(0)
        raise OutOfRangeError("the result is too large")
    return value


def add(left: Number, right: Number) -> Number:
    """The sum."""
    if type(left) is int and type(right) is int and -_EXACT_INTEGERS < (total := left + right) < _EXACT_INTEGERS:
        return total
    return _result(_RESULT.add(left, right))


def subtract(left: Number, right: Number) -> Number:
    """The difference."""
    if type(left) is int and type(right) is int and -_EXACT_INTEGERS < (rest := left - right) < _EXACT_INTEGERS:
        return rest
    return _result(_RESULT.subtract(left, right))


def multiply(left: Number, right: Number) -> Number:
    """The product."""
    if type(left) is int and type(right) is int and -_EXACT_INTEGERS < (product := left * right) < _EXACT_INTEGERS:
        return product
    return _result(_RESULT.multiply(left, right))


def divide(left: Number, right: Number) -> Number:
    """The quotient; a whole number stays one. Raises OutOfRangeError for a division by zero."""
    if not right:
        raise OutOfRangeError("division by zero")
    if type(left) is int and type(right) is int:
        quotient, rest = divmod(left, right)
        if not rest:
            return quotient
    return _result(_DIVISION.divide(left, right))


def remainder(left: Number, right: Number) -> Number:
    """What is left of `left` after whole multiples of `right`, with the sign of `left` (as in C and JavaScript)."""
    if not right:
        raise OutOfRangeError("division by zero")
    if type(left) is int and type(right) is int:
        whole = abs(left) % abs(right)
        return -whole if left < 0 else whole
    rest = _ROUNDING.remainder(left, right)
    if not rest.is_finite():
        raise OutOfRangeError("the numbers differ too much in size")
    return _result(_RESULT.plus(rest))


def magnitude(number: Number) -> Number:
    """The number without its sign."""
    return -number if number < 0 else number


def negate(number: Number) -> Number:
    """The number with the other sign."""
    return -number if isinstance(number, int) else number.copy_negate()


def tidy(number: Decimal) -> Decimal:
    """A decimal that came from outside, rounded to the digits that the language keeps. Raises OutOfRangeError."""
    return _result(_DIVISION.plus(number))


def quantize(number: Number, places: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to `places` decimal places (negative: tens, hundreds …), half away from zero unless told otherwise."""
    return Decimal(number).quantize(Decimal((0, (1,), -places)), rounding, _ROUNDING)


def shift(number: Number, power: int) -> Decimal:
    """The number times ten to a power, without rounding."""
    return _ROUNDING.scaleb(Decimal(number), power)


def without_zeros(number: Decimal) -> Decimal:
    """The same number without zeros at the end of its digits."""
    return number.normalize(_ROUNDING)


def plain(number: Decimal) -> Number:
    """The same number as an int if it is whole and of a size at which every digit is meant."""
    return int(number) if number.adjusted() < 24 and number == number.to_integral_value() else number
