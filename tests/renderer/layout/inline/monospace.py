"""A text engine whose numbers can be checked by hand: every character is half its font size wide.

Ascent 0.8, descent 0.2, x-height 0.5 of the size, no line gap. Bidi resolves one level
of embedding, combining marks have no width and "fi" is a ligature.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from renderer.style.computed import ComputedStyle
from renderer.text.types import Bitmap, FontMetrics, GlyphRun, Matrix


@dataclass(frozen=True, slots=True)
class MonospaceFont:
    key: str
    size: float

    @property
    def metrics(self) -> FontMetrics:
        size = self.size
        return FontMetrics(size * 0.8, size * 0.2, 0.0, size * 0.5, size * 0.7, 1.0, 1.0, 1.0, 1.0, size * 0.5)

    def rasterize(self, glyph: int, matrix: Matrix, fraction_x: float, fraction_y: float) -> Bitmap | None:
        return None

    def outline(self, glyph: int) -> str:
        return ""


@cache
def font(size: float, name: str = "mono") -> MonospaceFont:
    return MonospaceFont(f"{name}/{size}", size)


class MonospaceEngine:
    def __init__(self, *, fallback: str = "") -> None:
        self.fallback = fallback  # characters that only another font (twice as tall) has
        self.shaped: list[str] = []

    @property
    def fonts(self) -> object:
        return self

    def primary_font(self, style: ComputedStyle) -> MonospaceFont:
        return font(style.font_size)

    def shape(self, text: str, start: int, end: int, style: ComputedStyle, level: int) -> tuple[GlyphRun, ...]:
        self.shaped.append(text[start:end])
        runs = []
        index = start
        while index < end:
            other = text[index] in self.fallback
            stop = index
            while stop < end and (text[stop] in self.fallback) == other:
                stop += 1
            runs.append(
                self._run(text, index, stop, style, level, font(style.font_size * 2, "tall") if other else None)
            )
            index = stop
        return tuple(runs[::-1] if level & 1 else runs)

    def _run(
        self, text: str, start: int, end: int, style: ComputedStyle, level: int, chosen: MonospaceFont | None
    ) -> GlyphRun:
        clusters = [
            index
            for index in range(start, end)
            if not (text[index] == "i" and index > start and text[index - 1] == "f")
        ]
        advances = []
        for index in clusters:
            if unicodedata.combining(text[index]) or unicodedata.category(text[index]) == "Cf":
                advances.append(0.0)
            else:
                spacing = style.letter_spacing + (style.word_spacing if text[index] == " " else 0.0)
                advances.append(style.font_size * 0.5 + spacing)
        glyphs = [ord(text[index]) for index in clusters]
        if level & 1:
            glyphs, clusters, advances = glyphs[::-1], clusters[::-1], advances[::-1]
        zero = (0.0,) * len(glyphs)
        return GlyphRun(
            chosen or font(style.font_size),
            tuple(glyphs),
            tuple(clusters),
            tuple(advances),
            zero,
            zero,
            start,
            end,
            level,
            sum(advances),
        )

    def bidi_levels(self, text: str, direction: str) -> bytes | None:
        base = 1 if direction == "rtl" else 0
        levels = []
        for char in text:
            if unicodedata.bidirectional(char) in ("R", "AL"):
                levels.append(1)
            elif unicodedata.bidirectional(char) in ("L", "EN"):
                levels.append(base * 2)
            else:
                levels.append(-1)
        for index, level in enumerate(levels):  # neutrals: between two of a kind they join them, else the base
            if level < 0:
                before = next((found for found in reversed(levels[:index]) if found >= 0), base)
                after = next((found for found in levels[index:] if found >= 0), base)
                levels[index] = before if before == after else base
        return bytes(levels) if any(levels) else None

    def line_breaks(self, text: str, style: ComputedStyle) -> frozenset[int]:
        if style.word_break == "break-all":
            return frozenset(index for index in range(1, len(text)) if text[index] != " ")
        places = set()
        for index in range(1, len(text)):
            before, after = text[index - 1], text[index]
            spaced = before in " \t-\u00ad\u200b" and after not in " \t"
            if spaced or (after == "\ufffc" and before != "\u00a0") or (before == "\ufffc" and after not in " .,"):
                places.add(index)
        return frozenset(places)

    def graphemes(self, text: str) -> list[int]:
        return [index for index, char in enumerate(text) if not index or not unicodedata.combining(char)]
