"""The last step of computing a style: properties that ComputedStyle holds merged, and values that depend on others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import floor
from typing import cast

from renderer.style.colors import CURRENT, OWN_COLOR
from renderer.style.computed import ComputedStyle
from renderer.style.properties.background import LONGHANDS as BACKGROUNDS
from renderer.style.properties.box import SIDES
from renderer.style.values import (
    BackgroundLayer,
    BoxArea,
    Color,
    ImageValue,
    LengthPercentage,
    Position,
    Repeat,
    Shadow,
    TransformFunction,
)

Internal = Mapping[str, object]
"""Computed values of properties that have no field of their own; initial values are left out."""

SCROLLING = ("hidden", "auto", "scroll")
FLEX_DISPLAYS = frozenset({"flex", "inline-flex", "grid", "inline-grid"})
_BLOCKIFIED = {
    "inline": "block",
    "inline-block": "block",
    "inline-flex": "flex",
    "inline-grid": "grid",
    "inline-table": "table",
    **dict.fromkeys(
        (
            "table-row",
            "table-cell",
            "table-row-group",
            "table-header-group",
            "table-footer-group",
            "table-column",
            "table-column-group",
            "table-caption",
        ),
        "block",
    ),
}
_LAYER_DEFAULTS = {longhand.name: longhand.initial for longhand in BACKGROUNDS}
_PACK = {"start": "flex-start", "end": "flex-end", "center": "center", "justify": "space-between"}
_LEGACY_ALIGN = {"start": "flex-start", "end": "flex-end"}


def assemble(style: ComputedStyle, internal: Internal, declared: Mapping[str, object], *, blockify: bool) -> None:
    """Complete a style whose own fields are set. `blockify`: the parent is a flex container, or there is none."""
    _display(style, internal, blockify=blockify)
    _lines(style, internal, declared)
    _text(style, internal)
    if "background-image" in internal or "background-clip" in internal:
        _backgrounds(style, internal)
    functions = [
        function
        for name in ("translate", "rotate", "scale", "transform")
        for function in cast("tuple[TransformFunction, ...]", internal.get(name, ()))
    ]
    if functions:
        style.transform = tuple(functions)
    if style.overflow_x != style.overflow_y:
        _overflow(style)


def _display(style: ComputedStyle, internal: Internal, *, blockify: bool) -> None:
    if style.position in ("sticky", "-webkit-sticky"):
        # Nothing scrolls in a picture: a sticky box stays where it is in the flow.
        style.position = "relative"
        style.top = style.right = style.bottom = style.left = "auto"
    lines = internal.get("-webkit-line-clamp")
    if style.display in ("-webkit-box", "-webkit-inline-box"):
        _legacy_box(style, internal, cast("int | None", lines))
    if style.position in ("absolute", "fixed"):
        style.float_ = "none"
        blockify = True
    style.inline_level = style.display.startswith("inline")
    if (blockify or style.float_ != "none") and style.display in _BLOCKIFIED:
        style.display = _BLOCKIFIED[style.display]


def _legacy_box(style: ComputedStyle, internal: Internal, lines: int | None) -> None:
    """display: -webkit-box, as what it is used for: clamped lines; else as the flexbox it was the draft of."""
    inline = style.display == "-webkit-inline-box"
    vertical = internal.get("-webkit-box-orient") in ("vertical", "block-axis")
    if lines is not None and vertical:
        style.display = "inline-block" if inline else "flow-root"
        style.line_clamp = lines
        return
    style.display = "inline-flex" if inline else "flex"
    style.flex_direction = "column" if vertical else "row"
    align = str(internal.get("-webkit-box-align", "stretch"))
    style.align_items = _LEGACY_ALIGN.get(align, align)
    style.justify_content = _PACK[str(internal.get("-webkit-box-pack", "start"))]


def snap_line_width(width: float) -> float:
    """Borders and outlines are whole px, at least one (CSS Values 4 section 5.4.1, as Chromium does at ratio 1)."""
    return 1.0 if 0 < width < 1 else float(floor(width))


def _side(name: str) -> Callable[[ComputedStyle, Internal, Mapping[str, object]], None]:
    """What a border side or the outline is once its style is known: no style, no width; no colour, currentcolor."""
    css = name.replace("_", "-")
    line_style, line_width, color = f"{name}_style", f"{name}_width", f"{name}_color"
    css_width, css_color = f"{css}-width", f"{css}-color"

    def finish(style: ComputedStyle, internal: Internal, declared: Mapping[str, object]) -> None:
        if getattr(style, line_style) in ("none", "hidden"):
            setattr(style, line_width, 0.0)
            return
        setattr(style, line_width, snap_line_width(cast("float", internal.get(css_width, 3.0))))
        if declared.get(css_color, CURRENT) is CURRENT:
            setattr(style, color, style.color)

    return finish


_SIDES = {f"border-{side}-style": _side(f"border_{side}") for side in SIDES} | {"outline-style": _side("outline")}


def _lines(style: ComputedStyle, internal: Internal, declared: Mapping[str, object]) -> None:
    for name, finish in _SIDES.items():
        if name in declared:
            finish(style, internal, declared)
    if style.text_decoration_line and "text-decoration-color" not in declared:
        style.text_decoration_color = style.color


def _text(style: ComputedStyle, internal: Internal) -> None:
    mode, kind = internal.get("text-wrap-mode", "wrap"), str(internal.get("text-wrap-style", "auto"))
    if mode == "nowrap":
        style.text_wrap = "nowrap"
    else:
        style.text_wrap = kind if kind in ("balance", "pretty", "stable") else "wrap"
    stroke = cast("Color", internal.get("-webkit-text-stroke-color", OWN_COLOR))
    style.text_stroke_color = style.color if stroke == OWN_COLOR else stroke
    fill = cast("Color", internal.get("-webkit-text-fill-color", OWN_COLOR))
    style.text_fill_color = None if fill == OWN_COLOR else fill
    shadows = cast("tuple[Shadow, ...]", internal.get("text-shadow", ()))
    if shadows:
        shadows = tuple(replace(one, color=style.color) if one.color == OWN_COLOR else one for one in shadows)
    style.text_shadow = shadows


def _overflow(style: ComputedStyle) -> None:
    """visible cannot stand beside a value that scrolls (CSS Overflow 3 section 3.1); Chromium leaves clip alone."""
    if style.overflow_x == "visible" and style.overflow_y in SCROLLING:
        style.overflow_x = "auto"
    if style.overflow_y == "visible" and style.overflow_x in SCROLLING:
        style.overflow_y = "auto"


def _backgrounds(style: ComputedStyle, internal: Internal) -> None:
    """Layers of all background properties, their lists repeated to the number of images (Backgrounds 3 section 3.2)."""

    def values(name: str) -> tuple[object, ...]:
        return cast("tuple[object, ...]", internal.get(name, _LAYER_DEFAULTS[name]))

    images = values("background-image")
    lists = {name: values(name) for name in _LAYER_DEFAULTS if name != "background-color"}

    def at(name: str, index: int) -> object:
        choices = lists[name]
        return choices[index % len(choices)]

    style.background_clip = str(at("background-clip", len(images) - 1))
    style.background_layers = tuple(
        BackgroundLayer(
            cast("ImageValue", image),
            Position(
                cast("LengthPercentage", at("background-position-x", index)),
                cast("LengthPercentage", at("background-position-y", index)),
            ),
            at("background-size", index),  # type: ignore[arg-type]
            cast("tuple[Repeat, Repeat]", at("background-repeat", index)),
            cast("BoxArea", at("background-origin", index)),
            cast("BoxArea", at("background-clip", index)),
            at("background-attachment", index),  # type: ignore[arg-type]
        )
        for index, image in enumerate(images)
        if image is not None
    )
