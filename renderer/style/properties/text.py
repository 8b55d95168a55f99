"""Text (CSS Text 4, Text Decoration 4, Writing Modes 3, Overflow 4) and text-fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from renderer.style.colors import CURRENT, OWN_COLOR, inheritable_color
from renderer.style.deferred import Context, Deferred, combine
from renderer.style.grammar import (
    Longhand,
    Parse,
    Shorthand,
    any_order,
    color,
    either,
    length_percentage,
    optional,
    words,
)
from renderer.style.lengths import LengthOrPercentage, take_integer, take_length, take_length_percentage, take_number
from renderer.style.properties.box import line_width
from renderer.style.properties.shadows import text_shadow
from renderer.style.tokens import Cursor, InvalidValueError, UnsupportedValueError
from renderer.style.values import TextFit, resolve


def spacing(cursor: Cursor) -> object:
    """letter-spacing or word-spacing; percentages are of the font size."""
    if cursor.take_keyword(("normal",)):
        return 0.0
    value = take_length_percentage(cursor)
    if value is None:
        raise InvalidValueError("normal or a length was expected")
    return value if isinstance(value, float) else Deferred(lambda context: _against(value, context, 1.0))


def _against(value: LengthOrPercentage, context: Context, factor: float) -> float:
    settled = value.compute(context) if isinstance(value, Deferred) else value
    return resolve(settled, context.style.font_size * factor)


_ALIGNMENTS = {"-webkit-center": "center", "-webkit-left": "left", "-webkit-right": "right", "-webkit-auto": "start"}
_align = words(
    "start end left right center justify match-parent -webkit-match-parent -webkit-center -webkit-left -webkit-right"
)


def text_align(cursor: Cursor) -> object:
    """Keywords; match-parent resolves start and end by the parent's direction (CSS Text 3 section 6.1)."""
    word = str(_align(cursor))
    return Deferred(_match_parent) if word.endswith("match-parent") else _ALIGNMENTS.get(word, word)


def _match_parent(parent: Context) -> str:
    align, ltr = parent.style.text_align, parent.style.direction == "ltr"
    match align:
        case "start":
            return "left" if ltr else "right"
        case "end":
            return "right" if ltr else "left"
        case _:
            return align


def text_indent(cursor: Cursor) -> object:
    """A length or percentage; hanging and each-line are not supported."""
    value = length_percentage(cursor)
    if cursor.take_keyword(("hanging", "each-line")):
        raise UnsupportedValueError("hanging and each-line are not supported")
    return value


def tab_size(cursor: Cursor) -> float:
    """A number of spaces."""
    value = take_number(cursor, negative=False)
    if value is not None:
        return value
    if take_length(cursor, negative=False) is not None:
        raise UnsupportedValueError("tab-size as a length is not supported; give a number of spaces")
    raise InvalidValueError("a number was expected")


def vertical_align(cursor: Cursor) -> object:
    """Keywords, or a shift; percentages are of the element's line height (CSS 2.2 section 10.8.1)."""
    word = cursor.take_keyword(("baseline", "sub", "super", "top", "text-top", "middle", "bottom", "text-bottom"))
    if word is not None:
        return word
    value = length_percentage(cursor)
    if isinstance(value, float):
        return value
    return Deferred(lambda context: _shift(value, context))  # type: ignore[arg-type]


def _shift(value: LengthOrPercentage, context: Context) -> float:
    settled = value.compute(context) if isinstance(value, Deferred) else value
    return settled if isinstance(settled, float) else resolve(settled, context.line_height)


def text_overflow(cursor: Cursor) -> str:
    """clip, ellipsis or a string."""
    word = cursor.take_keyword(("clip", "ellipsis"))
    if word is not None:
        return word
    text = cursor.take_string()
    if text is None:
        raise InvalidValueError("clip | ellipsis | a string was expected")
    return f"string:{text}"


def line_clamp(cursor: Cursor) -> int | None:
    """none or a number of lines."""
    if cursor.take_keyword(("none",)):
        return None
    lines = take_integer(cursor)
    if lines is None or lines < 1:
        raise InvalidValueError("none or a number of lines was expected")
    return lines


_FIT_MODES: dict[str, Literal["none", "shrink", "grow", "both"]] = {
    "none": "none",
    "shrink": "shrink",
    "grow": "grow",
    "both": "both",
}


def text_fit(cursor: Cursor) -> object:
    """none | shrink | grow | both, then perhaps the smallest and the largest font size."""
    mode = _FIT_MODES.get(cursor.take_keyword(_FIT_MODES) or "")
    if mode is None:
        raise InvalidValueError("none | shrink | grow | both was expected")
    default = TextFit()
    minimum = take_length(cursor, negative=False)
    maximum = take_length(cursor, negative=False)
    return combine(
        lambda low, high: TextFit(mode, low, max(low, high)),
        default.minimum if minimum is None else minimum,
        default.maximum if maximum is None else maximum,
    )


_LINES = ("underline", "overline", "line-through")


def decoration_line(cursor: Cursor) -> tuple[str, ...]:
    """none or lines in any order."""
    if cursor.take_keyword(("none",)):
        return ()
    lines: list[str] = []
    while (word := cursor.take_keyword((*_LINES, "blink"))) is not None:
        if word in lines:
            raise InvalidValueError(f"“{word}” stands here twice")
        lines.append(word)
    if not lines:
        raise InvalidValueError("none | underline | overline | line-through was expected")
    return tuple(line for line in _LINES if line in lines)


_decoration_style = words("solid double dotted dashed wavy")
_thickness = either("auto from-font", take_length_percentage, "a length or percentage")


def _decoration(cursor: Cursor) -> Mapping[str, object]:
    readers = {
        "text-decoration-line": optional(decoration_line),
        "text-decoration-style": optional(_decoration_style),
        "text-decoration-color": optional(color),
        "text-decoration-thickness": optional(_thickness),
    }
    initial = {
        "text-decoration-line": (),
        "text-decoration-style": "solid",
        "text-decoration-color": CURRENT,
        "text-decoration-thickness": "auto",
    }
    return {**initial, **any_order(cursor, readers)}


_WHITE_SPACE = {
    "normal": ("collapse", "wrap"),
    "nowrap": ("collapse", "nowrap"),
    "pre": ("preserve", "nowrap"),
    "pre-wrap": ("preserve", "wrap"),
    "pre-line": ("preserve-breaks", "wrap"),
    "-webkit-pre-wrap": ("preserve", "wrap"),
}
_collapse = words("collapse preserve preserve-breaks break-spaces preserve-spaces")
_wrap_mode = words("wrap nowrap")
_wrap_style = words("auto balance pretty stable avoid-orphans")


def _white_space(cursor: Cursor) -> Mapping[str, object]:
    word = cursor.take_keyword(_WHITE_SPACE)
    if word is not None and cursor.done:
        collapse, wrap = _WHITE_SPACE[word]
        return {"white-space-collapse": collapse, "text-wrap-mode": wrap}
    if word is not None:
        cursor.reset(0)
    readers = {"white-space-collapse": optional(_collapse), "text-wrap-mode": optional(_wrap_mode)}
    return {"white-space-collapse": "collapse", "text-wrap-mode": "wrap", **any_order(cursor, readers)}


def _text_wrap(cursor: Cursor) -> Mapping[str, object]:
    readers = {"text-wrap-mode": optional(_wrap_mode), "text-wrap-style": optional(_wrap_style)}
    return {"text-wrap-mode": "wrap", "text-wrap-style": "auto", **any_order(cursor, readers)}


def _stroke(cursor: Cursor) -> Mapping[str, object]:
    readers = {
        "-webkit-text-stroke-width": optional(line_width),
        "-webkit-text-stroke-color": optional(inheritable_color),
    }
    return {"-webkit-text-stroke-width": 0.0, "-webkit-text-stroke-color": OWN_COLOR, **any_order(cursor, readers)}


def paint_order(cursor: Cursor) -> tuple[str, ...]:
    """normal, or layers; those left out follow in their normal order."""
    if cursor.take_keyword(("normal",)):
        return ()
    order: list[str] = []
    while (word := cursor.take_keyword({"fill", "stroke", "markers"} - set(order))) is not None:
        order.append(word)
    if not order:
        raise InvalidValueError("normal | fill | stroke | markers was expected")
    return (*order, *(word for word in ("fill", "stroke", "markers") if word not in order))


def _inherited(name: str, parse: Parse, initial: object, field: str | None = "") -> Longhand:
    return Longhand(name, parse, initial, name.replace("-", "_") if field == "" else field, inherited=True)


LONGHANDS = (
    _inherited("color", color, None),
    _inherited("color-scheme", lambda cursor: _color_scheme(cursor), (), None),
    _inherited("letter-spacing", spacing, 0.0),
    _inherited("word-spacing", spacing, 0.0),
    _inherited("text-align", text_align, "start"),
    _inherited("text-align-last", words("auto start end left right center justify"), "auto"),
    _inherited("text-indent", text_indent, 0.0),
    _inherited("text-transform", words("none uppercase lowercase capitalize full-width"), "none"),
    _inherited("text-wrap-mode", _wrap_mode, "wrap", None),
    _inherited("text-wrap-style", _wrap_style, "auto", None),
    _inherited("white-space-collapse", _collapse, "collapse"),
    _inherited("overflow-wrap", words("normal break-word anywhere"), "normal"),
    _inherited("word-break", words("normal break-all keep-all break-word"), "normal"),
    _inherited("line-break", words("auto loose normal strict anywhere"), "auto"),
    _inherited("hyphens", words("none manual auto"), "manual"),
    _inherited("tab-size", tab_size, 8.0),
    _inherited("text-shadow", text_shadow, (), None),
    _inherited("-webkit-text-stroke-width", line_width, 0.0, "text_stroke_width"),
    _inherited("-webkit-text-stroke-color", inheritable_color, OWN_COLOR, None),
    _inherited("-webkit-text-fill-color", inheritable_color, OWN_COLOR, None),
    _inherited("paint-order", paint_order, ()),
    _inherited("direction", words("ltr rtl"), "ltr"),
    Longhand(
        "unicode-bidi", words("normal embed isolate bidi-override isolate-override plaintext"), "normal", "unicode_bidi"
    ),
    Longhand("vertical-align", vertical_align, "baseline", "vertical_align"),
    Longhand("text-overflow", text_overflow, "clip", "text_overflow"),
    Longhand("line-clamp", line_clamp, None, "line_clamp"),
    Longhand("-webkit-line-clamp", line_clamp, None),
    Longhand("text-fit", text_fit, TextFit(), "text_fit"),
    Longhand("text-decoration-line", decoration_line, (), "text_decoration_line"),
    Longhand("text-decoration-color", color, CURRENT, "text_decoration_color"),
    Longhand("text-decoration-style", _decoration_style, "solid", "text_decoration_style"),
    Longhand("text-decoration-thickness", _thickness, "auto", "text_decoration_thickness"),
    Longhand(
        "text-underline-offset",
        either("auto", take_length_percentage, "a length or percentage"),
        "auto",
        "text_underline_offset",
    ),
)


def _color_scheme(cursor: Cursor) -> tuple[str, ...]:
    """normal, or the schemes an element is ready for."""
    if cursor.take_keyword(("normal",)):
        return ()
    schemes: list[str] = []
    while (ident := cursor.take_ident()) is not None:
        schemes.append(ident.lower())
    if not schemes:
        raise InvalidValueError("normal | light | dark was expected")
    return tuple(scheme for scheme in schemes if scheme in ("light", "dark"))


SHORTHANDS = (
    Shorthand(
        "text-decoration",
        ("text-decoration-line", "text-decoration-style", "text-decoration-color", "text-decoration-thickness"),
        _decoration,
    ),
    Shorthand("white-space", ("white-space-collapse", "text-wrap-mode"), _white_space),
    Shorthand("text-wrap", ("text-wrap-mode", "text-wrap-style"), _text_wrap),
    Shorthand("-webkit-text-stroke", ("-webkit-text-stroke-width", "-webkit-text-stroke-color"), _stroke),
)
