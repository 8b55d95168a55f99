"""Flow-relative properties (CSS Logical Properties 1) in the horizontal writing mode, by direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from renderer.style.grammar import Parse, Shorthand, color, either, positive_length_percentage, sides
from renderer.style.lengths import take_length_percentage
from renderer.style.properties.box import line, line_longhands, line_style, line_width
from renderer.style.tokens import Cursor

PHYSICAL: dict[str, tuple[str, str]] = {
    "inline-size": ("width", "width"),
    "block-size": ("height", "height"),
    "min-inline-size": ("min-width", "min-width"),
    "min-block-size": ("min-height", "min-height"),
    "max-inline-size": ("max-width", "max-width"),
    "max-block-size": ("max-height", "max-height"),
    "overflow-inline": ("overflow-x", "overflow-x"),
    "overflow-block": ("overflow-y", "overflow-y"),
    "border-start-start-radius": ("border-top-left-radius", "border-top-right-radius"),
    "border-start-end-radius": ("border-top-right-radius", "border-top-left-radius"),
    "border-end-start-radius": ("border-bottom-left-radius", "border-bottom-right-radius"),
    "border-end-end-radius": ("border-bottom-right-radius", "border-bottom-left-radius"),
}
"""Physical longhand of each logical one: for left-to-right, for right-to-left."""

_EDGES = {
    "block-start": ("top", "top"),
    "block-end": ("bottom", "bottom"),
    "inline-start": ("left", "right"),
    "inline-end": ("right", "left"),
}
for _edge, (_ltr, _rtl) in _EDGES.items():
    PHYSICAL[f"inset-{_edge}"] = (_ltr, _rtl)
    for _property in ("margin", "padding"):
        PHYSICAL[f"{_property}-{_edge}"] = (f"{_property}-{_ltr}", f"{_property}-{_rtl}")
    for _part in ("width", "style", "color"):
        PHYSICAL[f"border-{_edge}-{_part}"] = (f"border-{_ltr}-{_part}", f"border-{_rtl}-{_part}")

_auto = either("auto", take_length_percentage, "a length or percentage")
_positive = either("", positive_length_percentage, "a length or percentage")


def _pair(name: str, pattern: str, axis: str, parse: Parse) -> Shorthand:
    names = (pattern.format(f"{axis}-start"), pattern.format(f"{axis}-end"))
    return Shorthand(name, names, sides(parse, names))


def _pairs(axis: str) -> tuple[Shorthand, ...]:
    borders = (f"border-{axis}-start", f"border-{axis}-end")
    expand: Callable[[Cursor], Mapping[str, object]] = line(borders)
    return (
        _pair(f"inset-{axis}", "inset-{}", axis, _auto),
        _pair(f"margin-{axis}", "margin-{}", axis, _auto),
        _pair(f"padding-{axis}", "padding-{}", axis, _positive),
        _pair(f"border-{axis}-width", "border-{}-width", axis, line_width),
        _pair(f"border-{axis}-style", "border-{}-style", axis, line_style),
        _pair(f"border-{axis}-color", "border-{}-color", axis, color),
        Shorthand(f"border-{axis}", line_longhands(borders), expand),
        *(Shorthand(border, line_longhands((border,)), line((border,))) for border in borders),
    )


SHORTHANDS = (*_pairs("inline"), *_pairs("block"))
