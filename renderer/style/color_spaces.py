"""Conversion between colour spaces (CSS Color 4 sections 9, 10 and 18). Hub: CIE XYZ with white point D65."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cbrt, copysign, cos, degrees, hypot, radians, sin

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

D50 = (0.3457 / 0.3585, 1.0, (1.0 - 0.3457 - 0.3585) / 0.3585)

SRGB_TO_XYZ: Matrix = (
    (506752 / 1228815, 87881 / 245763, 12673 / 70218),
    (87098 / 409605, 175762 / 245763, 12673 / 175545),
    (7918 / 409605, 87881 / 737289, 1001167 / 1053270),
)
P3_TO_XYZ: Matrix = (
    (608311 / 1250200, 189793 / 714400, 198249 / 1000160),
    (35783 / 156275, 247089 / 357200, 198249 / 2500400),
    (0.0, 32229 / 714400, 5220557 / 5000800),
)
A98_TO_XYZ: Matrix = (
    (573536 / 994567, 263643 / 1420810, 187206 / 994567),
    (591459 / 1989134, 6239551 / 9945670, 374412 / 4972835),
    (53769 / 1989134, 351524 / 4972835, 4929758 / 4972835),
)
REC2020_TO_XYZ: Matrix = (
    (63426534 / 99577255, 20160776 / 139408157, 47086771 / 278816314),
    (26158966 / 99577255, 472592308 / 697040785, 8267143 / 139408157),
    (0.0, 19567812 / 697040785, 295819943 / 278816314),
)
PROPHOTO_TO_XYZ_D50: Matrix = (
    (0.79776664490064230, 0.13518129740053308, 0.03134773412839220),
    (0.28807482881940130, 0.71183523424187300, 0.00008993693872564),
    (0.0, 0.0, 0.82510460251046020),
)
D50_TO_D65: Matrix = (
    (0.955473421488075, -0.02309845494876471, 0.06325924320057072),
    (-0.0283697093338637, 1.0099953980813041, 0.021041441191917323),
    (0.012314014864481998, -0.020507649298898964, 1.330365926242124),
)
XYZ_TO_LMS: Matrix = (
    (0.8190224379967030, 0.3619062600528904, -0.1288737815209879),
    (0.0329836539323885, 0.9292868615863434, 0.0361446663506424),
    (0.0481771893596242, 0.2642395317527308, 0.6335478284694309),
)
LMS_TO_OKLAB: Matrix = (
    (0.2104542683093140, 0.7936177747023054, -0.0040720430116193),
    (1.9779985324311684, -2.4285922420485799, 0.4505937096174110),
    (0.0259040424655478, 0.7827717124575296, -0.8086757549230774),
)


def multiply(matrix: Matrix, vector: Triple) -> Triple:
    """Matrix times column vector."""
    x, y, z = vector
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return (a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z)


def inverse(matrix: Matrix) -> Matrix:
    """Inverse of a 3 × 3 matrix."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    cofactors = (e * i - f * h, c * h - b * i, b * f - c * e)
    determinant = a * cofactors[0] + d * cofactors[1] + g * cofactors[2]
    return (
        (cofactors[0] / determinant, cofactors[1] / determinant, cofactors[2] / determinant),
        ((f * g - d * i) / determinant, (a * i - c * g) / determinant, (c * d - a * f) / determinant),
        ((d * h - e * g) / determinant, (b * g - a * h) / determinant, (a * e - b * d) / determinant),
    )


XYZ_TO_SRGB = inverse(SRGB_TO_XYZ)
XYZ_TO_P3 = inverse(P3_TO_XYZ)
XYZ_TO_A98 = inverse(A98_TO_XYZ)
XYZ_TO_REC2020 = inverse(REC2020_TO_XYZ)
XYZ_D50_TO_PROPHOTO = inverse(PROPHOTO_TO_XYZ_D50)
D65_TO_D50 = inverse(D50_TO_D65)
LMS_TO_XYZ = inverse(XYZ_TO_LMS)
OKLAB_TO_LMS = inverse(LMS_TO_OKLAB)


def _each(transfer: Callable[[float], float], color: Triple) -> Triple:
    """A transfer function on each channel, mirrored for negative values."""
    first, second, third = (copysign(transfer(abs(value)), value) for value in color)
    return (first, second, third)


def srgb_to_linear(value: float) -> float:
    """Linear light of one sRGB channel."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def linear_to_srgb(value: float) -> float:
    """One sRGB channel of linear light."""
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)


def _prophoto_to_linear(value: float) -> float:
    return value / 16 if value <= 16 / 512 else value**1.8


def _linear_to_prophoto(value: float) -> float:
    return value * 16 if value < 1 / 512 else float(value ** (1 / 1.8))


def _a98_to_linear(value: float) -> float:
    return float(value ** (563 / 256))


def _linear_to_a98(value: float) -> float:
    return float(value ** (256 / 563))


def _rec2020_to_linear(value: float) -> float:
    return value / 4.5 if value < 0.08124286 else float(((value + 0.09929683) / 1.09929683) ** (1 / 0.45))


def _linear_to_rec2020(value: float) -> float:
    return value * 4.5 if value < 0.01805397 else float(1.09929683 * value**0.45 - 0.09929683)


def lab_to_xyz(color: Triple) -> Triple:
    """CIE Lab (D50) to XYZ."""
    lightness, a, b = color
    f1 = (lightness + 16) / 116
    f0, f2 = a / 500 + f1, f1 - b / 200
    kappa, epsilon = 24389 / 27, 216 / 24389

    def decode(f: float) -> float:
        return f**3 if f**3 > epsilon else (116 * f - 16) / kappa

    y = f1**3 if lightness > kappa * epsilon else lightness / kappa
    return multiply(D50_TO_D65, (decode(f0) * D50[0], y * D50[1], decode(f2) * D50[2]))


def xyz_to_lab(color: Triple) -> Triple:
    """XYZ to CIE Lab (D50)."""
    kappa, epsilon = 24389 / 27, 216 / 24389
    x, y, z = (
        cbrt(value / white) if value / white > epsilon else (kappa * value / white + 16) / 116
        for value, white in zip(multiply(D65_TO_D50, color), D50, strict=True)
    )
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def oklab_to_xyz(color: Triple) -> Triple:
    """Oklab to XYZ."""
    long, medium, short = multiply(OKLAB_TO_LMS, color)
    return multiply(LMS_TO_XYZ, (long**3, medium**3, short**3))


def xyz_to_oklab(color: Triple) -> Triple:
    """XYZ to Oklab."""
    long, medium, short = multiply(XYZ_TO_LMS, color)
    return multiply(LMS_TO_OKLAB, (cbrt(long), cbrt(medium), cbrt(short)))


def to_polar(color: Triple) -> Triple:
    """Rectangular to lightness, chroma, hue in degrees."""
    lightness, a, b = color
    return (lightness, hypot(a, b), degrees(atan2(b, a)) % 360)


def from_polar(color: Triple) -> Triple:
    """Lightness, chroma, hue in degrees to rectangular."""
    lightness, chroma, hue = color
    return (lightness, chroma * cos(radians(hue)), chroma * sin(radians(hue)))


def hsl_to_srgb(color: Triple) -> Triple:
    """Hue in degrees, saturation and lightness 0–100 (CSS Color 4 section 7.1)."""
    hue, saturation, lightness = color[0] % 360, max(color[1], 0.0) / 100, color[2] / 100
    amount = saturation * min(lightness, 1 - lightness)

    def channel(n: float) -> float:
        k = (n + hue / 30) % 12
        return lightness - amount * max(-1.0, min(k - 3, 9 - k, 1.0))

    return (channel(0), channel(8), channel(4))


def srgb_to_hsl(color: Triple) -> Triple:
    """The reverse of `hsl_to_srgb`."""
    red, green, blue = color
    top, bottom = max(color), min(color)
    span, lightness = top - bottom, (top + bottom) / 2
    if span < 1e-9:
        return (0.0, 0.0, lightness * 100)
    edge = min(lightness, 1 - lightness)
    saturation = (top - lightness) / edge if edge else 0.0
    if top == red:
        hue = (green - blue) / span + (6 if green < blue else 0)
    elif top == green:
        hue = (blue - red) / span + 2
    else:
        hue = (red - green) / span + 4
    if saturation < 0:  # outside the gamut (CSS Color 4 section 7.2)
        hue, saturation = hue + 3, -saturation
    return (hue * 60 % 360, saturation * 100, lightness * 100)


def hwb_to_srgb(color: Triple) -> Triple:
    """Hue in degrees, whiteness and blackness 0–100 (CSS Color 4 section 8.1)."""
    hue, white, black = color[0], color[1] / 100, color[2] / 100
    if white + black >= 1:
        gray = white / (white + black)
        return (gray, gray, gray)
    red, green, blue = (value * (1 - white - black) + white for value in hsl_to_srgb((hue, 100.0, 50.0)))
    return (red, green, blue)


def srgb_to_hwb(color: Triple) -> Triple:
    """The reverse of `hwb_to_srgb`."""
    return (srgb_to_hsl(color)[0], min(color) * 100, (1 - max(color)) * 100)


def srgb_to_xyz(color: Triple) -> Triple:
    """Gamma-encoded sRGB to XYZ."""
    return multiply(SRGB_TO_XYZ, _each(srgb_to_linear, color))


def xyz_to_srgb(color: Triple) -> Triple:
    """XYZ to gamma-encoded sRGB, not clipped."""
    return _each(linear_to_srgb, multiply(XYZ_TO_SRGB, color))


TO_XYZ: dict[str, Callable[[Triple], Triple]] = {
    "srgb": srgb_to_xyz,
    "srgb-linear": lambda color: multiply(SRGB_TO_XYZ, color),
    "display-p3": lambda color: multiply(P3_TO_XYZ, _each(srgb_to_linear, color)),
    "display-p3-linear": lambda color: multiply(P3_TO_XYZ, color),
    "a98-rgb": lambda color: multiply(A98_TO_XYZ, _each(_a98_to_linear, color)),
    "prophoto-rgb": lambda color: multiply(
        D50_TO_D65, multiply(PROPHOTO_TO_XYZ_D50, _each(_prophoto_to_linear, color))
    ),
    "rec2020": lambda color: multiply(REC2020_TO_XYZ, _each(_rec2020_to_linear, color)),
    "xyz-d65": lambda color: color,
    "xyz-d50": lambda color: multiply(D50_TO_D65, color),
    "lab": lab_to_xyz,
    "lch": lambda color: lab_to_xyz(from_polar(color)),
    "oklab": oklab_to_xyz,
    "oklch": lambda color: oklab_to_xyz(from_polar(color)),
    "hsl": lambda color: srgb_to_xyz(hsl_to_srgb(color)),
    "hwb": lambda color: srgb_to_xyz(hwb_to_srgb(color)),
}

FROM_XYZ: dict[str, Callable[[Triple], Triple]] = {
    "srgb": xyz_to_srgb,
    "srgb-linear": lambda color: multiply(XYZ_TO_SRGB, color),
    "display-p3": lambda color: _each(linear_to_srgb, multiply(XYZ_TO_P3, color)),
    "display-p3-linear": lambda color: multiply(XYZ_TO_P3, color),
    "a98-rgb": lambda color: _each(_linear_to_a98, multiply(XYZ_TO_A98, color)),
    "prophoto-rgb": lambda color: _each(
        _linear_to_prophoto, multiply(XYZ_D50_TO_PROPHOTO, multiply(D65_TO_D50, color))
    ),
    "rec2020": lambda color: _each(_linear_to_rec2020, multiply(XYZ_TO_REC2020, color)),
    "xyz-d65": lambda color: color,
    "xyz-d50": lambda color: multiply(D65_TO_D50, color),
    "lab": xyz_to_lab,
    "lch": lambda color: to_polar(xyz_to_lab(color)),
    "oklab": xyz_to_oklab,
    "oklch": lambda color: to_polar(xyz_to_oklab(color)),
    "hsl": lambda color: srgb_to_hsl(xyz_to_srgb(color)),
    "hwb": lambda color: srgb_to_hwb(xyz_to_srgb(color)),
}

_SHORTCUTS: dict[tuple[str, str], Callable[[Triple], Triple]] = {
    ("hsl", "srgb"): hsl_to_srgb,
    ("hwb", "srgb"): hwb_to_srgb,
    ("srgb", "hsl"): srgb_to_hsl,
    ("srgb", "hwb"): srgb_to_hwb,
}


def convert(color: Triple, source: str, target: str) -> Triple:
    """Coordinates of a colour in another space."""
    if source == target:
        return color
    shortcut = _SHORTCUTS.get((source, target))
    return shortcut(color) if shortcut else FROM_XYZ[target](TO_XYZ[source](color))
