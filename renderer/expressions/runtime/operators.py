"""The infix and prefix operators on values. Null in arithmetic gives null; wrong types raise ExpressionError."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from renderer.errors import ExpressionError, LimitError
from renderer.expressions.runtime import arithmetic
from renderer.expressions.runtime.arithmetic import Number, OutOfRangeError
from renderer.expressions.runtime.comparison import compare, contains, equal
from renderer.expressions.runtime.moments import moment_in, same_kind, shifted
from renderer.expressions.runtime.printing import MAX_TEXT, to_text
from renderer.expressions.runtime.scope import CHARACTERS_PER_STEP, ITEMS_PER_STEP, Environment, Scope
from renderer.expressions.runtime.values import Value, describe, number_in
from renderer.limits import DEFAULT_LIMITS

MAX_LIST = DEFAULT_LIMITS.loop_turns

_NUMBERS = frozenset({int, Decimal})

Operation = Callable[[Value, Value, Scope], Value]


def _number(value: Value, symbol: str) -> Number:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        number = number_in(value)
        if number is not None:
            return number
    raise ExpressionError(f"`{symbol}` needs numbers, but got {describe(value)}.")


def _arithmetic(symbol: str, compute: Callable[[Number, Number], Number]) -> Operation:
    def operate(left: Value, right: Value, scope: Scope) -> Value:
        if left is None or right is None:
            return None
        if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
            special = _with_durations(symbol, left, right, scope.environment)
            if special is not None:
                return special
        first, second = _number(left, symbol), _number(right, symbol)
        try:
            return compute(first, second)
        except OutOfRangeError as error:
            shown = f"{to_text(first)[:30]} {symbol} {to_text(second)[:30]}"
            raise ExpressionError(f"`{shown}` cannot be computed: {error}.") from None

    return operate


def _with_durations(symbol: str, left: Value, right: Value, environment: Environment) -> Value:
    """Arithmetic of dates and durations; None if neither is among the operands."""
    try:
        match symbol, left, right:
            case "-", date(), date():
                first, second = same_kind(left, right, environment)
                return first - second
            case "-", date(), str() if moment := moment_in(right, environment):
                return _with_durations(symbol, left, moment, environment)
            case "-", str(), date() | timedelta() if moment := moment_in(left, environment):
                return _with_durations(symbol, moment, right, environment)
            case "+" | "-", date(), timedelta():
                return shifted(left, right if symbol == "+" else -right)
            case "+", timedelta(), date():
                return shifted(right, left)
            case "+" | "-", timedelta(), timedelta():
                return left + right if symbol == "+" else left - right
            case "*", timedelta(), int() | Decimal() if not isinstance(right, bool):
                return left * float(right)
            case "*", int() | Decimal(), timedelta() if not isinstance(left, bool):
                return right * float(left)
            case "/", timedelta(), int() | Decimal() if right and not isinstance(right, bool):
                return left / float(right)
            case "/", timedelta(), timedelta() if right:
                return arithmetic.divide(_microseconds(left), _microseconds(right))
            case _:
                return None
    except OverflowError:
        raise ExpressionError(f"`{symbol}` failed: the result is no date between the years 1 and 9999.") from None


def _microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


_add_numbers = _arithmetic("+", arithmetic.add)


def join(left: Value, right: Value, scope: Scope) -> Value:
    """`~`: the printed forms, one after the other."""
    text = to_text(left), to_text(right)
    length = len(text[0]) + len(text[1])
    if length > MAX_TEXT:
        raise LimitError(f"The joined text is longer than {MAX_TEXT} characters.")
    scope.meter.charge(length // CHARACTERS_PER_STEP)
    return text[0] + text[1]


def plus(left: Value, right: Value, scope: Scope) -> Value:
    """`+`: joins if either side is text, appends lists, adds numbers and durations."""
    if isinstance(left, str) or isinstance(right, str):
        return join(left, right, scope)
    if isinstance(left, list) and isinstance(right, list):
        if len(left) + len(right) > MAX_LIST:
            raise LimitError(f"The joined list has more than {MAX_LIST} items.")
        scope.meter.charge((len(left) + len(right)) // ITEMS_PER_STEP)
        return [*left, *right]
    return _add_numbers(left, right, scope)


def negative(value: Value) -> Value:
    """Unary minus."""
    if value is None:
        return None
    return -value if isinstance(value, timedelta) else arithmetic.negate(_number(value, "-"))


def _ordering(accept: Callable[[int], bool]) -> Operation:
    def operate(left: Value, right: Value, scope: Scope) -> Value:
        order = compare(left, right, scope.environment)
        return order is not None and accept(order)

    return operate


OPERATIONS: dict[str, Operation] = {
    "+": plus,
    "-": _arithmetic("-", arithmetic.subtract),
    "*": _arithmetic("*", arithmetic.multiply),
    "/": _arithmetic("/", arithmetic.divide),
    "%": _arithmetic("%", arithmetic.remainder),
    "~": join,
    "==": equal,
    "!=": lambda left, right, scope: not equal(left, right, scope),
    "<": _ordering(lambda order: order < 0),
    "<=": _ordering(lambda order: order <= 0),
    ">": _ordering(lambda order: order > 0),
    ">=": _ordering(lambda order: order >= 0),
    "in": lambda left, right, scope: contains(right, left, scope),
    "not in": lambda left, right, scope: not contains(right, left, scope),
}
"""Every operator that evaluates both of its sides."""
