"""Filters on colours: any absolute CSS colour goes in, `#rrggbb` or `rgba(…)` comes out."""

from __future__ import annotations

import colorsys

from renderer.errors import ExpressionError
from renderer.expressions.filters.conversion import Share
from renderer.expressions.filters.registry import register
from renderer.expressions.runtime.values import describe
from renderer.style.colors import parse_color
from renderer.style.values import Color


@register("Colours", '"#1e3a8a" | lighten(10)', cost=10)
def lighten(value: str, amount: Share) -> str:
    """Lighter by `amount` of the whole range of HSL lightness, as in Sass: `lighten(10)` adds ten percent of it."""
    return _with_lightness(_color(value, "lighten"), amount)


@register("Colours", '"gold" | darken("10%")', cost=10)
def darken(value: str, amount: Share) -> str:
    """Darker by `amount` of the whole range of HSL lightness, as in Sass."""
    return _with_lightness(_color(value, "darken"), -amount)


@register("Colours", '"#1e3a8a" | alpha(0.5)', aliases=["opacity"], cost=10)
def alpha(value: str, opacity: Share) -> str:
    """The colour with that opacity: 0 is transparent, 1 opaque."""
    return _css(_color(value, "alpha")._replace(alpha=opacity))


def _color(text: str, name: str) -> Color:
    color = parse_color(text)
    if color is None:
        raise ExpressionError(
            f"The filter `{name}` needs a CSS colour as `#1e3a8a`, `rgb(30 58 138)` or `navy`, "
            f"but got {describe(text)}."
        )
    return color


def _with_lightness(color: Color, change: float) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(color.red / 255, color.green / 255, color.blue / 255)
    channels = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness + change)), saturation)
    red, green, blue = (int(channel * 255 + 0.5) for channel in channels)
    return _css(Color(red, green, blue, color.alpha))


def _css(color: Color) -> str:
    if color.alpha >= 1:
        return f"#{color.red:02x}{color.green:02x}{color.blue:02x}"
    return f"rgba({color.red}, {color.green}, {color.blue}, {round(color.alpha, 4):g})"
