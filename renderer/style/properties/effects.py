"""Transforms, filters, shadows, replaced content (CSS Transforms 1 and 2, Filter Effects 1, CSS Images 3)."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose

from renderer.style.deferred import Deferred, collect, combine
from renderer.style.grammar import Longhand, words
from renderer.style.lengths import (
    LengthOrPercentage,
    take_angle,
    take_fraction,
    take_length,
    take_length_percentage,
    take_number,
)
from renderer.style.positions import position, take_position
from renderer.style.properties.shadows import box_shadow, shadow
from renderer.style.tokens import Cursor, InvalidValueError, UnsupportedValueError
from renderer.style.values import FilterFunction, Percentage, Position, TransformFunction

Transform = TransformFunction | Deferred[TransformFunction]
CENTER = Position(Percentage(0.5), Percentage(0.5))
BLEND_MODES = (
    "normal multiply screen overlay darken lighten color-dodge color-burn hard-light soft-light difference exclusion "
    "hue saturation color luminosity plus-lighter plus-darker"
)


def _made(name: str) -> Callable[..., TransformFunction]:
    return lambda *arguments: TransformFunction(name, arguments)  # type: ignore[arg-type]


def _translation(x: LengthOrPercentage, y: LengthOrPercentage) -> Transform:
    return combine(_made("translate"), x, y)


def _lengths(parts: list[Cursor]) -> list[LengthOrPercentage]:
    return [_need(take_length_percentage(part), "a length or percentage") for part in parts]


def _need(value: LengthOrPercentage | None, what: str) -> LengthOrPercentage:
    if value is None:
        raise InvalidValueError(f"{what} was expected")
    return value


def _plain(value: float | None, what: str) -> float:
    if value is None:
        raise InvalidValueError(f"{what} was expected")
    return value


def _translate(parts: list[Cursor]) -> Transform:
    values = _lengths(parts)
    return _translation(values[0], values[1] if len(values) > 1 else 0.0)


def _translate_3d(parts: list[Cursor]) -> Transform:
    x, y, z = _lengths(parts)
    del z  # without perspective, depth moves nothing
    return _translation(x, y)


def _scale(parts: list[Cursor]) -> Transform:
    values = [_plain(take_fraction(part), "a number or percentage") for part in parts]
    return _made("scale")(values[0], values[1] if len(values) > 1 else values[0])


def _scale_x(parts: list[Cursor]) -> Transform:
    return _made("scale")(_plain(take_fraction(parts[0]), "a number"), 1.0)


def _scale_y(parts: list[Cursor]) -> Transform:
    return _made("scale")(1.0, _plain(take_fraction(parts[0]), "a number"))


def _angles(parts: list[Cursor]) -> list[float]:
    return [_plain(take_angle(part, unitless_zero=True), "an angle") for part in parts]


def _skew(parts: list[Cursor]) -> Transform:
    values = _angles(parts)
    return _made("skew")(values[0], values[1] if len(values) > 1 else 0.0)


def _matrix(parts: list[Cursor]) -> Transform:
    return _made("matrix")(*(_plain(take_number(part), "a number") for part in parts))


def _matrix_3d(parts: list[Cursor]) -> Transform:
    values = [_plain(take_number(part), "a number") for part in parts]
    flat = values[2:4] + values[6:12] + values[14:16]
    if not all(isclose(a, b) for a, b in zip(flat, [0, 0, 0, 0, 0, 0, 1, 0, 0, 1], strict=True)):
        raise UnsupportedValueError("transforms in three dimensions are not supported")
    return _made("matrix")(values[0], values[1], values[4], values[5], values[12], values[13])


def _rotate_3d(parts: list[Cursor]) -> Transform:
    x, y, z = (_plain(take_number(part), "a number") for part in parts[:3])
    if x or y or not z:
        raise UnsupportedValueError("rotation out of the plane is not supported")
    return _made("rotate")(_angles(parts[3:])[0] * (1.0 if z > 0 else -1.0))


_FUNCTIONS: dict[str, tuple[tuple[int, ...], Callable[[list[Cursor]], Transform]]] = {
    "translate": ((1, 2), _translate),
    "translatex": ((1,), lambda parts: _translation(_lengths(parts)[0], 0.0)),
    "translatey": ((1,), lambda parts: _translation(0.0, _lengths(parts)[0])),
    "translatez": ((1,), lambda parts: (_lengths(parts), _translation(0.0, 0.0))[1]),
    "translate3d": ((3,), _translate_3d),
    "scale": ((1, 2), _scale),
    "scalex": ((1,), _scale_x),
    "scaley": ((1,), _scale_y),
    "scalez": ((1,), lambda parts: (_scale_x(parts), _made("scale")(1.0, 1.0))[1]),
    "scale3d": ((3,), lambda parts: (_scale(parts), _scale(parts[:2]))[0]),
    "rotate": ((1,), lambda parts: _made("rotate")(*_angles(parts))),
    "rotatez": ((1,), lambda parts: _made("rotate")(*_angles(parts))),
    "rotate3d": ((4,), _rotate_3d),
    "skew": ((1, 2), _skew),
    "skewx": ((1,), _skew),
    "skewy": ((1,), lambda parts: _made("skew")(0.0, *_angles(parts))),
    "matrix": ((6,), _matrix),
    "matrix3d": ((16,), _matrix_3d),
}
_DEPTH = frozenset({"rotatex", "rotatey", "perspective"})


def transform(cursor: Cursor) -> object:
    """none or a list of functions."""
    if cursor.take_keyword(("none",)):
        return ()
    functions: list[Transform] = []
    while (function := cursor.take_function(_FUNCTIONS)) is not None:
        counts, build = _FUNCTIONS[function.lower_name]
        parts = Cursor(function.arguments).split()
        if len(parts) not in counts:
            raise InvalidValueError(f"{function.lower_name}() does not take {len(parts)} arguments")
        functions.append(build(parts))
        for part in parts:
            part.expect_end()
    if cursor.take_function(_DEPTH) is not None:
        raise UnsupportedValueError("transforms in three dimensions are not supported")
    if not functions:
        raise InvalidValueError("none or transform functions were expected")
    return collect(functions)


def translate(cursor: Cursor) -> object:
    """none, or one to three lengths."""
    if cursor.take_keyword(("none",)):
        return ()
    x = _need(take_length_percentage(cursor), "a length or percentage")
    y = take_length_percentage(cursor)
    take_length(cursor)
    return collect([_translation(x, 0.0 if y is None else y)])


def rotate(cursor: Cursor) -> object:
    """none, or an angle, perhaps about the z axis."""
    if cursor.take_keyword(("none",)):
        return ()
    axis = cursor.take_keyword(("x", "y", "z"))
    angle = _plain(take_angle(cursor, unitless_zero=True), "an angle")
    if axis is None:
        axis = cursor.take_keyword(("x", "y", "z"))
    if axis in ("x", "y"):
        raise UnsupportedValueError("rotation out of the plane is not supported")
    return (_made("rotate")(angle),)


def scale(cursor: Cursor) -> object:
    """none, or one to three factors."""
    if cursor.take_keyword(("none",)):
        return ()
    x = _plain(take_fraction(cursor), "a number or percentage")
    y = take_fraction(cursor)
    take_fraction(cursor)
    return (_made("scale")(x, x if y is None else y),)


def transform_origin(cursor: Cursor) -> object:
    """A position, perhaps with a depth, which changes nothing in the plane."""
    first, second = _origin_axes(cursor)
    take_length(cursor)
    return position((first, second))


def _origin_axes(cursor: Cursor) -> tuple[LengthOrPercentage, LengthOrPercentage]:
    tokens = cursor.tokens
    axes = take_position(Cursor(tokens[:2]))
    if axes is None:
        raise InvalidValueError("a position was expected")
    cursor.reset(min(len(tokens), 2))
    return axes


def object_position(cursor: Cursor) -> object:
    """A position."""
    axes = take_position(cursor)
    if axes is None:
        raise InvalidValueError("a position was expected")
    return position(axes)


_CLAMPED = frozenset({"grayscale", "sepia", "invert", "opacity"})
_FACTORS = _CLAMPED | {"brightness", "contrast", "saturate"}
_FILTERS = _FACTORS | {"blur", "hue-rotate", "drop-shadow"}


def filter_functions(cursor: Cursor) -> object:
    """none or a list of functions; references to SVG filters are not supported."""
    if cursor.take_keyword(("none",)):
        return ()
    functions: list[FilterFunction | Deferred[FilterFunction]] = []
    while (function := cursor.take_function(_FILTERS)) is not None:
        inner = Cursor(function.arguments)
        functions.append(_filter(function.lower_name, inner))
        inner.expect_end()
    if cursor.take_url() is not None:
        raise UnsupportedValueError("filters by url() are not supported")
    if not functions:
        raise InvalidValueError("none or filter functions were expected")
    return collect(functions)


def _filter(name: str, cursor: Cursor) -> FilterFunction | Deferred[FilterFunction]:
    if name == "drop-shadow":
        return combine(lambda cast: FilterFunction("drop-shadow", (), cast), shadow(cursor, box=False))
    if name == "blur":
        radius = take_length(cursor, negative=False)
        return combine(lambda px: FilterFunction("blur", (px,)), 0.0 if radius is None else radius)
    if name == "hue-rotate":
        return FilterFunction("hue-rotate", (take_angle(cursor, unitless_zero=True) or 0.0,))
    amount = take_fraction(cursor, negative=False)
    if amount is None:
        amount = 1.0
    return FilterFunction(name, (min(amount, 1.0) if name in _CLAMPED else amount,))  # type: ignore[arg-type]


LONGHANDS = (
    Longhand("transform", transform, ()),
    Longhand("translate", translate, ()),
    Longhand("rotate", rotate, ()),
    Longhand("scale", scale, ()),
    Longhand("transform-origin", transform_origin, CENTER, "transform_origin"),
    Longhand("filter", filter_functions, (), "filter"),
    Longhand("box-shadow", box_shadow, (), "box_shadow"),
    Longhand("mix-blend-mode", words(BLEND_MODES), "normal", "mix_blend_mode"),
    Longhand("object-fit", words("fill contain cover none scale-down"), "fill", "object_fit"),
    Longhand("object-position", object_position, CENTER, "object_position"),
    Longhand(
        "image-rendering",
        words("auto smooth high-quality crisp-edges pixelated -webkit-optimize-contrast"),
        "auto",
        "image_rendering",
        inherited=True,
    ),
)
