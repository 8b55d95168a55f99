"""Flexible boxes and alignment (CSS Flexbox 1, CSS Box Alignment 3)."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.style.grammar import (
    Longhand,
    Parse,
    Shorthand,
    any_order,
    either,
    optional,
    positive_length_percentage,
    words,
)
from renderer.style.lengths import take_number
from renderer.style.properties.box import integer, size
from renderer.style.tokens import Cursor, InvalidValueError
from renderer.style.values import Percentage

_DISTRIBUTION = "space-between space-around space-evenly stretch"
_CONTENT_POSITION = "center start end flex-start flex-end"
_SELF_POSITION = f"{_CONTENT_POSITION} self-start self-end"


def alignment(keywords: str, positions: str) -> Parse:
    """Keywords, `first|last baseline`, or a position with `safe` or `unsafe` before it."""
    single, aligned = frozenset(keywords.split()), frozenset(positions.split())

    def parse(cursor: Cursor) -> str:
        word = cursor.take_keyword(single)
        if word is not None:
            return word
        if "baseline" in single:
            order = cursor.take_keyword(("first", "last"))
            if order is not None and cursor.take_keyword(("baseline",)):
                return "baseline" if order == "first" else "last baseline"
        overflow = cursor.take_keyword(("safe", "unsafe"))
        word = cursor.take_keyword(aligned)
        if word is None:
            raise InvalidValueError("an alignment keyword was expected")
        return f"safe {word}" if overflow == "safe" else word

    return parse


def positive_number(cursor: Cursor) -> float:
    """A number that is not negative."""
    value = take_number(cursor, negative=False)
    if value is None:
        raise InvalidValueError("a number was expected")
    return value


_direction = words("row row-reverse column column-reverse")
_wrap = words("nowrap wrap wrap-reverse")
_basis = size("auto content")
_gap = either("normal", positive_length_percentage, "a length or percentage")
_justify_content = alignment(f"normal {_DISTRIBUTION}", f"{_CONTENT_POSITION} left right")
_align_content = alignment(f"normal baseline {_DISTRIBUTION}", _CONTENT_POSITION)
_align_items = alignment("normal stretch baseline", _SELF_POSITION)
_align_self = alignment("auto normal stretch baseline", _SELF_POSITION)
_justify_items = alignment("normal stretch baseline legacy", f"{_SELF_POSITION} left right")
_justify_self = alignment("auto normal stretch baseline", f"{_SELF_POSITION} left right")

LONGHANDS = (
    Longhand("flex-direction", _direction, "row", "flex_direction"),
    Longhand("flex-wrap", _wrap, "nowrap", "flex_wrap"),
    Longhand("flex-grow", positive_number, 0.0, "flex_grow"),
    Longhand("flex-shrink", positive_number, 1.0, "flex_shrink"),
    Longhand("flex-basis", _basis, "auto", "flex_basis"),
    Longhand("order", integer, 0, "order"),
    Longhand("justify-content", _justify_content, "normal", "justify_content"),
    Longhand("justify-items", _justify_items, "normal", "justify_items"),
    Longhand("justify-self", _justify_self, "auto", "justify_self"),
    Longhand("align-content", _align_content, "normal", "align_content"),
    Longhand("align-items", _align_items, "normal", "align_items"),
    Longhand("align-self", _align_self, "auto", "align_self"),
    Longhand("row-gap", _gap, "normal", "row_gap"),
    Longhand("column-gap", _gap, "normal", "column_gap"),
    # The flexbox of 2009, which -webkit-line-clamp still needs; merged into display and the properties above.
    Longhand("-webkit-box-orient", words("horizontal vertical inline-axis block-axis"), "horizontal"),
    Longhand("-webkit-box-align", words("stretch start end center baseline"), "stretch"),
    Longhand("-webkit-box-pack", words("start end center justify"), "start"),
)


def _flex(cursor: Cursor) -> Mapping[str, object]:
    """none | auto | [grow shrink? || basis] (CSS Flexbox 1 section 7.1): omitted, the basis is 0% and grow 1."""
    if cursor.take_keyword(("none",)):
        return {"flex-grow": 0.0, "flex-shrink": 0.0, "flex-basis": "auto"}
    grow = shrink = basis = None
    while not cursor.done:
        number = take_number(cursor, negative=False) if grow is None else None
        if number is not None:
            grow, shrink = number, take_number(cursor, negative=False)
        elif basis is None:
            basis = _basis(cursor)
        else:
            cursor.expect_end()
    if grow is None and basis is None:
        raise InvalidValueError("a value was expected")
    return {
        "flex-grow": 1.0 if grow is None else grow,
        "flex-shrink": 1.0 if shrink is None else shrink,
        "flex-basis": Percentage(0.0) if basis is None else basis,
    }


def _flow(cursor: Cursor) -> Mapping[str, object]:
    found = any_order(cursor, {"flex-direction": optional(_direction), "flex-wrap": optional(_wrap)})
    return {"flex-direction": "row", "flex-wrap": "nowrap", **found}


def _both(name: str, first: str, second: str, parse_first: Parse, parse_second: Parse) -> Shorthand:
    """One value for two properties, or one for each."""

    def expand(cursor: Cursor) -> Mapping[str, object]:
        mark = cursor.mark()
        value = parse_first(cursor)
        if cursor.done:
            cursor.reset(mark)
        return {first: value, second: parse_second(cursor)}

    return Shorthand(name, (first, second), expand)


SHORTHANDS = (
    Shorthand("flex", ("flex-grow", "flex-shrink", "flex-basis"), _flex),
    Shorthand("flex-flow", ("flex-direction", "flex-wrap"), _flow),
    _both("gap", "row-gap", "column-gap", _gap, _gap),
    _both("place-content", "align-content", "justify-content", _align_content, _justify_content),
    _both("place-items", "align-items", "justify-items", _align_items, _justify_items),
    _both("place-self", "align-self", "justify-self", _align_self, _justify_self),
)
