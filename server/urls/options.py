"""Reserved parameters (`_d`, `_q`, …): what each may hold, and the typed options they stand for.

Every value has one spelling: numbers are decimal without sign or leading zero, so `_d=02` is refused and not read as 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from renderer.errors import ValueProblem
from server.errors import InvalidOption

MAX_SIDE = 99_999  # CSS pixels; the true cap is the output's pixel count
_LAST_EXPIRY = 9_999_999_999  # ten digits: the year 2286

_NUMBER: Final = re.compile(r"[1-9][0-9]*")
_PATTERNS: Final = {
    "_v": (re.compile(r"[A-Za-z0-9._-]{1,64}"), "a template version: letters, digits, '.', '_' and '-'"),
    "_l": (re.compile(r"(?=.{2,35}$)[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"), "a language tag such as de-DE (BCP 47)"),
    "_variant": (re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"), "a variant's name: letters, digits, '_' and '-'"),
    "_k": (re.compile(r"[A-Za-z0-9_-]{1,64}"), "a key id: letters, digits, '_' and '-'"),
}
_RANGES: Final = {
    "_e": (1, _LAST_EXPIRY, "unix seconds"),
    "_d": (1, 3, "device pixels per CSS pixel"),
    "_q": (1, 100, "quality"),
    "_w": (1, MAX_SIDE, "CSS pixels"),
    "_h": (1, MAX_SIDE, "CSS pixels"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a URL says beside its variables. None means that the URL doesn't say it.

    `expires` (unix seconds) and `key_id` concern the signature only and change no byte of the picture.
    """

    version: str | None = None  # _v
    expires: int | None = None  # _e
    dpr: int | None = None  # _d, 1 to 3
    quality: int | None = None  # _q, 1 to 100
    locale: str | None = None  # _l, BCP 47
    variant: str | None = None  # _variant
    width: int | None = None  # _w, CSS pixels
    height: int | None = None  # _h, CSS pixels
    key_id: str | None = None  # _k

    def parameters(self) -> dict[str, str]:
        """The reserved parameters that say the same.

        Raises:
            InvalidOption: a value that no URL may hold.
        """
        values = {
            "_v": self.version,
            "_e": self.expires,
            "_d": self.dpr,
            "_q": self.quality,
            "_l": self.locale,
            "_variant": self.variant,
            "_w": self.width,
            "_h": self.height,
            "_k": self.key_id,
        }
        parameters = {name: str(value) for name, value in values.items() if value is not None}
        _check(parameters)
        return parameters


DEFAULTS: Final = Options()


def read_options(parameters: Mapping[str, str]) -> Options:
    """Options from reserved parameters.

    Raises:
        InvalidOption: unknown names and impossible values, all of them at once.
    """
    if not parameters:
        return DEFAULTS
    _check(parameters)

    def number(name: str) -> int | None:
        return int(parameters[name]) if name in parameters else None

    return Options(
        version=parameters.get("_v"),
        expires=number("_e"),
        dpr=number("_d"),
        quality=number("_q"),
        locale=parameters.get("_l"),
        variant=parameters.get("_variant"),
        width=number("_w"),
        height=number("_h"),
        key_id=parameters.get("_k"),
    )


def _check(parameters: Mapping[str, str]) -> None:
    problems = [problem for name, value in parameters.items() if (problem := _problem(name, value))]
    if problems:
        raise InvalidOption(problems)


def _problem(name: str, value: str) -> ValueProblem | None:
    if name in _RANGES:
        low, high, unit = _RANGES[name]
        # The length is checked first: int() of a very long number is slow, and past 4300 digits an error.
        if len(value) <= len(str(high)) and _NUMBER.fullmatch(value) and low <= int(value) <= high:
            return None
        expected = f"a whole number from {low} to {high} ({unit})"
    elif name in _PATTERNS:
        pattern, expected = _PATTERNS[name]
        if pattern.fullmatch(value):
            return None
    else:
        return ValueProblem(name, f"is no option; options are {', '.join(sorted([*_RANGES, *_PATTERNS]))}.")
    return ValueProblem(name, f"must be {expected}.", expected, value[:40])
