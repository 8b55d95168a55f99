"""Scalar types of variables: how a text, number, colour, date, URL … is read, and the bounds it is held to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from renderer.errors import ValuesError
from renderer.expressions import Value, normalize, to_text
from renderer.expressions.runtime.values import number_in
from renderer.style.colors import parse_color
from renderer.template.model import Variable
from renderer.template.pattern import Pattern
from renderer.template.toml_table import did_you_mean

_MAX_URL = 4_000
_MAX_DATA_URI = 2_000_000
_MAX_ITEMS = 10_000  # items of one list

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BARE_HEX = re.compile(r"[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATETIME = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII | re.IGNORECASE
)
_ASSET = re.compile(r"asset:[a-z0-9][a-z0-9._-]{0,63}")
_FILE = re.compile(r"[\w@(][\w@.,() /-]{0,199}")
_DATA_IMAGE = re.compile(r"data:image/[a-z0-9.+-]+(?:;[a-z0-9=.+-]+)*,", re.IGNORECASE)
_BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


class RefusedError(Exception):
    """A value does not fit: what is wrong, and what was expected."""

    def __init__(self, message: str, expected: str) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected


def clean_text(text: str) -> str:
    """Text without control characters (tab and newline stay), line ends as LF, unpaired surrogates as U+FFFD."""
    if not _UNWANTED.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", text)


compile_pattern = lru_cache(maxsize=256)(Pattern)


def read_scalar(variable: Variable, value: object, time_zone: ZoneInfo) -> Value:
    """The typed value within its bounds; a time without offset is one of `time_zone`. Raises RefusedError."""
    result = _READERS[variable.type](variable, value, time_zone)
    _check_scalar(variable, result)
    return result


def is_color(text: str) -> bool:
    """Whether a text is one CSS colour (CSS Color 4)."""
    return "\\" not in text and "/*" not in text and parse_color(text) is not None


def check_count(variable: Variable, count: int) -> None:
    """Hold the number of a list's items to its bounds. Raises RefusedError."""
    low, high = variable.minimum, variable.maximum
    if isinstance(low, int) and count < low:
        raise RefusedError(f"has {count} items", f"at least {low}")
    maximum = high if isinstance(high, int) else _MAX_ITEMS
    if count > maximum:
        raise RefusedError(f"has {count} items", f"at most {maximum}")


def _check_scalar(variable: Variable, value: Value) -> None:
    if variable.choices and value not in variable.choices:
        hint = did_you_mean(value, map(str, variable.choices)) if isinstance(value, str) else ""
        raise RefusedError(f"is none of the choices{hint}", "one of " + ", ".join(map(str, variable.choices[:20])))
    if isinstance(value, str):
        _check_text(variable, value)
    elif isinstance(value, int | Decimal | date):
        low, high = variable.minimum, variable.maximum
        if low is not None and value < low:  # type: ignore[operator]  # the manifest's bounds have the variable's type
            raise RefusedError("is too small" if not isinstance(value, date) else "is too early", f"at least {low}")
        if high is not None and value > high:  # type: ignore[operator]
            raise RefusedError("is too large" if not isinstance(value, date) else "is too late", f"at most {high}")


def _check_text(variable: Variable, text: str) -> None:
    if variable.maximum_length is not None and len(text) > variable.maximum_length:
        raise RefusedError(f"has {len(text)} characters", f"at most {variable.maximum_length}")
    if variable.minimum_length is not None and len(text) < variable.minimum_length:
        raise RefusedError(f"has {len(text)} characters", f"at least {variable.minimum_length}")
    if variable.pattern is not None and not compile_pattern(variable.pattern).matches(text):
        raise RefusedError("does not have the required form", f"the form {variable.pattern}")


def _text(variable: Variable, value: object, time_zone: ZoneInfo) -> str:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return to_text(_number(variable, value, time_zone))
    raise RefusedError("is not a text", "a text")


def _number(variable: Variable, value: object, time_zone: ZoneInfo) -> int | Decimal:
    if isinstance(value, str):
        number: Value = number_in(value)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            number = normalize(value)
        except ValuesError:
            number = None
    else:
        number = None
    if not isinstance(number, int | Decimal):
        raise RefusedError("is not a number", "a number such as 49 or 44.1, with a point and without separators")
    return number


def _integer(variable: Variable, value: object, time_zone: ZoneInfo) -> int:
    number = _number(variable, value, time_zone)
    if not isinstance(number, int):
        raise RefusedError("is not a whole number", "a whole number such as 49")
    return number


def _boolean(variable: Variable, value: object, time_zone: ZoneInfo) -> bool:
    if isinstance(value, bool):
        return value
    known = _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None
    if known is None:
        raise RefusedError("is neither true nor false", "true or false")
    return known


def _color(variable: Variable, value: object, time_zone: ZoneInfo) -> str:
    expected = "a CSS colour such as #1e3a8a, rebeccapurple or rgb(30 58 138)"
    if not isinstance(value, str) or len(value) > 200:
        raise RefusedError("is not a colour", expected)
    color = value.strip().lower()
    if _BARE_HEX.fullmatch(color):
        # '#' has to be %23 in a URL and is easily forgotten.
        color = "#" + color
    if not is_color(color):
        raise RefusedError("is not a colour", expected)
    return color


def _date(variable: Variable, value: object, time_zone: ZoneInfo) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError as error:
        raise RefusedError(f"is no day of the calendar ({error})", "a date such as 2026-11-21") from None
    raise RefusedError("is not a date", "a date such as 2026-11-21")


def _datetime(variable: Variable, value: object, time_zone: ZoneInfo) -> datetime:
    expected = "a date and time such as 2026-11-21T09:30:00Z"
    try:
        if isinstance(value, str) and _DATETIME.fullmatch(value.strip()):
            value = datetime.fromisoformat(value.strip().upper())
        if isinstance(value, datetime):
            local = value if value.tzinfo else value.replace(tzinfo=time_zone)
            return local.astimezone(time_zone)
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"is no moment of the calendar ({error})", expected) from None
    raise RefusedError("is not a date and time", expected)


def _absolute_url(value: object) -> str | None:
    """The value if it is an absolute http or https URL."""
    if not isinstance(value, str) or len(value) > _MAX_URL or _UNWANTED.search(value) or re.search(r"[\s<>\"]", value):
        return None
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        return None
    return value if valid else None


def _url(variable: Variable, value: object, time_zone: ZoneInfo) -> str:
    url = _absolute_url(value.strip() if isinstance(value, str) else value)
    if url is None:
        raise RefusedError("is not a URL", "an absolute URL that starts with https:// or http://")
    return url


def _image(variable: Variable, value: object, time_zone: ZoneInfo) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if _absolute_url(text) is not None:
        return text
    if text[:5].lower() == "data:":
        if _DATA_IMAGE.match(text) and len(text) <= _MAX_DATA_URI:
            return text
    elif _ASSET.fullmatch(text) or (_FILE.fullmatch(text) and ".." not in text.split("/")):
        return text
    raise RefusedError(
        "is not an image",
        "an absolute https:// or http:// URL, asset:NAME, a data:image/… URI or a file of the template",
    )


def _enum(variable: Variable, value: object, time_zone: ZoneInfo) -> str:
    return clean_text(value) if isinstance(value, str) else _text(variable, value, time_zone)


_Reader = Callable[[Variable, object, ZoneInfo], Value]
_READERS: Mapping[str, _Reader] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "color": _color,
    "date": _date,
    "datetime": _datetime,
    "url": _url,
    "image": _image,
    "enum": _enum,
}
