"""box-shadow and text-shadow (CSS Backgrounds 3 section 6, CSS Text Decoration 4 section 5)."""

from __future__ import annotations

from dataclasses import replace

from renderer.style.colors import CURRENT, OWN_COLOR, ColorValue, take_color
from renderer.style.deferred import Deferred, collect, combine
from renderer.style.lengths import Length, take_length
from renderer.style.tokens import Cursor, InvalidValueError
from renderer.style.values import Color, Shadow


def shadow(cursor: Cursor, *, box: bool) -> Shadow | Deferred[Shadow]:
    """One shadow: offsets, blur, for boxes spread and `inset`; colour before or after."""
    color: ColorValue | None = None
    inset = False
    lengths: list[Length] = []
    while not cursor.done:
        if box and not inset and cursor.take_keyword(("inset",)):
            inset = True
        elif color is None and (found := take_color(cursor)) is not None:
            color = found
        elif not lengths:
            lengths = _lengths(cursor, 4 if box else 3)
        else:
            cursor.expect_end()
    if len(lengths) < 2:
        raise InvalidValueError("a shadow needs two offsets")
    x, y, blur, spread = (*lengths, 0.0, 0.0)[:4]

    def build(at_x: float, at_y: float, radius: float, growth: float, paint: Color) -> Shadow:
        return Shadow(at_x, at_y, radius, growth, paint, inset)

    return combine(build, x, y, blur, spread, CURRENT if color is None else color)


def _inheritable(cursor: Cursor) -> Shadow | Deferred[Shadow]:
    """A text shadow: its currentcolor is that of the element which inherits it."""
    own = not any(take_color(Cursor([token])) not in (None, CURRENT) for token in cursor.tokens)
    found = shadow(cursor, box=False)
    return combine(lambda known: replace(known, color=OWN_COLOR), found) if own else found


def _lengths(cursor: Cursor, most: int) -> list[Length]:
    lengths: list[Length] = []
    while len(lengths) < most:
        length = take_length(cursor, negative=len(lengths) != 2)
        if length is None:
            break
        lengths.append(length)
    if not lengths:
        raise InvalidValueError("a shadow needs two offsets")
    return lengths


def box_shadow(cursor: Cursor) -> object:
    """none or a list."""
    if cursor.take_keyword(("none",)):
        return ()
    return collect([shadow(part, box=True) for part in cursor.split()])


def text_shadow(cursor: Cursor) -> object:
    """none or a list; a colour left out or currentcolor is OWN_COLOR."""
    if cursor.take_keyword(("none",)):
        return ()
    return collect([_inheritable(part) for part in cursor.split()])
