"""<color> (CSS Color 4 and 5)."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import cast

from PIL import ImageColor

from renderer.style.color_functions import (
    NOTATIONS,
    PREDEFINED,
    Interpolation,
    Notation,
    mix_shares,
    mixed,
    predefined,
    read_absolute,
    read_components,
    take_interpolation,
)
from renderer.style.color_mixing import SpaceColor, from_color, to_color
from renderer.style.deferred import Context, Deferred, combine
from renderer.style.lengths import take_percentage
from renderer.style.tokens import Cursor, InvalidValueError, tokenize, too_deep
from renderer.style.values import BLACK, TRANSPARENT, Color

ColorValue = Color | Deferred[Color]
SpaceColorValue = SpaceColor | Deferred[SpaceColor]

KEYWORDS: dict[str, Color] = {name: Color(*ImageColor.getrgb(name)[:3]) for name in ImageColor.colormap}
KEYWORDS["transparent"] = TRANSPARENT

SYSTEM: dict[str, tuple[Color, Color]] = {
    "canvas": (Color(255, 255, 255), Color(18, 18, 18)),
    "canvastext": (Color(0, 0, 0), Color(255, 255, 255)),
    "linktext": (Color(0, 0, 238), Color(158, 158, 255)),
    "visitedtext": (Color(85, 26, 139), Color(208, 173, 240)),
    "activetext": (Color(255, 0, 0), Color(255, 158, 158)),
    "buttonface": (Color(239, 239, 239), Color(107, 107, 107)),
    "buttontext": (Color(0, 0, 0), Color(255, 255, 255)),
    "buttonborder": (Color(0, 0, 0), Color(255, 255, 255)),
    "field": (Color(255, 255, 255), Color(59, 59, 59)),
    "fieldtext": (Color(0, 0, 0), Color(255, 255, 255)),
    "graytext": (Color(128, 128, 128), Color(128, 128, 128)),
    "mark": (Color(255, 255, 0), Color(255, 255, 0)),
    "marktext": (Color(0, 0, 0), Color(0, 0, 0)),
}
"""System colours of light and dark pages (CSS Color 4 section 6.2) as Chromium has them."""

CURRENT: Deferred[Color] = Deferred(lambda context: context.style.color)
"""currentcolor; its identity tells it apart from colours that merely depend on it."""

OWN_COLOR = Color(-1, -1, -1, 0.0)
"""currentcolor in inherited values: each element that inherits it puts in its own colour (CSS Color 4 section 6.2)."""


def inheritable_color(cursor: Cursor) -> ColorValue:
    """A colour whose currentcolor is left open for the elements that inherit it."""
    color = take_color(cursor)
    if color is None:
        raise InvalidValueError("a colour was expected")
    return OWN_COLOR if color is CURRENT else color


def parse_color(text: str) -> Color | None:
    """The sRGB colour that a text says, None if it is none or depends on an element (currentcolor)."""
    tokens = tokenize(text)
    if too_deep(tokens):
        return None
    cursor = Cursor(tokens)
    try:
        color = take_color(cursor)
    except InvalidValueError:
        return None
    return color if isinstance(color, Color) and cursor.done else None


def take_color(cursor: Cursor) -> ColorValue | None:
    """A colour as 8-bit sRGB."""
    simple = _take_simple(cursor)
    if simple is not None:
        return simple
    color = _take_function(cursor)
    return None if color is None else combine(to_color, color)


def take_space_color(cursor: Cursor) -> SpaceColorValue | None:
    """A colour in the space it was written in."""
    simple = _take_simple(cursor)
    return combine(from_color, simple) if simple is not None else _take_function(cursor)


def _take_simple(cursor: Cursor) -> ColorValue | None:
    """Hexadecimal notation and keywords."""
    token = cursor.peek()
    if token is None:
        return None
    color: ColorValue | None = None
    if token.type == "ident":
        word = cursor.keyword() or ""
        color = CURRENT if word == "currentcolor" else KEYWORDS.get(word)
        if color is None and word in SYSTEM:
            color = Deferred(partial(_by_scheme, SYSTEM[word]))
    elif token.type == "hash":
        color = _hexadecimal(token.value)  # type: ignore[attr-defined]
    if color is not None:
        cursor.next()
    return color


def _by_scheme(pair: tuple[Color, Color], context: Context) -> Color:
    return pair[1] if context.dark else pair[0]


@lru_cache(maxsize=1024)
def _hexadecimal(digits: str) -> Color | None:
    if len(digits) not in (3, 4, 6, 8) or not digits.isascii():
        return None
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    try:
        red, green, blue, alpha = bytes.fromhex(digits.ljust(8, "f"))
    except ValueError:
        return None
    return Color(red, green, blue, alpha / 255)


def _take_function(cursor: Cursor) -> SpaceColorValue | None:
    function = cursor.take_function(_FUNCTIONS)
    if function is None:
        return None
    inner = Cursor(function.arguments)
    match function.lower_name:
        case "color-mix":
            return _read_mix(inner)
        case "light-dark":
            return _read_light_dark(inner)
        case "color":
            return _read_relative_or_absolute(inner, None)
        case name:
            return _read_relative_or_absolute(inner, NOTATIONS[name])


_FUNCTIONS = frozenset(NOTATIONS) | {"color", "color-mix", "light-dark"}


def _read_relative_or_absolute(cursor: Cursor, notation: Notation | None) -> SpaceColorValue:
    origin: SpaceColorValue | None = None
    if cursor.take_keyword(("from",)):
        origin = take_space_color(cursor)
        if origin is None:
            raise InvalidValueError("a colour was expected after “from”")
    if notation is None:
        space = cursor.take_keyword(PREDEFINED)
        if space is None:
            raise InvalidValueError("a colour space was expected")
        notation = predefined(space)
    if origin is None:
        return read_absolute(cursor, notation)
    mark = cursor.mark()

    def build(known: SpaceColor) -> SpaceColor:
        cursor.reset(mark)
        return read_components(cursor, notation, known)

    build(from_color(BLACK))  # the grammar is checked now, even if the origin is known later
    return combine(build, origin)


def _read_mix(cursor: Cursor) -> SpaceColorValue:
    method = take_interpolation(cursor)
    if method is None:
        method = Interpolation("oklab")
    elif not cursor.take_literal(","):
        raise InvalidValueError("a comma was expected after the colour space")
    parts = cursor.split()
    if len(parts) != 2:
        raise InvalidValueError("color-mix() takes two colours")
    (first, share_first), (second, share_second) = (_read_part(part) for part in parts)
    share, factor = mix_shares(share_first, share_second)
    return combine(lambda one, two: mixed(one, two, share, factor, method), first, second)


def _read_part(cursor: Cursor) -> tuple[SpaceColorValue, float | None]:
    share = take_percentage(cursor)
    color = take_space_color(cursor)
    if share is None:
        share = take_percentage(cursor)
    cursor.expect_end()
    if color is None:
        raise InvalidValueError("color-mix() takes two colours")
    if share is not None and not 0 <= share.fraction <= 1:
        raise InvalidValueError("a share of color-mix() lies between 0% and 100%")
    return color, None if share is None else share.fraction


def _read_light_dark(cursor: Cursor) -> SpaceColorValue:
    parts = cursor.split()
    colors = [take_space_color(part) for part in parts]
    for part in parts:
        part.expect_end()
    if len(colors) != 2 or None in colors:
        raise InvalidValueError("light-dark() takes two colours")
    light, dark = cast("list[SpaceColorValue]", colors)

    def choose(context: Context) -> SpaceColor:
        chosen = dark if context.dark else light
        return chosen.compute(context) if isinstance(chosen, Deferred) else chosen

    return Deferred(choose)
