"""How Chromium thickens or thins text by its colour: Skia's mask gamma.

Skia bends glyph coverage so that blending in sRGB looks like blending in linear light, with a little contrast for
dark text (SkMaskGamma.cpp, SkTMaskGamma_build_correcting_lut). Chromium on Linux builds it with exponent 1.2 and
contrast 0.2; light text becomes up to 15 of 255 steps heavier, black text 4 lighter.
"""

from __future__ import annotations

from functools import cache

from renderer.style.values import Color

_GAMMA = 1.2
_CONTRAST = 0.2
_LEVELS = (0, 36, 73, 109, 146, 182, 219, 255)  # luminances are cut to three bits


def luminance(color: Color) -> int:
    """Luminance of a text colour as Skia sees it, 0–255; alpha plays no part. For a gradient take its mean colour."""
    linear = [(channel / 255.0) ** _GAMMA for channel in color[:3]]
    mixed = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return round(255.0 * float(mixed ** (1.0 / _GAMMA)))


def coverage_table(luminance: int) -> bytes:
    """The 256 values that replace a glyph's coverage for text of a luminance (0–255)."""
    return _table(min(7, max(0, luminance >> 5)))


@cache
def _table(level: int) -> bytes:
    source = _LEVELS[level] / 255.0
    background = 1.0 - source
    linear_source, linear_background = source**_GAMMA, background**_GAMMA
    contrast = _CONTRAST * linear_background
    values = []
    for step in range(256):
        coverage = step / 255.0
        coverage += (1.0 - coverage) * contrast * coverage
        linear = linear_source * coverage + linear_background * (1.0 - coverage)
        values.append((linear ** (1.0 / _GAMMA) - background) / (source - background))
    return bytes(min(255, max(0, int(255.0 * value + 0.5))) for value in values)
