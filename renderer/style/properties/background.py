"""Backgrounds (CSS Backgrounds 3 section 3, text clip of level 4). Longhands are tuples, one value a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from renderer.style.colors import take_color
from renderer.style.deferred import collect, combine
from renderer.style.gradients import take_image
from renderer.style.grammar import (
    Longhand,
    Shorthand,
    color,
    comma_list,
    either,
    optional,
    positive_length_percentage,
    words,
)
from renderer.style.positions import HORIZONTAL, VERTICAL, take_axis, take_position
from renderer.style.tokens import Cursor, InvalidValueError
from renderer.style.values import TRANSPARENT, LengthPercentage, Percentage

_ONE_WORD_REPEATS = {"repeat-x": ("repeat", "no-repeat"), "repeat-y": ("no-repeat", "repeat")}
_repeat_word = words("repeat no-repeat space round")
_box = words("border-box padding-box content-box")
_clip = words("border-box padding-box content-box text")
_attachment = words("scroll fixed local")
_START = Percentage(0.0)


def image(cursor: Cursor) -> object:
    """none or an image."""
    if cursor.take_keyword(("none",)):
        return None
    found = take_image(cursor)
    if found is None:
        raise InvalidValueError("none, url() or a gradient was expected")
    return found


def repeat(cursor: Cursor) -> tuple[object, object]:
    """One or two keywords."""
    word = cursor.take_keyword(_ONE_WORD_REPEATS)
    if word is not None:
        return _ONE_WORD_REPEATS[word]
    first = _repeat_word(cursor)
    second = optional(_repeat_word)(cursor)
    return (first, first if second is None else second)


_extent = either("auto", positive_length_percentage, "a length or percentage")


def size(cursor: Cursor) -> object:
    """cover, contain, or width and height."""
    word = cursor.take_keyword(("cover", "contain"))
    if word is not None:
        return word
    width = _extent(cursor)
    height = optional(_extent)(cursor)
    return combine(_pair, width, "auto" if height is None else height)


def _pair(width: LengthPercentage | str, height: LengthPercentage | str) -> tuple[object, object]:
    return (width, height)


def _axis(edges: dict[str, float]) -> object:
    def parse(cursor: Cursor) -> object:
        value = take_axis(cursor, edges)
        if value is None:
            raise InvalidValueError("an edge, a length or a percentage was expected")
        return value

    return comma_list(parse)


LONGHANDS = (
    Longhand("background-color", color, TRANSPARENT, "background_color"),
    Longhand("background-image", comma_list(image), (None,)),
    Longhand("background-position-x", _axis(HORIZONTAL), (_START,)),  # type: ignore[arg-type]
    Longhand("background-position-y", _axis(VERTICAL), (_START,)),  # type: ignore[arg-type]
    Longhand("background-size", comma_list(size), (("auto", "auto"),)),
    Longhand("background-repeat", comma_list(repeat), (("repeat", "repeat"),)),
    Longhand("background-origin", comma_list(_box), ("padding-box",)),
    Longhand("background-clip", comma_list(_clip), ("border-box",)),
    Longhand("background-attachment", comma_list(_attachment), ("scroll",)),
)

LAYERED = tuple(longhand.name for longhand in LONGHANDS if longhand.name != "background-color")
_INITIAL_LAYER: dict[str, object] = {
    longhand.name: cast("tuple[object, ...]", longhand.initial)[0] for longhand in LONGHANDS if longhand.name in LAYERED
}


def _positions(cursor: Cursor) -> Mapping[str, object]:
    xs, ys = [], []
    for part in cursor.split():
        axes = take_position(part)
        part.expect_end()
        if axes is None:
            raise InvalidValueError("a position was expected")
        xs.append(axes[0])
        ys.append(axes[1])
    return {"background-position-x": collect(xs), "background-position-y": collect(ys)}


def _background(cursor: Cursor) -> Mapping[str, object]:
    """Layers from top to bottom; only the last may have a colour."""
    layers = []
    background_color: object = TRANSPARENT
    parts = cursor.split()
    for index, part in enumerate(parts):
        layer, layer_color = _layer(part, last=index == len(parts) - 1)
        layers.append(layer)
        background_color = TRANSPARENT if layer_color is None else layer_color
    values = {name: collect([layer[name] for layer in layers]) for name in LAYERED}
    return {**values, "background-color": background_color}


def _layer(cursor: Cursor, *, last: bool) -> tuple[dict[str, object], object | None]:
    layer: dict[str, object] = {}
    layer_color: object | None = None
    boxes: list[object] = []
    while not cursor.done:
        if "background-image" not in layer and (cursor.keyword() == "none" or _is_image(cursor)):
            layer["background-image"] = image(cursor)
        elif "background-position-x" not in layer and (axes := take_position(cursor)) is not None:
            layer["background-position-x"], layer["background-position-y"] = axes
            if cursor.take_literal("/"):
                layer["background-size"] = size(cursor)
        elif "background-repeat" not in layer and (found := optional(repeat)(cursor)) is not None:
            layer["background-repeat"] = found
        elif "background-attachment" not in layer and (word := optional(_attachment)(cursor)) is not None:
            layer["background-attachment"] = word
        elif len(boxes) < 2 and (box := optional(_clip)(cursor)) is not None:
            boxes.append(box)
        elif last and layer_color is None and (found_color := take_color(cursor)) is not None:
            layer_color = found_color
        else:
            cursor.expect_end()
    if boxes:
        origin, clip = boxes[0], boxes[-1]
        layer["background-origin"] = "padding-box" if origin == "text" else origin
        layer["background-clip"] = clip
    return {**_INITIAL_LAYER, **layer}, layer_color


def _is_image(cursor: Cursor) -> bool:
    """Whether an image follows; an invalid one raises its own error."""
    mark = cursor.mark()
    found = take_image(cursor) is not None
    cursor.reset(mark)
    return found


SHORTHANDS = (
    Shorthand("background", (*LAYERED, "background-color"), _background),
    Shorthand("background-position", ("background-position-x", "background-position-y"), _positions),
)
