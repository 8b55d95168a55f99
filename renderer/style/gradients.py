"""<image>: gradients and url() (CSS Images 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

from renderer.style.calc import finite_length
from renderer.style.color_functions import Interpolation, take_interpolation
from renderer.style.color_mixing import SpaceColor, to_color
from renderer.style.colors import SpaceColorValue, take_space_color
from renderer.style.deferred import Deferred, collect, combine
from renderer.style.lengths import LengthOrPercentage, take_angle, take_length_percentage
from renderer.style.positions import position, take_position
from renderer.style.tokens import Cursor, InvalidValueError, UnsupportedValueError
from renderer.style.units import LARGEST_LENGTH
from renderer.style.values import (
    ColorStop,
    ConicGradient,
    ImageReference,
    ImageValue,
    LengthPercentage,
    LinearGradient,
    Percentage,
    Position,
    RadialGradient,
)

Corner = tuple[Literal["left", "right"], Literal["top", "bottom"]]
ImageSpecified = ImageValue | Deferred[ImageValue]
CENTER = Position(Percentage(0.5), Percentage(0.5))
SIDES = {"top": 0.0, "right": 90.0, "bottom": 180.0, "left": 270.0}
EXTENTS = ("closest-side", "farthest-side", "closest-corner", "farthest-corner")
UNSUPPORTED = frozenset(
    {
        "image-set",
        "-webkit-image-set",
        "cross-fade",
        "-webkit-cross-fade",
        "element",
        "paint",
        "image",
        "-webkit-gradient",
        "-webkit-linear-gradient",
        "-webkit-radial-gradient",
        "-webkit-repeating-linear-gradient",
        "-webkit-repeating-radial-gradient",
    }
)


def take_image(cursor: Cursor) -> ImageSpecified | None:
    """A gradient or an image by URL."""
    url = cursor.take_url()
    if url is not None:
        return ImageReference(url)
    unsupported = cursor.take_function(UNSUPPORTED)
    if unsupported is not None:
        raise UnsupportedValueError(f"{unsupported.lower_name}() is not supported")
    function = cursor.take_function(_GRADIENTS)
    if function is None:
        return None
    name = function.lower_name
    repeating = name.startswith("repeating-")
    return _GRADIENTS[name](Cursor(function.arguments), repeating)


def _linear(cursor: Cursor, repeating: bool) -> ImageSpecified:
    method = take_interpolation(cursor)
    angle, corner = 180.0, None
    degrees = take_angle(cursor, unitless_zero=True)
    if degrees is not None:
        angle = degrees
    elif cursor.take_keyword(("to",)):
        angle, corner = _read_side(cursor)
    method = method or take_interpolation(cursor)
    if cursor.mark():
        _expect_comma(cursor)
    stops, space, hue = _read_stops(cursor, method, take_length_percentage)
    return combine(lambda known: LinearGradient(angle, corner, known, repeating, space, hue), stops)


def _read_side(cursor: Cursor) -> tuple[float, Corner | None]:
    words = [word for _ in range(2) if (word := cursor.take_keyword(SIDES)) is not None]
    x: Literal["left", "right"] | None = "left" if "left" in words else "right" if "right" in words else None
    y: Literal["top", "bottom"] | None = "top" if "top" in words else "bottom" if "bottom" in words else None
    if not words or (len(words) == 2 and (x is None or y is None)):
        raise InvalidValueError("a side or corner was expected after “to”")
    if x is not None and y is not None:
        return 180.0, (x, y)
    return SIDES[words[0]], None


def _radial(cursor: Cursor, repeating: bool) -> ImageSpecified:
    method = take_interpolation(cursor)
    shape, size = _read_shape(cursor)
    center = _read_center(cursor)
    method = method or take_interpolation(cursor)
    if cursor.mark():
        _expect_comma(cursor)
    stops, space, hue = _read_stops(cursor, method, take_length_percentage)
    return combine(
        lambda known_size, known_center, known: RadialGradient(
            shape, known_size, known_center, known, repeating, space, hue
        ),
        size,
        center,
        stops,
    )


def _read_shape(cursor: Cursor) -> tuple[Literal["circle", "ellipse"], object]:
    """Shape and size in either order; the size decides the shape where none is written."""
    shape: Literal["circle", "ellipse"] | None = None
    extent = None
    radii: list[LengthOrPercentage] = []
    while True:
        word = cursor.take_keyword(("circle", "ellipse")) if shape is None else None
        if word is not None:
            shape = "circle" if word == "circle" else "ellipse"
            continue
        word = cursor.take_keyword(EXTENTS) if extent is None and not radii else None
        if word is not None:
            extent = word
            continue
        radius = take_length_percentage(cursor, negative=False) if extent is None and len(radii) < 2 else None
        if radius is None:
            break
        radii.append(radius)
    if not radii:
        return shape or "ellipse", extent or "farthest-corner"
    if len(radii) == 1:
        if shape == "ellipse" or isinstance(radii[0], Percentage):
            raise InvalidValueError("a circle has one length as its radius, an ellipse has two radii")
        return "circle", combine(lambda radius: (radius, radius), radii[0])
    if shape == "circle":
        raise InvalidValueError("a circle has one radius")
    return "ellipse", collect(radii)


def _read_center(cursor: Cursor) -> Position | Deferred[Position]:
    if not cursor.take_keyword(("at",)):
        return CENTER
    axes = take_position(cursor)
    if axes is None:
        raise InvalidValueError("a position was expected after “at”")
    return position(axes)


def _conic(cursor: Cursor, repeating: bool) -> ImageSpecified:
    method = take_interpolation(cursor)
    start = 0.0
    if cursor.take_keyword(("from",)):
        angle = take_angle(cursor, unitless_zero=True)
        if angle is None:
            raise InvalidValueError("an angle was expected after “from”")
        start = angle
    center = _read_center(cursor)
    method = method or take_interpolation(cursor)
    if cursor.mark():
        _expect_comma(cursor)
    stops, space, hue = _read_stops(cursor, method, _take_turn)
    return combine(lambda at, known: ConicGradient(start, at, known, repeating, space, hue), center, stops)


def _take_turn(cursor: Cursor) -> LengthOrPercentage | None:
    """An angle or percentage as a fraction of a turn."""
    angle = take_angle(cursor, unitless_zero=True)
    if angle is not None:
        return Percentage(angle / 360)
    value = take_length_percentage(cursor)
    if value is not None and not isinstance(value, Percentage):
        raise InvalidValueError("an angle or percentage was expected")
    return value


def _expect_comma(cursor: Cursor) -> None:
    if not cursor.take_literal(","):
        cursor.expect_end()
        raise InvalidValueError("a comma was expected")


Stops = tuple[ColorStop, ...] | Deferred[tuple[ColorStop, ...]]


def _read_stops(
    cursor: Cursor, method: Interpolation | None, take: Callable[[Cursor], LengthOrPercentage | None]
) -> tuple[Stops, str, str]:
    """The stops, the interpolation space and the hue method."""
    stops: list[ColorStop | Deferred[ColorStop]] = []
    hints: list[bool] = []
    legacy = True
    for part in cursor.split():
        first = take(part)
        color = take_space_color(part)
        if color is None:
            if first is None or not part.done:
                raise InvalidValueError("a colour stop starts or ends with a colour")
            stops.append(combine(lambda at: ColorStop(None, at), first))
            hints.append(True)
            continue
        legacy = legacy and _is_legacy(color)
        places: list[LengthOrPercentage | None] = [first] if first is not None else []
        while len(places) < 2 and (place := take(part)) is not None:
            places.append(place)
        part.expect_end()
        stops += [combine(_stop, color, place) for place in places or [None]]
        hints += [False] * max(len(places), 1)
    if hints[0] or hints[-1] or any(a and b for a, b in pairwise(hints)):
        raise InvalidValueError("a colour hint stands between two colours")
    if method is None:
        method = Interpolation("srgb" if legacy else "oklab")
    return collect(stops), method.space, method.hue


def _stop(color: SpaceColor, at: LengthPercentage | None) -> ColorStop:
    return ColorStop(to_color(color), None if at is None else finite_length(at, LARGEST_LENGTH))


def _is_legacy(color: SpaceColorValue) -> bool:
    return isinstance(color, Deferred) or color.legacy


_Reader = Callable[[Cursor, bool], ImageSpecified]
_GRADIENTS: dict[str, _Reader] = {
    prefix + name: read
    for name, read in (("linear-gradient", _linear), ("radial-gradient", _radial), ("conic-gradient", _conic))
    for prefix in ("", "repeating-")
}
