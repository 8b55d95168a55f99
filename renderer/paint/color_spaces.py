"""Conversions between sRGB and the colour spaces of CSS Color 4 (sections 10 to 17), on arrays of colours.

Colours are rows of three components: sRGB and the other RGB spaces 0–1, Lab and LCH with L 0–100, Oklab and OKLCH with
L 0–1, hues in degrees, HSL saturation and lightness and HWB whiteness and blackness 0–1. The matrices are those that
stylesheets' colours are read with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderer.style import color_spaces as style_spaces

Colors = NDArray[np.float64]

_LINEAR_TO_XYZ, _XYZ_TO_LINEAR = np.array(style_spaces.SRGB_TO_XYZ), np.array(style_spaces.XYZ_TO_SRGB)
_D65_TO_D50, _D50_TO_D65 = np.array(style_spaces.D65_TO_D50), np.array(style_spaces.D50_TO_D65)
_XYZ_TO_LMS, _LMS_TO_XYZ = np.array(style_spaces.XYZ_TO_LMS), np.array(style_spaces.LMS_TO_XYZ)
_LMS_TO_OKLAB, _OKLAB_TO_LMS = np.array(style_spaces.LMS_TO_OKLAB), np.array(style_spaces.OKLAB_TO_LMS)
_D50_WHITE = np.array(style_spaces.D50)
_KAPPA, _LAB_EPSILON = 24389 / 27, 216 / 24389


class ColorSpace(NamedTuple):
    """How to go to a space and back, the index of its hue (None: rectangular), and how colourful a colour is."""

    from_srgb: Callable[[Colors], Colors]
    to_srgb: Callable[[Colors], Colors]
    hue: int | None = None
    achromatic: Callable[[Colors], NDArray[np.bool_]] | None = None


def linear_from_srgb(colors: Colors) -> Colors:
    """Undo the sRGB transfer function, extended to negative values."""
    size = np.abs(colors)
    linear = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return np.copysign(linear, colors)


def srgb_from_linear(colors: Colors) -> Colors:
    """The sRGB transfer function, extended to negative values."""
    size = np.abs(colors)
    encoded = np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
    return np.copysign(encoded, colors)


def _through(matrix: Colors, colors: Colors) -> Colors:
    """Every colour times a matrix, summed in a fixed order: a BLAS may differ between machines in the last digit."""
    return np.asarray((colors[:, None, :] * matrix[None, :, :]).sum(axis=2))


def _xyz_from_srgb(colors: Colors) -> Colors:
    return _through(_LINEAR_TO_XYZ, linear_from_srgb(colors))


def _srgb_from_xyz(colors: Colors) -> Colors:
    return srgb_from_linear(_through(_XYZ_TO_LINEAR, colors))


def _xyz_d50_from_srgb(colors: Colors) -> Colors:
    return _through(_D65_TO_D50, _xyz_from_srgb(colors))


def _srgb_from_xyz_d50(colors: Colors) -> Colors:
    return _srgb_from_xyz(_through(_D50_TO_D65, colors))


def _oklab_from_srgb(colors: Colors) -> Colors:
    return _through(_LMS_TO_OKLAB, np.cbrt(_through(_XYZ_TO_LMS, _xyz_from_srgb(colors))))


def _srgb_from_oklab(colors: Colors) -> Colors:
    lms = _through(_OKLAB_TO_LMS, colors) ** 3
    return _srgb_from_xyz(_through(_LMS_TO_XYZ, lms))


def _lab_from_srgb(colors: Colors) -> Colors:
    xyz = _xyz_d50_from_srgb(colors) / _D50_WHITE
    f = np.where(xyz > _LAB_EPSILON, np.cbrt(xyz), (_KAPPA * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def _srgb_from_lab(colors: Colors) -> Colors:
    middle = (colors[:, 0] + 16) / 116
    f = np.stack([colors[:, 1] / 500 + middle, middle, middle - colors[:, 2] / 200], axis=1)
    xyz = np.where(f**3 > _LAB_EPSILON, f**3, (116 * f - 16) / _KAPPA)
    return _srgb_from_xyz_d50(xyz * _D50_WHITE)


def _polar(colors: Colors) -> Colors:
    hue = np.degrees(np.arctan2(colors[:, 2], colors[:, 1])) % 360
    return np.stack([colors[:, 0], np.hypot(colors[:, 1], colors[:, 2]), hue], axis=1)


def _rectangular(colors: Colors) -> Colors:
    hue = np.radians(colors[:, 2])
    return np.stack([colors[:, 0], colors[:, 1] * np.cos(hue), colors[:, 1] * np.sin(hue)], axis=1)


def _hue_of(colors: Colors) -> Colors:
    red, green, blue = colors.T
    largest, smallest = colors.max(axis=1), colors.min(axis=1)
    span = np.where(largest > smallest, largest - smallest, 1.0)
    hue = np.where(
        largest == red,
        ((green - blue) / span) % 6,
        np.where(largest == green, (blue - red) / span + 2, (red - green) / span + 4),
    )
    return np.where(largest > smallest, hue * 60, 0.0)


def _hsl_from_srgb(colors: Colors) -> Colors:
    largest, smallest = colors.max(axis=1), colors.min(axis=1)
    lightness = (largest + smallest) / 2
    room = 1 - np.abs(2 * lightness - 1)
    saturation = np.where(room > 1e-9, (largest - smallest) / np.where(room > 1e-9, room, 1.0), 0.0)
    return np.stack([_hue_of(colors), saturation, lightness], axis=1)


def _srgb_from_hsl(colors: Colors) -> Colors:
    hue, saturation, lightness = colors.T
    amount = saturation * np.minimum(lightness, 1 - lightness)
    k = (np.array([0.0, 8.0, 4.0])[None, :] + hue[:, None] / 30) % 12
    wave = np.clip(np.minimum(k - 3, 9 - k), -1, 1)
    return np.asarray(lightness[:, None] - amount[:, None] * wave)


def _hwb_from_srgb(colors: Colors) -> Colors:
    return np.stack([_hue_of(colors), colors.min(axis=1), 1 - colors.max(axis=1)], axis=1)


def _srgb_from_hwb(colors: Colors) -> Colors:
    hue, white, black = colors.T
    total = np.maximum(1.0, white + black)
    white, black = white / total, black / total
    pure = _srgb_from_hsl(np.stack([hue, np.ones_like(hue), np.full_like(hue, 0.5)], axis=1))
    return np.asarray(pure * (1 - white - black)[:, None] + white[:, None])


def _same(colors: Colors) -> Colors:
    return colors


SRGB = ColorSpace(_same, _same)

COLOR_SPACES: dict[str, ColorSpace] = {
    "srgb": SRGB,
    "srgb-linear": ColorSpace(linear_from_srgb, srgb_from_linear),
    "xyz": ColorSpace(_xyz_from_srgb, _srgb_from_xyz),
    "xyz-d65": ColorSpace(_xyz_from_srgb, _srgb_from_xyz),
    "xyz-d50": ColorSpace(_xyz_d50_from_srgb, _srgb_from_xyz_d50),
    "lab": ColorSpace(_lab_from_srgb, _srgb_from_lab),
    "oklab": ColorSpace(_oklab_from_srgb, _srgb_from_oklab),
    "lch": ColorSpace(
        lambda c: _polar(_lab_from_srgb(c)), lambda c: _srgb_from_lab(_rectangular(c)), 2, lambda c: c[:, 1] < 0.015
    ),
    "oklch": ColorSpace(
        lambda c: _polar(_oklab_from_srgb(c)), lambda c: _srgb_from_oklab(_rectangular(c)), 2, lambda c: c[:, 1] < 4e-5
    ),
    "hsl": ColorSpace(_hsl_from_srgb, _srgb_from_hsl, 0, lambda c: c[:, 1] < 1e-5),
    "hwb": ColorSpace(_hwb_from_srgb, _srgb_from_hwb, 0, lambda c: c[:, 1] + c[:, 2] > 0.99999),
}
