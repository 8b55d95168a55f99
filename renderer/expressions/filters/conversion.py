"""Types of filter values and arguments: what each accepts, and how that is converted for the filter's function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from renderer.expressions.runtime.access import member
from renderer.expressions.runtime.arithmetic import Number, magnitude
from renderer.expressions.runtime.moments import moment_of
from renderer.expressions.runtime.printing import to_text
from renderer.expressions.runtime.scope import Environment
from renderer.expressions.runtime.values import Value, number_in

Moment = date | datetime
Selector = Callable[[Value], Value]
"""Takes an item of a list to what a list filter looks at."""


Share = float
"""A part of a whole, from 0 to 1."""


class MismatchError(Exception):
    """A value is not what a filter takes."""


class Converter(NamedTuple):
    """A type that filters ask for: what messages and the reference call it, and the conversion."""

    label: str
    convert: Callable[[Value, Environment], object]
    accepts_null: bool = False
    accepts_function: bool = False


def _text(value: Value, environment: Environment) -> str:
    if type(value) is str:
        return value
    if value is None or isinstance(value, list | dict):
        raise MismatchError
    return to_text(value)


def _number(value: Value, environment: Environment) -> Number:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    number = number_in(value) if isinstance(value, str) else None
    if number is None:
        raise MismatchError
    return number


def _whole(value: Value, environment: Environment) -> int:
    number = _number(value, environment)
    if magnitude(number) >= 10**9 or number != int(number):
        raise MismatchError
    return int(number)


def _boolean(value: Value, environment: Environment) -> bool:
    if not isinstance(value, bool):
        raise MismatchError
    return value


def _list(value: Value, environment: Environment) -> list[Value]:
    if not isinstance(value, list):
        raise MismatchError
    return value


def _list_or_text(value: Value, environment: Environment) -> list[Value] | str:
    return value if isinstance(value, list) else _text(value, environment)


def _moment(value: Value, environment: Environment) -> Moment:
    moment = moment_of(value, environment)
    if moment is None:
        raise MismatchError
    return moment


def _duration(value: Value, environment: Environment) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return timedelta(seconds=float(_number(value, environment)))
    except OverflowError:
        raise MismatchError from None


def _share(value: Value, environment: Environment) -> float:
    is_percentage = isinstance(value, str) and value.endswith("%")
    number = _number(value[:-1] if isinstance(value, str) and is_percentage else value, environment)
    share = number / Decimal(100) if is_percentage or number > 1 else number
    if not 0 <= share <= 1:
        raise MismatchError
    return float(share)


def _value(value: Value, environment: Environment) -> Value:
    return value


def _selector(value: Value, environment: Environment) -> Selector:
    return path_selector(_text(value, environment), environment)


def path_selector(path: str, environment: Environment) -> Selector:
    """Follows a key path such as `author.name` from an item; null once something is missing."""
    names = path.split(".")

    def select(item: Value) -> Value:
        for name in names:
            item = member(item, name, environment)
        return item

    return select


def _optional(converter: Converter) -> Converter:
    def convert(value: Value, environment: Environment) -> object:
        return None if value is None else converter.convert(value, environment)

    return converter._replace(convert=convert, accepts_null=True)


_TYPES = {
    "str": Converter("text", _text),
    "Number": Converter("a number", _number),
    "int": Converter("a whole number", _whole),
    "bool": Converter("true or false", _boolean),
    "list[Value]": Converter("a list", _list),
    "list[Value] | str": Converter("a list or text", _list_or_text),
    "Moment": Converter("a date (ISO 8601 text or Unix time)", _moment),
    "timedelta": Converter("a duration or a number of seconds", _duration),
    "Share": Converter('a percentage (`10` or `"10%"`) or a fraction up to 1', _share),
    "Value": Converter("anything", _value, accepts_null=True),
    "Selector": Converter("a key path or a function such as `x => x.price`", _selector, accepts_function=True),
    "Selector | Value": Converter("a value, key path or function", _value, accepts_null=True, accepts_function=True),
}

CONVERTERS: dict[str, Converter] = {
    **_TYPES,
    **{f"{name} | None": _optional(converter) for name, converter in _TYPES.items() if not converter.accepts_null},
}
"""Converters by the annotation that asks for them."""
