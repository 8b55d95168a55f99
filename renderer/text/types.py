"""What the text engine promises to layout and paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from renderer.style.computed import ComputedStyle


@dataclass(frozen=True, slots=True)
class FontMetrics:
    """Metrics of a font at its size, in px; ascent and descent are positive distances from the baseline."""

    ascent: float
    descent: float
    line_gap: float
    x_height: float
    cap_height: float
    underline_offset: float  # distance of the underline's centre below the baseline
    underline_thickness: float
    strikethrough_offset: float  # distance of the line's centre above the baseline
    strikethrough_thickness: float
    space_advance: float


class Bitmap(NamedTuple):
    """A rasterised glyph. `data` is 8-bit coverage, or premultiplied RGBA if `color`; rows from top to bottom.

    `left` and `top` are the offsets in device px from the (floored) pen position to the bitmap's top-left corner,
    y growing downwards.
    """

    left: int
    top: int
    width: int
    height: int
    data: bytes
    color: bool


Matrix = tuple[float, float, float, float]  # xx, yx, xy, yy in device px per CSS px, y growing downwards


class Font(Protocol):
    """One font instance: face, size in px and variation axes. Equal instances are the same object (interned)."""

    @property
    def key(self) -> str:
        """Identity by content: digest of the face, index, size and axes. Stable between processes."""

    @property
    def size(self) -> float:
        """Font size in CSS px."""

    @property
    def metrics(self) -> FontMetrics:
        """Metrics at this size."""

    def rasterize(self, glyph: int, matrix: Matrix, fraction_x: float, fraction_y: float) -> Bitmap | None:
        """Coverage of a glyph whose pen stands at the given fraction of a device pixel; None if it is empty."""

    def ink_span(self, glyph: int, top: float, bottom: float) -> tuple[float, float] | None:
        """Leftmost and rightmost ink of a glyph between two heights below the baseline, relative to its pen; px."""

    def outline(self, glyph: int) -> str:
        """The glyph's outline as SVG path data in CSS px, y growing downwards, pen at the origin."""


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """Shaped glyphs of one font and one bidi level, in visual order (left to right).

    `clusters[i]` is the index into the paragraph's text of the first character that glyph i stands for.
    Advances include letter-spacing and word-spacing. Offsets: x to the right, y downwards, in px.
    """

    font: Font
    glyphs: tuple[int, ...]
    clusters: tuple[int, ...]
    advances: tuple[float, ...]
    x_offsets: tuple[float, ...]
    y_offsets: tuple[float, ...]
    start: int  # range of the paragraph's text that the run covers
    end: int
    level: int  # bidi embedding level: odd is right to left
    width: float  # sum of the advances
    missing: tuple[int, ...] = ()  # text indices of characters that no font has


class TextEngine(Protocol):
    """Shaping, breaking and fonts for one render. Implementations cache across renders."""

    @property
    def fonts(self) -> object:
        """Identity of the fonts: engines with the same object answer alike, so caches across renders key by it."""

    def primary_font(self, style: ComputedStyle) -> Font:
        """First available font of the style, whose metrics make the line box's strut."""

    def shape(self, text: str, start: int, end: int, style: ComputedStyle, level: int) -> tuple[GlyphRun, ...]:
        """Shape text[start:end] (one style, one bidi level, no forced breaks) with the whole text as context.

        Falls back per grapheme cluster through the style's families, the default fonts and the system's. Runs come
        in visual order for the given level. Applies features, kerning and spacing; text-transform is already applied.
        """

    def bidi_levels(self, text: str, direction: str) -> bytes | None:
        """Embedding level of every character (UAX #9, isolates included); None if all are 0 (pure left to right)."""

    def line_breaks(self, text: str, style: ComputedStyle) -> frozenset[int]:
        """Indices i such that a line may break before text[i] (UAX #14; CJK, Thai by dictionary where available;
        `word-break`, `line-break`). Does not contain 0 or len(text); forced breaks are handled by the caller."""

    def graphemes(self, text: str) -> list[int]:
        """Start indices of the grapheme clusters (UAX #29)."""
