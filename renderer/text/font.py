"""A face at a size: what shaping, layout and paint work with."""

from __future__ import annotations

import math
from functools import cached_property
from weakref import WeakValueDictionary

import uharfbuzz as hb

from renderer.text import glyphs
from renderer.text.cache import GenerationCache
from renderer.text.face import Face
from renderer.text.glyphs import UNIT
from renderer.text.types import Bitmap, FontMetrics, Matrix

SLANT = 0.25  # Skia's synthetic oblique: a quarter to the right per unit of height (14 degrees)
_LARGEST_SIZE = 50_000.0  # px; HarfBuzz positions have 32 bits


class SizedFont:
    """Implements `renderer.text.types.Font`. Get one from `sized`; equal fonts are the same object."""

    def __init__(
        self, face: Face, size: float, axes: tuple[tuple[str, float], ...], *, bold: bool, slanted: bool
    ) -> None:
        self.face = face
        self.size = size
        self.axes = axes
        self.bold = bold
        self.slanted = slanted
        # HarfBuzz thickens upwards from the baseline, Skia to both sides: px by which to lower its glyphs.
        self.drop = bold_strength(size) * size / 2 if bold else 0.0
        self.key = _key(face, size, axes, bold=bold, slanted=slanted)
        self.hb_font = self._make_hb_font()
        self._outlines: GenerationCache[int, str] = GenerationCache(2_000)

    def _make_hb_font(self) -> hb.Font:
        font = hb.Font(self.face.hb_face)
        # Skia's scaler takes sizes in 1/64 px.
        scale = max(1, round(min(self.size, _LARGEST_SIZE) * 64) * (UNIT // 64))
        font.scale = (scale, scale)
        if self.axes:
            font.set_variations(dict(self.axes))
        if self.bold:
            strength = bold_strength(self.size)
            font.synthetic_bold = (strength, strength, True)
        if self.slanted:
            font.synthetic_slant = SLANT
        return font

    @property
    def strike(self) -> int:
        """Pixels per em of the face's bitmaps, 0 if it has none."""
        return self.face.strike

    def on_strike(self, advance: float) -> float:
        """An advance as bitmap fonts have it: whole pixels of the bitmaps that are scaled to this size."""
        scale = self.face.strike / self.size if self.size else 1.0
        return _round(advance * scale) / scale

    @cached_property
    def metrics(self) -> FontMetrics:
        """Metrics as Chromium on Linux rounds them."""
        return _measure(self.hb_font, self.size)

    def covers(self, codepoint: int) -> bool:
        """Whether the font has a glyph for a code point."""
        return self.face.covers(codepoint)

    def rasterize(self, glyph: int, matrix: Matrix, fraction_x: float, fraction_y: float) -> Bitmap | None:
        """See `Font.rasterize`. Positions snap to quarters of a pixel as in Skia."""
        return glyphs.rasterize(self, glyph, matrix, fraction_x, fraction_y)

    def ink_span(self, glyph: int, top: float, bottom: float) -> tuple[float, float] | None:
        """See `Font.ink_span`."""
        return glyphs.ink_span(self, glyph, top, bottom)

    def outline(self, glyph: int) -> str:
        """See `Font.outline`."""
        path = self._outlines.get(glyph)
        if path is None:
            path = glyphs.outline(self, glyph)
            self._outlines.put(glyph, path)
        return path

    def __repr__(self) -> str:
        return f"<SizedFont {self.key}>"


_interned: WeakValueDictionary[tuple[object, ...], SizedFont] = WeakValueDictionary()
_recent: GenerationCache[tuple[object, ...], SizedFont] = GenerationCache(1_024)


def sized(
    face: Face, size: float, axes: tuple[tuple[str, float], ...] = (), *, bold: bool = False, slanted: bool = False
) -> SizedFont:
    """The one font of a face with these properties. `axes` are sorted (tag, value) pairs."""
    size = float(size)  # 16 and 16.0 are one font, with one key
    key = (face.digest, size, axes, bold, slanted)
    font = _recent.get(key)
    if font is None:
        font = _interned.get(key)
        if font is None:
            font = _interned[key] = SizedFont(face, size, axes, bold=bold, slanted=slanted)
        _recent.put(key, font)
    return font


def bold_strength(size: float) -> float:
    """Extra stem width of synthetic bold as a fraction of the size: Skia's 1/24 at 9 px falling to 1/32 at 36 px."""
    small, large = 1 / 24, 1 / 32
    return small + (large - small) * min(1.0, max(0.0, (size - 9.0) / 27.0))


def _key(face: Face, size: float, axes: tuple[tuple[str, float], ...], *, bold: bool, slanted: bool) -> str:
    variations = ",".join(f"{tag}={value!r}" for tag, value in axes)
    return f"{face.digest}@{size!r}[{variations}]{'b' * bold}{'i' * slanted}"


def _measure(font: hb.Font, size: float) -> FontMetrics:
    """Chromium's SimpleFontData::PlatformInit and FontMetrics::AscentDescentWithHacks, without hinting.

    HarfBuzz chooses between hhea and OS/2 typo or win metrics as FreeType does. Ascent, descent and line gap are
    rounded each for itself.
    """
    extents = font.get_font_extents("ltr")
    ascent, descent = _round(extents.ascender / UNIT), _round(-extents.descender / UNIT)
    raw_ascent = extents.ascender / UNIT
    thickness = _metric(font, hb.OTMetricsTag.UNDERLINE_SIZE) or size / 18
    strike = _metric(font, hb.OTMetricsTag.STRIKEOUT_SIZE) or thickness
    x_height = _metric(font, hb.OTMetricsTag.X_HEIGHT) or _height_of(font, "x") or raw_ascent * 0.56
    return FontMetrics(
        ascent=ascent,
        descent=descent,
        line_gap=_round(extents.line_gap / UNIT),
        x_height=x_height,
        cap_height=_metric(font, hb.OTMetricsTag.CAP_HEIGHT) or _height_of(font, "H") or raw_ascent,
        underline_offset=thickness / 2 - _metric(font, hb.OTMetricsTag.UNDERLINE_OFFSET),
        underline_thickness=thickness,
        strikethrough_offset=(_metric(font, hb.OTMetricsTag.STRIKEOUT_OFFSET) or x_height / 2 + strike / 2)
        - strike / 2,
        strikethrough_thickness=strike,
        space_advance=font.get_glyph_h_advance(font.get_nominal_glyph(0x20) or 0) / UNIT,
    )


def _round(value: float) -> float:
    return float(math.floor(value + 0.5))


def _metric(font: hb.Font, tag: hb.OTMetricsTag) -> float:
    position = font.get_metric_position(tag)
    return position / UNIT if position else 0.0


def _height_of(font: hb.Font, character: str) -> float:
    glyph = font.get_nominal_glyph(ord(character))
    extents = font.get_glyph_extents(glyph) if glyph else None
    return extents.y_bearing / UNIT if extents else 0.0
