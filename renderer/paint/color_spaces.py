"""Conversions between sRGB and the colour spaces of CSS Color 4 (sections 10 to 17), on arrays of colours.

Colours are rows of three components: sRGB and the other RGB spaces 0–1, Lab and LCH with L 0–100, Oklab and OKLCH with
L 0–1, hues in degrees, HSL saturation and lightness and HWB whiteness and blackness 0–1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.float64]

# CSS Color 4 section 18, sample code for colour conversions.
_LINEAR_TO_XYZ = np.array(
    [
        [506752 / 1228815, 87881 / 245763, 12673 / 70218],
        [87098 / 409605, 175762 / 245763, 12673 / 175545],
        [7918 / 409605, 87881 / 737289, 1001167 / 1053270],
    ]
)
_D65_TO_D50 = np.array(
    [
        [1.0479297925449969, 0.022946870601609652, -0.05019226628920524],
        [0.02962780877005599, 0.9904344267538799, -0.017073799063418826],
        [-0.009243040646204504, 0.015055191490298152, 0.7518742814281371],
    ]
)
_XYZ_TO_LMS = np.array(
    [
        [0.8190224379967030, 0.3619062600528904, -0.1288737815209879],
        [0.0329836539323885, 0.9292868615863434, 0.0361446663506424],
        [0.0481771893596242, 0.2642395317527308, 0.6335478284694309],
    ]
)
_LMS_TO_OKLAB = np.array(
    [
        [0.2104542683093140, 0.7936177747023054, -0.0040720430116193],
        [1.9779985324311684, -2.4285922420485799, 0.4505937096174110],
        [0.0259040424655478, 0.7827717124575296, -0.8086757549230774],
    ]
)
_D50_WHITE = np.array([0.3457 / 0.3585, 1.0, (1.0 - 0.3457 - 0.3585) / 0.3585])
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
    return srgb_from_linear(_through(np.linalg.inv(_LINEAR_TO_XYZ), colors))


def _xyz_d50_from_srgb(colors: Colors) -> Colors:
    return _through(_D65_TO_D50, _xyz_from_srgb(colors))


def _srgb_from_xyz_d50(colors: Colors) -> Colors:
    return _srgb_from_xyz(_through(np.linalg.inv(_D65_TO_D50), colors))


def _oklab_from_srgb(colors: Colors) -> Colors:
    return _through(_LMS_TO_OKLAB, np.cbrt(_through(_XYZ_TO_LMS, _xyz_from_srgb(colors))))


def _srgb_from_oklab(colors: Colors) -> Colors:
    lms = _through(np.linalg.inv(_LMS_TO_OKLAB), colors) ** 3
    return _srgb_from_xyz(_through(np.linalg.inv(_XYZ_TO_LMS), lms))


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
