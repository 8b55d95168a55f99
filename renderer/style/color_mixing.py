"""Colours in their spaces, interpolation between them and the way to sRGB (CSS Color 4 section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from renderer.style.color_spaces import Triple, convert
from renderer.style.tokens import finite
from renderer.style.values import Color

Coordinates = tuple[float | None, float | None, float | None]

POLAR_HUE = {"hsl": 0, "hwb": 0, "lch": 2, "oklch": 2}
HUE_METHODS = ("shorter", "longer", "increasing", "decreasing")

_CATEGORIES = {
    "srgb": "rgb",
    "srgb-linear": "rgb",
    "display-p3": "rgb",
    "display-p3-linear": "rgb",
    "a98-rgb": "rgb",
    "prophoto-rgb": "rgb",
    "rec2020": "rgb",
    "xyz-d65": "rgb",
    "xyz-d50": "rgb",
    "lab": "Lab",
    "oklab": "Lab",
    "lch": "LCH",
    "oklch": "LCH",
    "hsl": "HCL",
    "hwb": "H--",
}
SPACES = frozenset(_CATEGORIES)
LARGEST_COORDINATE = 1e6


@dataclass(frozen=True, slots=True)
class SpaceColor:
    """A colour in its own space; None marks a missing component. `legacy`: written in a syntax of old, sRGB only."""

    space: str
    coordinates: Coordinates
    alpha: float | None = 1.0
    legacy: bool = False


@lru_cache(maxsize=2048)
def to_color(color: SpaceColor) -> Color:
    """8-bit sRGB. Like Chromium, channels out of gamut are clipped, not mapped with constant hue."""
    red, green, blue = (_byte(value) for value in convert(_solid(color.coordinates), color.space, "srgb"))
    return Color(red, green, blue, min(max(finite(color.alpha or 0.0), 0.0), 1.0))


def _byte(value: float) -> int:
    return int(min(max(finite(value), 0.0), 1.0) * 255 + 0.5 + 1e-6)


def from_color(color: Color) -> SpaceColor:
    """An sRGB colour with coordinates 0–1."""
    return SpaceColor("srgb", (color.red / 255, color.green / 255, color.blue / 255), color.alpha, legacy=True)


def _solid(coordinates: Coordinates) -> Triple:
    first, second, third = (finite(value, LARGEST_COORDINATE) if value is not None else 0.0 for value in coordinates)
    return (first, second, third)


def in_space(color: SpaceColor, space: str) -> SpaceColor:
    """The colour in another space: analogous missing components stay missing, powerless hues become so."""
    if color.space == space:
        return color
    coordinates = list[float | None](convert(_solid(color.coordinates), color.space, space))
    hue = POLAR_HUE.get(space)
    if hue is not None and _achromatic(coordinates, space):
        coordinates[hue] = None
    source, target = _CATEGORIES[color.space], _CATEGORIES[space]
    for index, category in enumerate(target):
        place = source.find(category) if category != "-" else -1
        if place >= 0 and color.coordinates[place] is None:
            coordinates[index] = None
    first, second, third = coordinates
    return SpaceColor(space, (first, second, third), color.alpha)


def _achromatic(coordinates: list[float | None], space: str) -> bool:
    first, second, third = (value or 0.0 for value in coordinates)
    match space:
        case "hwb":
            return second + third >= 100 - 1e-4
        case "hsl":
            return second <= 1e-3
        case "lch":
            return second <= 0.0015
    del first
    return second <= 4e-6


def mix(first: SpaceColor, second: SpaceColor, share: float, space: str, hue: str = "shorter") -> SpaceColor:
    """Interpolate: `share` is the second colour's part, 0–1. Premultiplied, hues by their own method."""
    one, two = in_space(first, space), in_space(second, space)
    alpha_one, alpha_two = one.alpha, two.alpha
    if alpha_one is None and alpha_two is None:
        alpha: float | None = None
        weight_one = weight_two = 1.0
    else:
        weight_one = alpha_one if alpha_one is not None else alpha_two or 0.0
        weight_two = alpha_two if alpha_two is not None else alpha_one or 0.0
        alpha = weight_one + (weight_two - weight_one) * share
    result: list[float | None] = []
    for index, (a, b) in enumerate(zip(one.coordinates, two.coordinates, strict=True)):
        if a is None and b is None:
            result.append(None)
            continue
        start, end = (b if a is None else a) or 0.0, (a if b is None else b) or 0.0
        if index == POLAR_HUE.get(space):
            start, end = _hues(start, end, hue)
            result.append((start + (end - start) * share) % 360)
            continue
        blended = start * weight_one + (end * weight_two - start * weight_one) * share
        result.append(blended / alpha if alpha else (start + (end - start) * share if alpha is None else 0.0))
    return SpaceColor(space, (result[0], result[1], result[2]), alpha)


def _hues(start: float, end: float, method: str) -> tuple[float, float]:
    """Hue fixup (CSS Color 4 section 12.4)."""
    start, end = start % 360, end % 360
    span = end - start
    match method:
        case "shorter":
            if span > 180:
                start += 360
            elif span < -180:
                end += 360
        case "longer":
            if 0 < span < 180:
                start += 360
            elif -180 < span <= 0:
                end += 360
        case "increasing" if end < start:
            end += 360
        case "decreasing" if start < end:
            start += 360
    return start, end
