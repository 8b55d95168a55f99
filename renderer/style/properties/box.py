"""Boxes: display, position, sizes, margins, padding, borders, radii, overflow (CSS Display 3, Box 4, Backgrounds 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from renderer.style.colors import CURRENT
from renderer.style.deferred import combine
from renderer.style.grammar import (
    Longhand,
    Parse,
    Shorthand,
    any_order,
    color,
    either,
    length,
    optional,
    positive_length,
    positive_length_percentage,
    sides,
    words,
)
from renderer.style.lengths import take_fraction, take_integer, take_length_percentage, take_number
from renderer.style.tokens import Cursor, InvalidValueError, UnsupportedValueError, vocabulary
from renderer.style.values import LengthPercentage

SIDES = ("top", "right", "bottom", "left")
CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")
LINE_WIDTHS = {"thin": 1.0, "medium": 3.0, "thick": 5.0}
OUTLINE_STYLES = "auto none dotted dashed solid double groove ridge inset outset"
LINE_STYLES = "none hidden dotted dashed solid double groove ridge inset outset"

_DISPLAYS = vocabulary(
    "block inline inline-block flex inline-flex none contents list-item flow-root grid inline-grid table inline-table "
    "table-row table-cell table-row-group table-header-group table-footer-group table-column table-column-group "
    "table-caption -webkit-box -webkit-inline-box"
)
_TWO_WORD_DISPLAYS = {
    ("block", "flow"): "block",
    ("block", "flow-root"): "flow-root",
    ("block", "flex"): "flex",
    ("block", "grid"): "grid",
    ("block", "table"): "table",
    ("inline", "flow"): "inline",
    ("inline", "flow-root"): "inline-block",
    ("inline", "flex"): "inline-flex",
    ("inline", "grid"): "inline-grid",
    ("inline", "table"): "inline-table",
}


def display(cursor: Cursor) -> str:
    """One keyword, or outer and inner display type in any order."""
    first = cursor.take_ident()
    second = cursor.take_ident()
    first, second = (first or "").lower(), None if second is None else second.lower()
    if second is None:
        first = {"-webkit-flex": "flex", "-webkit-inline-flex": "inline-flex", "flow": "block"}.get(first, first)
        if first in _DISPLAYS:
            return first
        if first in ("ruby", "ruby-text", "math", "run-in"):
            raise UnsupportedValueError(f"display: {first} is not supported")
        raise InvalidValueError("this is no display type")
    found = _TWO_WORD_DISPLAYS.get((first, second)) or _TWO_WORD_DISPLAYS.get((second, first))
    if found is None:
        raise InvalidValueError("this is no display type")
    return found


def line_width(cursor: Cursor) -> object:
    """A border or outline width."""
    word = cursor.take_keyword(LINE_WIDTHS)
    if word is not None:
        return LINE_WIDTHS[word]
    width = positive_length(cursor)
    if width is None:
        raise InvalidValueError("thin | medium | thick | a length was expected")
    return width


line_style = words(LINE_STYLES)


def size(keywords: str) -> Parse:
    """A width or height."""
    parse = either(
        f"{keywords} min-content max-content fit-content", positive_length_percentage, "a length or percentage"
    )

    def parse_size(cursor: Cursor) -> object:
        if cursor.take_keyword(("stretch", "-webkit-fill-available")) or cursor.take_function(("fit-content",)):
            raise UnsupportedValueError("stretch and fit-content() are not supported")
        if cursor.take_keyword(("-webkit-fit-content",)):
            return "fit-content"
        return parse(cursor)

    return parse_size


def aspect_ratio(cursor: Cursor) -> float | str:
    """auto | <ratio> | both; a ratio with a zero in it is auto."""
    auto = cursor.take_keyword(("auto",))
    width = take_number(cursor, negative=False)
    if width is None:
        if auto is None:
            raise InvalidValueError("auto or a ratio was expected")
        return auto
    height: float | None = 1.0
    if cursor.take_literal("/"):
        height = take_number(cursor, negative=False)
        if height is None:
            raise InvalidValueError("a number was expected after “/”")
    if auto is None:
        cursor.take_keyword(("auto",))
    return width / height if width and height else "auto"


def _corner(cursor: Cursor) -> object:
    first = positive_length_percentage(cursor)
    if first is None:
        raise InvalidValueError("a length or percentage was expected")
    second = positive_length_percentage(cursor)
    return combine(_pair, first, first if second is None else second)


def _pair(x: LengthPercentage, y: LengthPercentage) -> tuple[LengthPercentage, LengthPercentage]:
    return (x, y)


def _radii(cursor: Cursor) -> Mapping[str, object]:
    def read(part: Cursor) -> object:
        value = positive_length_percentage(part)
        if value is None:
            raise InvalidValueError("a length or percentage was expected")
        return value

    parts = cursor.split("/")
    if len(parts) > 2:
        raise InvalidValueError("only one “/” may stand here")
    expanded = [sides(read, CORNERS)(part) for part in parts]
    for part in parts:
        part.expect_end()
    horizontal, vertical = expanded[0], expanded[-1]
    return {f"border-{corner}-radius": combine(_pair, horizontal[corner], vertical[corner]) for corner in CORNERS}


def opacity(cursor: Cursor) -> float:
    """A number or percentage, clamped to 0–1."""
    value = take_fraction(cursor)
    if value is None:
        raise InvalidValueError("a number or percentage was expected")
    return min(max(value, 0.0), 1.0)


def integer(cursor: Cursor) -> int:
    """An integer."""
    value = take_integer(cursor)
    if value is None:
        raise InvalidValueError("an integer was expected")
    return value


_margin = either("auto", take_length_percentage, "a length or percentage")
_padding = either("", positive_length_percentage, "a length or percentage")
_overflow = words("visible hidden clip auto scroll overlay -webkit-paged-x -webkit-paged-y")


def overflow(cursor: Cursor) -> object:
    """One overflow keyword."""
    word = _overflow(cursor)
    return "auto" if word == "overlay" else word


def _sized(name: str, keywords: str, initial: str) -> Longhand:
    return Longhand(name, size(keywords), initial, name.replace("-", "_"))


LONGHANDS = (
    Longhand("display", display, "inline", "display"),
    Longhand("position", words("static relative absolute fixed sticky -webkit-sticky"), "static", "position"),
    *(Longhand(side, _margin, "auto", side) for side in SIDES),
    Longhand("z-index", lambda cursor: cursor.take_keyword(("auto",)) or integer(cursor), "auto", "z_index"),
    Longhand("float", words("none left right inline-start inline-end"), "none", "float_"),
    Longhand("clear", words("none left right both inline-start inline-end"), "none", "clear"),
    Longhand("box-sizing", words("content-box border-box"), "content-box", "box_sizing"),
    _sized("width", "auto", "auto"),
    _sized("height", "auto", "auto"),
    _sized("min-width", "auto", "auto"),
    _sized("min-height", "auto", "auto"),
    _sized("max-width", "none", "none"),
    _sized("max-height", "none", "none"),
    Longhand("aspect-ratio", aspect_ratio, "auto", "aspect_ratio"),
    *(Longhand(f"margin-{side}", _margin, 0.0, f"margin_{side}") for side in SIDES),
    *(Longhand(f"padding-{side}", _padding, 0.0, f"padding_{side}") for side in SIDES),
    *(Longhand(f"border-{side}-width", line_width, 3.0) for side in SIDES),
    *(Longhand(f"border-{side}-style", line_style, "none", f"border_{side}_style") for side in SIDES),
    *(Longhand(f"border-{side}-color", color, CURRENT, f"border_{side}_color") for side in SIDES),
    *(
        Longhand(f"border-{corner}-radius", _corner, (0.0, 0.0), f"border_{corner.replace('-', '_')}_radius")
        for corner in CORNERS
    ),
    Longhand("overflow-x", overflow, "visible", "overflow_x"),
    Longhand("overflow-y", overflow, "visible", "overflow_y"),
    Longhand("outline-width", line_width, 3.0),
    Longhand("outline-style", words(OUTLINE_STYLES), "none", "outline_style"),
    Longhand("outline-color", color, CURRENT, "outline_color"),
    Longhand("outline-offset", length, 0.0, "outline_offset"),
    Longhand("opacity", opacity, 1.0, "opacity"),
    Longhand("visibility", words("visible hidden collapse"), "visible", "visibility", inherited=True),
    Longhand("isolation", words("auto isolate"), "auto", "isolation"),
)


def _prefixed(pattern: str) -> tuple[str, str, str, str]:
    top, right, bottom, left = (pattern.format(side) for side in SIDES)
    return top, right, bottom, left


def _box(name: str, pattern: str, parse: Parse) -> Shorthand:
    names = _prefixed(pattern)
    return Shorthand(name, names, sides(parse, names))


def line(
    targets: tuple[str, ...], extra: Mapping[str, object] | None = None
) -> Callable[[Cursor], Mapping[str, object]]:
    """Width, style and colour in any order, for all the given prefixes (`border-top`, `outline` …)."""
    style = words(OUTLINE_STYLES) if targets == ("outline",) else line_style

    def expand(cursor: Cursor) -> Mapping[str, object]:
        readers = {"style": optional(style), "width": optional(line_width), "color": optional(color)}
        found = {"width": 3.0, "style": "none", "color": CURRENT, **any_order(cursor, readers)}
        return {f"{target}-{part}": value for target in targets for part, value in found.items()} | dict(extra or {})

    return expand


def line_longhands(targets: tuple[str, ...]) -> tuple[str, ...]:
    """The longhands that `line` sets."""
    return tuple(f"{target}-{part}" for target in targets for part in ("width", "style", "color"))


_BORDERS = _prefixed("border-{}")


def _overflows(cursor: Cursor) -> Mapping[str, object]:
    first = overflow(cursor)
    return {"overflow-x": first, "overflow-y": first if cursor.done else overflow(cursor)}


SHORTHANDS = (
    _box("inset", "{}", _margin),
    _box("margin", "margin-{}", _margin),
    _box("padding", "padding-{}", _padding),
    _box("border-width", "border-{}-width", line_width),
    _box("border-style", "border-{}-style", line_style),
    _box("border-color", "border-{}-color", color),
    Shorthand("border", line_longhands(_BORDERS), line(_BORDERS)),
    *(Shorthand(border, line_longhands((border,)), line((border,))) for border in _BORDERS),
    Shorthand("border-radius", tuple(f"border-{corner}-radius" for corner in CORNERS), _radii),
    Shorthand("outline", line_longhands(("outline",)), line(("outline",))),
    Shorthand("overflow", ("overflow-x", "overflow-y"), _overflows),
)
