"""Colours of borders that look raised or sunken (CSS Backgrounds 3 section 4.2), by Chromium's formulas."""

from __future__ import annotations

from renderer.style.values import Color

_STEP = 0.33  # of full brightness, by which a colour is made darker or lighter
_UNCOLOURED = Color(238, 238, 238)


def shadow_and_light(color: Color, current: Color) -> tuple[Color, Color]:
    """Colours of the sides in the shadow and in the light.

    A border without a colour of its own, but its text's, is light grey. One that was given that very colour can't be
    told apart from it.
    """
    if color == current:
        return darker(_UNCOLOURED), _UNCOLOURED
    return darker(color), lighter(color)


def darker(color: Color) -> Color:
    """A third of full brightness darker, in the same hue."""
    brightest = max(color[:3]) / 255
    return _scaled(color, max(0.0, brightest - _STEP) / brightest) if brightest else color


def lighter(color: Color) -> Color:
    """A third of full brightness lighter, in the same hue; black becomes grey."""
    brightest = max(color[:3]) / 255
    if not brightest:
        return Color(84, 84, 84, color.alpha)
    return _scaled(color, min(1.0, brightest + _STEP) / brightest)


def _scaled(color: Color, factor: float) -> Color:
    red, green, blue = (min(255, round(channel * factor)) for channel in color[:3])
    return Color(red, green, blue, color.alpha)
