"""How values become text: the printing rule of `{{ … }}`, and JSON. Both are bounded and know no locale."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

from renderer.errors import LimitError
from renderer.expressions.runtime.arithmetic import Number, quantize, shift
from renderer.expressions.runtime.values import Value
from renderer.limits import DEFAULT_LIMITS

MAX_TEXT = DEFAULT_LIMITS.expression_output

_SHOWN_DIGITS = 15
_LEAST_PLACES = 2


def to_text(value: Value) -> str:
    """What a value prints as: null nothing, lists and objects JSON, dates ISO 8601. Raises LimitError."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return to_json(value)
    return _scalar_text(value)


def _scalar_text(value: bool | int | Decimal | str | date | timedelta) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return number_text(value)
        case str():
            return value
        case date():
            return value.isoformat()
        case timedelta():
            return duration_text(value)


def number_text(value: Number) -> str:
    """The shortest plain decimal notation; an exponent only from 1e21 on and below 1e-6.

    A fraction is shown to 15 significant digits (but to two places at least), which hides the last digits of
    quotients such as 1/3 and the noise of binary floats in other people's JSON. Whole numbers keep every digit.
    """
    if isinstance(value, int):
        return str(value)
    size = value.adjusted()
    if value and not -7 < size < 21:
        rounded = quantize(value, _SHOWN_DIGITS - 1 - size)
        size = rounded.adjusted()  # one more if rounding carried over: 9.999… becomes 10
        return f"{number_text(shift(rounded, -size))}e{size}"
    places = max(_SHOWN_DIGITS - 1 - size, _LEAST_PLACES)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        value = quantize(value, places)
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def duration_text(value: timedelta) -> str:
    """A duration in ISO 8601 notation: `P2DT3H4M5S`."""
    sign, rest = ("-", -value) if value < timedelta(0) else ("", value)
    hours, seconds = divmod(rest.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    clock = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count)
    days = f"{rest.days}D" if rest.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{days}" + (f"T{clock}" if clock else "")


def to_json(value: Value, indent: int = 0, limit: int = MAX_TEXT) -> str:
    """JSON text of a value, numbers and dates as they print. Raises LimitError beyond `limit` characters."""
    writer = _JsonWriter(indent, limit)
    writer.write(value, 0)
    return "".join(writer.parts)


class _JsonWriter:
    """Writes piece by piece with a running total: a value may hold one large text many times over."""

    def __init__(self, indent: int, limit: int) -> None:
        self.parts: list[str] = []
        self._indent = indent
        self._limit = self._left = limit

    def write(self, value: Value, level: int) -> None:
        if isinstance(value, list) and value:
            self._block("[]", [("", item) for item in value], level)
        elif isinstance(value, dict) and value:
            colon = ": " if self._indent else ":"
            self._block("{}", [(_quoted(key) + colon, item) for key, item in value.items()], level)
        else:
            self._put(_json_leaf(value))

    def _block(self, brackets: str, entries: list[tuple[str, Value]], level: int) -> None:
        separator = brackets[0]
        for key, item in entries:
            self._put(separator + self._break(level + 1) + key)
            self.write(item, level + 1)
            separator = ","
        self._put(self._break(level) + brackets[1])

    def _break(self, level: int) -> str:
        return "\n" + " " * (self._indent * level) if self._indent else ""

    def _put(self, part: str) -> None:
        self._left -= len(part)
        if self._left < 0:
            raise LimitError(f"The value prints as more than {self._limit} characters.")
        self.parts.append(part)


def _json_leaf(value: Value) -> str:
    match value:
        case None:
            return "null"
        case list():
            return "[]"
        case dict():
            return "{}"
        case bool() | int() | Decimal():
            return _scalar_text(value)
        case _:
            return _quoted(_scalar_text(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
