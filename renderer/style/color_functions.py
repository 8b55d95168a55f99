"""Colour functions: rgb() hsl() hwb() lab() lch() oklab() oklch() color() color-mix(), absolute and relative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from renderer.style.calc import Term, leaf
from renderer.style.color_mixing import (
    HUE_METHODS,
    LARGEST_COORDINATE,
    POLAR_HUE,
    SPACES,
    SpaceColor,
    in_space,
    mix,
)
from renderer.style.lengths import take_angle, take_math, take_number, take_percentage
from renderer.style.tokens import Cursor, InvalidValueError, finite
from renderer.style.values import Percentage


class Channel(NamedTuple):
    """One component: its name in relative colours, what 100% is, its range, and `scale` from written to stored."""

    name: str
    whole: float
    low: float | None = None
    high: float | None = None
    scale: float = 1.0
    hue: bool = False


@dataclass(frozen=True, slots=True)
class Notation:
    """A colour function."""

    space: str
    channels: tuple[Channel, Channel, Channel]
    legacy: bool = False


_HUE = Channel("h", 360.0, hue=True)
_RGB = tuple(Channel(name, 255.0, 0.0, 255.0, 1 / 255) for name in "rgb")

NOTATIONS: dict[str, Notation] = {
    "rgb": Notation("srgb", (_RGB[0], _RGB[1], _RGB[2]), legacy=True),
    "hsl": Notation("hsl", (_HUE, Channel("s", 100.0, 0.0), Channel("l", 100.0)), legacy=True),
    "hwb": Notation("hwb", (_HUE, Channel("w", 100.0), Channel("b", 100.0)), legacy=True),
    "lab": Notation("lab", (Channel("l", 100.0, 0.0, 100.0), Channel("a", 125.0), Channel("b", 125.0))),
    "lch": Notation("lch", (Channel("l", 100.0, 0.0, 100.0), Channel("c", 150.0, 0.0), _HUE)),
    "oklab": Notation("oklab", (Channel("l", 1.0, 0.0, 1.0), Channel("a", 0.4), Channel("b", 0.4))),
    "oklch": Notation("oklch", (Channel("l", 1.0, 0.0, 1.0), Channel("c", 0.4, 0.0), _HUE)),
}
NOTATIONS["rgba"], NOTATIONS["hsla"] = NOTATIONS["rgb"], NOTATIONS["hsl"]

PREDEFINED = SPACES - {"lab", "lch", "oklab", "oklch", "hsl", "hwb"} | {"xyz"}


def predefined(space: str) -> Notation:
    """The notation of color() in one of its spaces."""
    names = "xyz" if space.startswith("xyz") else "rgb"
    first, second, third = (Channel(name, 1.0) for name in names)
    return Notation("xyz-d65" if space == "xyz" else space, (first, second, third))


def read_absolute(cursor: Cursor, notation: Notation) -> SpaceColor:
    """The arguments of a colour function without an origin colour."""
    legacy = notation.legacy and any(
        token.type == "literal" and token.value == ","  # type: ignore[attr-defined]
        for token in cursor.tokens
    )
    if legacy:
        return _read_commas(cursor, notation)
    return read_components(cursor, notation, None)


def read_components(cursor: Cursor, notation: Notation, origin: SpaceColor | None) -> SpaceColor:
    """Modern syntax: components by white space, alpha after a slash; channel names stand for the origin's."""
    variables = {} if origin is None else _variables(origin, notation)
    first, second, third = (
        _component(cursor, channel, variables, clamp=origin is None) for channel in notation.channels
    )
    alpha: float | None = 1.0 if origin is None else origin.alpha
    if cursor.take_literal("/"):
        alpha = _alpha(cursor, variables)
    cursor.expect_end()
    legacy = notation.legacy and origin is None
    return SpaceColor(notation.space, (first, second, third), alpha, legacy)


def _variables(origin: SpaceColor, notation: Notation) -> dict[str, float]:
    source = in_space(origin, notation.space)
    values = {
        channel.name: (value or 0.0) / channel.scale
        for channel, value in zip(notation.channels, source.coordinates, strict=True)
    }
    return {**values, "alpha": origin.alpha if origin.alpha is not None else 0.0}


def _component(cursor: Cursor, channel: Channel, variables: Mapping[str, float], *, clamp: bool) -> float | None:
    if cursor.take_keyword(("none",)):
        return None
    value = _number(cursor, channel, variables)
    if value is None:
        raise InvalidValueError(f"the component “{channel.name}” is missing or no number")
    if channel.hue:
        return finite(value, LARGEST_COORDINATE) % 360
    if clamp and channel.low is not None:
        value = max(value, channel.low)
    if clamp and channel.high is not None:
        value = min(value, channel.high)
    return finite(value, LARGEST_COORDINATE) * channel.scale


def _number(cursor: Cursor, channel: Channel, variables: Mapping[str, float]) -> float | None:
    name = cursor.take_keyword(variables)
    if name is not None:
        return variables[name]
    term = _term(cursor, variables)
    if term is None or term.relative:
        return None
    value = term.evaluate(None)
    if isinstance(value, Percentage):
        return None if channel.hue else value.fraction * channel.whole
    if term.kind == "number" or (term.kind == "angle" and channel.hue):
        return float(value) if isinstance(value, float) else None
    return None


def _term(cursor: Cursor, variables: Mapping[str, float]) -> Term | None:
    token = cursor.peek()
    if token is not None and token.type in ("number", "percentage", "dimension"):
        cursor.next()
        return leaf(token)
    return take_math(cursor, variables)


def _alpha(cursor: Cursor, variables: Mapping[str, float]) -> float | None:
    if cursor.take_keyword(("none",)):
        return None
    value = _number(cursor, Channel("alpha", 1.0), variables)
    if value is None:
        raise InvalidValueError("the alpha component is no number")
    return min(max(finite(value), 0.0), 1.0)


def _read_commas(cursor: Cursor, notation: Notation) -> SpaceColor:
    """Legacy syntax (CSS Color 4 section 4.1): no `none`, rgb() all numbers or all percentages."""
    if notation.space == "hwb":
        raise InvalidValueError("hwb() takes no commas")
    parts = cursor.split()
    if len(parts) not in (3, 4):
        raise InvalidValueError("three components and perhaps an alpha were expected")
    values: list[float] = []
    kinds = set()
    for part, channel in zip(parts, notation.channels, strict=False):
        number = take_number(part)
        if number is None and channel.hue:
            number = take_angle(part)
        percentage = take_percentage(part) if number is None else None
        if percentage is not None:
            number = percentage.fraction * channel.whole
        if number is None or (channel.hue and percentage is not None):
            raise InvalidValueError(f"the component “{channel.name}” is no number")
        part.expect_end()
        if not channel.hue:
            kinds.add(percentage is not None)
            number = max(number, channel.low or 0.0)
            number = min(number, channel.high if channel.high is not None else number)
        values.append(finite(number, LARGEST_COORDINATE) * channel.scale)
    if len(kinds) > 1 or (notation.space == "hsl" and kinds != {True}):
        raise InvalidValueError("numbers and percentages cannot be mixed with commas")
    alpha = _alpha(parts[3], {}) if len(parts) == 4 else 1.0
    if alpha is None:
        raise InvalidValueError("“none” cannot be used with commas")
    return SpaceColor(notation.space, (values[0], values[1], values[2]), alpha, legacy=True)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """`in <space> [<method> hue]`."""

    space: str
    hue: str = "shorter"


def take_interpolation(cursor: Cursor) -> Interpolation | None:
    """A colour interpolation method, if the cursor stands on `in`."""
    if not cursor.take_keyword(("in",)):
        return None
    space = cursor.take_keyword(SPACES | {"xyz"})
    if space is None:
        raise InvalidValueError("a colour space was expected after “in”")
    if space == "xyz":
        space = "xyz-d65"
    method = cursor.take_keyword(HUE_METHODS) if space in POLAR_HUE else None
    if method is not None and not cursor.take_keyword(("hue",)):
        raise InvalidValueError(f"“hue” was expected after “{method}”")
    return Interpolation(space, method or "shorter")


def mix_shares(first: float | None, second: float | None) -> tuple[float, float]:
    """Share of the second colour and factor of the alpha (CSS Color 5 section 2.1). Fractions of one, or None."""
    if first is None and second is None:
        return 0.5, 1.0
    if first is None:
        first = 1.0 - (second or 0.0)
    elif second is None:
        second = 1.0 - first
    total = first + (second or 0.0)
    if total == 0:
        raise InvalidValueError("the shares of color-mix() are both zero")
    return (second or 0.0) / total, min(total, 1.0)


def mixed(first: SpaceColor, second: SpaceColor, share: float, factor: float, method: Interpolation) -> SpaceColor:
    """color-mix() of two colours."""
    result = mix(first, second, share, method.space, method.hue)
    alpha = None if result.alpha is None else result.alpha * factor
    return SpaceColor(result.space, result.coordinates, alpha)
