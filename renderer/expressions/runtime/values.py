"""The values that expressions compute with, and the gate through which data from outside becomes such values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from renderer.errors import LimitError, ValueProblem, ValuesError
from renderer.expressions.runtime.arithmetic import Number, OutOfRangeError, plain, tidy, within_range

Value = bool | int | Decimal | str | list["Value"] | dict[str, "Value"] | date | datetime | timedelta | None
"""Anything an expression can hold. `datetime` is always aware; binary floats never appear."""

MAX_ITEMS: Final = 100_000  # values inside one value that comes from outside
MAX_DEPTH: Final = 64


def type_name(value: object) -> str:
    """What a message calls the type of a value: `a number`, `a list` …"""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | Decimal():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case datetime():
            return "a date and time"
        case date():
            return "a date"
        case timedelta():
            return "a duration"
        case _:
            return f"a {type(value).__name__}"


def describe(value: object) -> str:
    """A value for a message, with a short look at its content: `the text "abc"`, `a list of 3 items`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return f"the number {value:.20g}" if isinstance(value, Decimal) else f"the number {str(value)[:30]}"
        case str():
            shown = value if len(value) <= 30 else value[:29] + "…"
            return "the text " + json.dumps(shown, ensure_ascii=False)
        case list():
            return f"a list of {len(value)} item{'' if len(value) == 1 else 's'}"
        case _:
            return type_name(value)


def truthy(value: Value) -> bool:
    """Whether a value counts as true: all but false, null, 0, empty text, empty list and empty object."""
    return bool(value)


_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?\s*", re.ASCII)


def number_in(text: str) -> Number | None:
    """The number that a text spells in plain notation (`49`, `-1.5`, `1e3`), or None."""
    if len(text) > 100 or not _NUMBER.fullmatch(text):
        return None
    try:
        return plain(tidy(Decimal(text)))
    except OutOfRangeError:
        return None


def from_json(text: str | bytes, name: str = "value") -> Value:
    """Read JSON; numbers keep their decimal digits. Raises ValuesError, naming `name`, unless it is JSON (RFC 8259)."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a number in JSON")

    try:
        data = json.loads(text, parse_float=_decimal, parse_constant=refuse)
    except RecursionError:
        raise _problem(name, "is nested too deeply", f"at most {MAX_DEPTH} levels", "more") from None
    except ValueError as error:
        raise _problem(name, f"is not valid JSON: {error}", "JSON", str(text[:40])) from None
    return normalize(data, name)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # The exponent is too much for Decimal itself.
        if float(text):
            raise ValueError(f"{text[:40]} is too large a number") from None
        return Decimal(0)


def normalize(value: object, name: str = "value") -> Value:
    """Turn JSON-like Python data into values: floats become decimals by their shortest spelling, tuples lists.

    Naive datetimes count as UTC. Raises ValuesError, naming the path of what has no place among values (NaN, infinity,
    bytes, objects …), and LimitError for more than 100,000 values.
    """
    return _Normalizer().normalize(value, name, 0)


def _problem(name: str, message: str, expected: str, got: str) -> ValuesError:
    return ValuesError([ValueProblem(name, message, expected, got)])


class _Normalizer:
    """Counts what it has seen, so that a value's size is bounded whatever its shape."""

    def __init__(self) -> None:
        self.left = MAX_ITEMS

    def normalize(self, value: object, name: str, depth: int) -> Value:
        self.left -= 1
        if self.left < 0:
            raise LimitError(f"{name}: the data holds more than {MAX_ITEMS} values.")
        if depth > MAX_DEPTH:
            raise _problem(name, "is nested too deeply", f"at most {MAX_DEPTH} levels", "more")
        match value:
            case None | bool():
                return value
            case str():
                return _text(value)
            case int() | float() | Decimal():
                return _number(value, name)
            case Mapping():
                return self._object(value, name, depth)
            case list() | tuple():
                return [self.normalize(item, f"{name}[{i}]", depth + 1) for i, item in enumerate(value)]
            case datetime():
                return value if value.tzinfo else value.replace(tzinfo=UTC)
            case date() | timedelta():
                return value
            case _:
                raise _problem(name, "has a type that templates do not know", "JSON-like data", type(value).__name__)

    def _object(self, value: Mapping[object, object], name: str, depth: int) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise _problem(name, "has a key that is no text", "text keys", repr(key)[:40])
            result[_text(key)] = self.normalize(item, f"{name}.{key}", depth + 1)
        return result


def _number(value: float | Decimal, name: str) -> Number:
    # bool is an int and was taken care of; a subclass of int or str must not bring its own methods along.
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if isinstance(value, int) and within_range(number):
            return int(value)
        return plain(tidy(number))
    except OutOfRangeError:
        raise _problem(name, "is no number that can be shown", "a finite number below 1e308", str(value)[:40]) from None


def _text(value: str) -> str:
    if value.isascii():
        return str(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        # Text cut in the middle of a UTF-16 pair is common in live data; browsers show U+FFFD, too.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(value)
