"""Colours along a gradient line: stops, hints and interpolation (CSS Images 4 section 3.4, CSS Color 4 section 12)."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from renderer.paint.color_spaces import COLOR_SPACES, SRGB, ColorSpace
from renderer.paint.display_list import Stop
from renderer.style.values import Color

PlacedColor = tuple[float, tuple[float, float, float, float]]  # offset; red, green, blue, alpha 0–1, straight


def gradient_colors(
    stops: tuple[Stop, ...], positions: NDArray[np.float64], *, repeating: bool, space: str, hue: str
) -> NDArray[np.uint8]:
    """Premultiplied RGBA (rows of four bytes) at positions along the gradient line.

    An unknown space interpolates in sRGB. Without any colour everything is transparent.
    """
    placed = expand_hints(stops)
    if not placed:
        return np.zeros((len(positions), 4), np.uint8)
    if repeating:
        first, period = placed[0][0], placed[-1][0] - placed[0][0]
        if period > 0:
            positions = first + (positions - first) % period
        else:
            return _bytes(_last(placed, len(positions)))
    offsets = np.array([offset for offset, _ in placed])
    colors = np.array([color for _, color in placed])
    color_space = COLOR_SPACES.get(space, SRGB)
    if color_space is SRGB:
        colors[:, :3] *= colors[:, 3:]
        return _bytes(_interpolate(offsets, colors, positions))
    return _bytes(_in_space(offsets, colors, positions, color_space, hue))


def expand_hints(stops: tuple[Stop, ...]) -> list[PlacedColor]:
    """Stops with colours only and offsets that never decrease.

    A hint becomes nine stops on its curve, placed as Chromium places them (ReplaceColorHintsWithColorStops).
    """
    placed: list[PlacedColor] = []
    largest = -np.inf
    for index, stop in enumerate(stops):
        largest = max(largest, stop.offset)
        if stop.color is not None:
            placed.append((largest, _fractions(stop.color)))
        elif placed and index + 1 < len(stops):
            following = stops[index + 1]
            if following.color is not None:
                after = (max(largest, following.offset), _fractions(following.color))
                placed += _hinted(placed[-1], largest, after)
    return placed


def _hinted(before: PlacedColor, hint: float, after: PlacedColor) -> list[PlacedColor]:
    left, right, total = hint - before[0], after[0] - hint, after[0] - before[0]
    if total <= 0 or left == right:
        return []
    if left <= 0:
        return [(before[0], after[1])]
    if right <= 0:
        return [(after[0], before[1])]
    if left > right:
        offsets = [before[0] + left * (7 + y) / 13 for y in range(7)]
        offsets += [hint + right / 3, hint + right * 2 / 3]
    else:
        offsets = [before[0] + left / 3, before[0] + left * 2 / 3]
        offsets += [hint + right * y / 13 for y in range(7)]
    exponent = log(0.5) / log(left / total)
    return [(offset, _mix(before[1], after[1], ((offset - before[0]) / total) ** exponent)) for offset in offsets]


def _mix(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float], weight: float
) -> tuple[float, float, float, float]:
    alpha = first[3] + (second[3] - first[3]) * weight
    if alpha <= 0:
        return (0.0, 0.0, 0.0, 0.0)
    red, green, blue = (
        (a * first[3] * (1 - weight) + b * second[3] * weight) / alpha
        for a, b in zip(first[:3], second[:3], strict=True)
    )
    return (red, green, blue, alpha)


def _fractions(color: Color) -> tuple[float, float, float, float]:
    return color.red / 255, color.green / 255, color.blue / 255, min(1.0, max(0.0, color.alpha))


def _last(placed: list[PlacedColor], count: int) -> NDArray[np.float64]:
    """A repeating gradient without length shows its last colour, as Chromium does."""
    red, green, blue, alpha = placed[-1][1]
    return np.tile([red * alpha, green * alpha, blue * alpha, alpha], (count, 1))


def _interpolate(
    offsets: NDArray[np.float64], values: NDArray[np.float64], positions: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.stack([np.interp(positions, offsets, column) for column in values.T], axis=1)


def _in_space(
    offsets: NDArray[np.float64],
    colors: NDArray[np.float64],
    positions: NDArray[np.float64],
    space: ColorSpace,
    hue: str,
) -> NDArray[np.float64]:
    """Interpolate premultiplied in another space; hues are not premultiplied."""
    components = space.from_srgb(colors[:, :3])
    # Each segment has its own two ends, because a hue that means nothing at a stop is taken from its neighbour.
    starts, ends = components[:-1].copy(), components[1:].copy()
    if space.hue is not None and space.achromatic is not None and len(colors) > 1:
        empty = space.achromatic(components) | (colors[:, 3] <= 0)
        _fix_hues(starts[:, space.hue], ends[:, space.hue], empty, hue)
    if len(colors) == 1:
        starts = ends = components
        values = np.concatenate([components, colors[:, 3:]], axis=1)
    else:
        pairs = np.stack([starts, ends], axis=1).reshape(-1, 3)
        alphas = np.stack([colors[:-1, 3], colors[1:, 3]], axis=1).reshape(-1, 1)
        values = np.concatenate([pairs, alphas], axis=1)
        offsets = np.stack([offsets[:-1], offsets[1:]], axis=1).reshape(-1)
    flat = [index for index in range(3) if index != space.hue]
    values[:, flat] *= values[:, 3:]
    mixed = _interpolate(offsets, values, positions)
    alpha = mixed[:, 3:]
    mixed[:, flat] /= np.where(alpha > 0, alpha, 1.0)
    srgb = np.clip(space.to_srgb(mixed[:, :3]), 0.0, 1.0)
    return np.concatenate([srgb * alpha, alpha], axis=1)


def _fix_hues(starts: NDArray[np.float64], ends: NDArray[np.float64], empty: NDArray[np.bool_], method: str) -> None:
    """Hue interpolation of CSS Color 4 section 12.4, in place."""
    np.copyto(starts, ends, where=empty[:-1])
    np.copyto(ends, starts, where=empty[1:])
    delta = ends - starts
    match method:
        case "longer":
            change = np.where((delta > 0) & (delta < 180), -360.0, np.where((delta > -180) & (delta <= 0), 360.0, 0.0))
        case "increasing":
            change = np.where(delta < 0, 360.0, 0.0)
        case "decreasing":
            change = np.where(delta > 0, -360.0, 0.0)
        case _:
            change = np.where(delta > 180, -360.0, np.where(delta < -180, 360.0, 0.0))
    ends += change


def _bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(colors, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
