"""List markers (CSS Lists 3, CSS Counter Styles 3 section 6)."""

from __future__ import annotations

from math import floor

from renderer.layout.anonymous import anonymous_style
from renderer.layout.counter_styles import numeral
from renderer.layout.inline.metrics import used_line_height
from renderer.style.computed import ComputedStyle, Radius
from renderer.style.values import Color, Percentage
from renderer.text.types import Font

SYMBOLS = frozenset({"disc", "circle", "square"})


def symbol_style(style: ComputedStyle, font: Font) -> ComputedStyle:
    """Style of the box that draws a disc, circle or square, sized and placed by the font as Chromium does."""
    marker = anonymous_style(style)
    metrics = font.metrics
    ascent = int(metrics.ascent)
    offset = ascent * 2 // 3
    size = (offset + 1) // 2
    top = 3 * (ascent - offset) // 2
    marker.width = marker.height = float(size)
    marker.box_sizing = "border-box"
    if style.list_style_type != "square":
        half: Radius = (Percentage(0.5), Percentage(0.5))
        marker.border_top_left_radius = marker.border_top_right_radius = half
        marker.border_bottom_left_radius = marker.border_bottom_right_radius = half
    if style.list_style_type == "circle":
        _outlined(marker, style.color)
    else:
        marker.background_color = style.color
    if style.list_style_position == "inside":
        marker.display = "inline-block"
        marker.margin_right = style.font_size + 1.0
        marker.margin_bottom = float(ascent - top - size)
        return marker
    marker.position = "absolute"
    extent = metrics.ascent + metrics.descent
    marker.margin_top = floor((used_line_height(style, font) - extent) / 2) + float(top)
    if style.direction == "rtl":
        marker.margin_left = float(offset + 7 - size)
    else:
        marker.margin_right = float(offset + 7 - size)
    return marker


def _outlined(marker: ComputedStyle, color: Color) -> None:
    for side in ("top", "right", "bottom", "left"):
        setattr(marker, f"border_{side}_width", 1.0)
        setattr(marker, f"border_{side}_style", "solid")
        setattr(marker, f"border_{side}_color", color)


def marker_text(style: ComputedStyle, number: int) -> str:
    """Textual marker with its trailing space; empty if the item has none, or a symbol."""
    kind = style.list_style_type
    if kind == "none" or kind in SYMBOLS:
        return ""
    if kind.startswith("string:"):
        return kind.removeprefix("string:")
    return f"{numeral(kind, number)}. "
