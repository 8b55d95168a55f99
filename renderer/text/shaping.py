"""From characters to positioned glyphs: HarfBuzz runs, CSS features and spacing, stand-in fonts per cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import uharfbuzz as hb

from renderer.style.computed import ComputedStyle
from renderer.text.breaking import graphemes
from renderer.text.font import SizedFont
from renderer.text.glyphs import UNIT
from renderer.text.han_kerning import halved
from renderer.text.scripts import ScriptRun, is_plain, script_runs
from renderer.text.stack import FontStack, is_ignorable
from renderer.text.types import GlyphRun

Features = dict[str, int]
FeatureKey = tuple[tuple[tuple[str, int], ...], str, tuple[str, ...], str, str, bool]

_LONGEST = 10_000  # characters shaped at once; HarfBuzz gives up on buffers of a million
_CONTEXT = 5  # characters of context that HarfBuzz looks at on either side
# Controls and lone surrogates: nothing to see (CSS Text 3 section 2.1 would show controls; browsers don't).
_UNSHAPEABLE = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\udfff]")
_INVISIBLE = "\u200b"
_WORD_SEPARATORS = frozenset(" \u00a0\u1361\U00010100\U00010101")  # CSS Text 3 section 8.1
# Scripts whose joined letters spacing would tear apart (CSS Text 3 section 8.2); only spaces are spaced in them.
_CURSIVE = frozenset(("Arab", "Mand", "Mong", "Nkoo", "Phag", "Rohg", "Syrc"))
CAPS = {
    "small-caps": ("smcp",),
    "all-small-caps": ("smcp", "c2sc"),
    "petite-caps": ("pcap",),
    "all-petite-caps": ("pcap", "c2pc"),
    "unicase": ("unic",),
    "titling-caps": ("titl",),
}
_NUMERIC = {
    "lining-nums": "lnum",
    "oldstyle-nums": "onum",
    "proportional-nums": "pnum",
    "tabular-nums": "tnum",
    "diagonal-fractions": "frac",
    "stacked-fractions": "afrc",
    "ordinal": "ordn",
    "slashed-zero": "zero",
}


@dataclass(frozen=True, slots=True)
class Shaping:
    """What shaping needs to know beside text and fonts."""

    features: Features | None
    language: str
    letter_spacing: float
    word_spacing: float


def feature_key(style: ComputedStyle) -> FeatureKey:
    """The properties that choose OpenType features."""
    return (
        style.font_feature_settings,
        style.font_variant_caps,
        style.font_variant_numeric,
        style.font_variant_ligatures,
        style.font_kerning,
        style.letter_spacing != 0.0,
    )


def features_of(key: FeatureKey) -> Features | None:
    """OpenType features by CSS Fonts 4 section 7.2: font-variant first, font-feature-settings last."""
    settings, caps, numeric, ligatures, kerning, spaced = key
    features: Features = {}
    if kerning == "none":
        features["kern"] = 0
    if ligatures == "none":
        features.update(dict.fromkeys(("liga", "clig", "dlig", "hlig", "calt"), 0))
    elif spaced:  # letter-spacing switches optional ligatures off, and browsers contextual forms with them
        features.update({"liga": 0, "clig": 0, "calt": 0})
    features.update(dict.fromkeys(CAPS.get(caps, ()), 1))
    features.update({_NUMERIC[name]: 1 for name in numeric if name in _NUMERIC})
    features.update(settings)
    return features or None


def shape(text: str, start: int, end: int, stack: FontStack, shaping: Shaping, level: int) -> tuple[GlyphRun, ...]:
    """Shape text[start:end] with the fonts of `stack`; runs in visual order for the level."""
    runs: list[GlyphRun] = []
    while start < end:
        stop = end if end - start <= _LONGEST else _cut(text, start, end)
        runs += _shape_segment(text, start, stop, stack, shaping, level)
        start = stop
    if level & 1:
        runs.reverse()
    return tuple(runs)


def _cut(text: str, start: int, end: int) -> int:
    """Where to divide a text that is too long for one HarfBuzz buffer: after a space, else between clusters."""
    limit = start + _LONGEST
    space = text.rfind(" ", start + _LONGEST // 2, limit)
    if space > 0:
        return space + 1
    return start + (graphemes(text[start : limit + 1])[-1] or _LONGEST)


def _shape_segment(text: str, start: int, end: int, stack: FontStack, shaping: Shaping, level: int) -> list[GlyphRun]:
    segment = text[start:end]
    before, after = context(text, start, end, level)
    window = _UNSHAPEABLE.sub(_visible, f"{before}{segment}{after}")
    inner_end = len(window) - len(after)
    shaper = _Shaper(window, start - len(before), stack, shaping, level)
    if level == 0 and not stack.restricted and is_plain(segment):
        return shaper.shape_item(ScriptRun(len(before), inner_end, "Latn", False))
    return [run for item in script_runs(window, len(before), inner_end) for run in shaper.shape_item(item)]


def context(text: str, start: int, end: int, level: int) -> tuple[str, str]:
    """What stands around a segment, as far as it can change its shape: where other than Latin text meets it, and for
    numbers in right-to-left text, which belong to the script before them."""
    before = text[max(0, start - _CONTEXT) : start] if level > 1 or text[start - 1 : start] >= "\u0300" else ""
    after = text[end : end + _CONTEXT] if text[end - 1] >= "\u0300" else ""
    return before, after


def _visible(match: re.Match[str]) -> str:
    return "\ufffd" if match.group() >= "\ud800" else _INVISIBLE


class _Shaper:
    """Shapes the items of one segment; `origin` turns positions in the window into positions in the paragraph."""

    def __init__(self, window: str, origin: int, stack: FontStack, shaping: Shaping, level: int) -> None:
        self._text = window
        self._origin = origin
        self._stack = stack
        self._shaping = shaping
        self._level = level

    def shape_item(self, item: ScriptRun) -> list[GlyphRun]:
        """Runs of one script, in logical order."""
        if item.emoji or self._stack.restricted:
            return self._shape_by_cluster(item)
        run = self._shape_with(self._stack.primary, item, ())
        if 0 not in run.glyphs:
            return [run]
        return self._shape_by_cluster(item)

    def _shape_by_cluster(self, item: ScriptRun) -> list[GlyphRun]:
        runs: list[GlyphRun] = []
        pieces = self._pieces(item)
        position = 0
        while position < len(pieces):
            begin, end, font = pieces[position]
            position += 1
            while position < len(pieces) and pieces[position][2] is font:
                end = pieces[position][1]
                position += 1
            missing = () if font else self._missing(begin, end)
            part = item._replace(start=begin, end=end)
            runs.append(self._shape_with(font or self._stack.primary, part, missing))
        return runs

    def _pieces(self, item: ScriptRun) -> list[tuple[int, int, SizedFont | None]]:
        """Grapheme clusters with their fonts."""
        text = self._text[item.start : item.end]
        bounds = [*graphemes(text), len(text)]
        find, script, language = self._stack.font_for, item.script, self._shaping.language
        return [
            (begin + item.start, end + item.start, find(text[begin:end], script, language, emoji=item.emoji))
            for begin, end in pairwise(bounds)
        ]

    def _missing(self, begin: int, end: int) -> tuple[int, ...]:
        return tuple(i + self._origin for i in range(begin, end) if not is_ignorable(ord(self._text[i])))

    def _shape_with(self, font: SizedFont, item: ScriptRun, missing: tuple[int, ...]) -> GlyphRun:
        buffer = hb.Buffer()
        buffer.add_str(self._text, item.start, item.end - item.start)
        buffer.direction = "rtl" if self._level & 1 else "ltr"
        buffer.script = item.script
        if self._shaping.language:
            buffer.language = self._shaping.language
        hb.shape(font.hb_font, buffer, self._features(font, item))
        return self._run(font, item, buffer, missing)

    def _features(self, font: SizedFont, item: ScriptRun) -> Mapping[str, int | list[tuple[int, int, int]]] | None:
        """The style's features, and half-width forms where full-width punctuation stands side by side."""
        features = self._shaping.features
        if item.script == "Latn" or "halt" not in font.face.positionings:
            return features
        places = halved(self._text, item.start, item.end, self._shaping.language, features)
        return {**(features or {}), "halt": [(place, place + 1, 1) for place in places]} if places else features

    def _run(self, font: SizedFont, item: ScriptRun, buffer: hb.Buffer, missing: tuple[int, ...]) -> GlyphRun:
        infos = buffer.glyph_infos
        clusters = [info.cluster for info in infos]
        positions = [position.position for position in buffer.glyph_positions]
        x_offsets, y_offsets, x_advances, _ = zip(*positions, strict=True) if positions else ((), (), (), ())
        advances = [advance / UNIT for advance in x_advances]
        if font.strike:
            advances = [font.on_strike(advance) for advance in advances]
        if self._shaping.letter_spacing or self._shaping.word_spacing:
            self._space(clusters, advances, cursive=item.script in _CURSIVE)
        origin = self._origin
        return GlyphRun(
            font=font,
            glyphs=tuple([info.codepoint for info in infos]),
            clusters=tuple([cluster + origin for cluster in clusters]) if origin else tuple(clusters),
            advances=tuple(advances),
            x_offsets=_in_px(x_offsets, UNIT),
            y_offsets=_in_px(y_offsets, -UNIT),
            start=item.start + origin,
            end=item.end + origin,
            level=self._level,
            width=sum(advances),
            missing=missing,
        )

    def _space(self, clusters: list[int], advances: list[float], *, cursive: bool) -> None:
        """Add letter-spacing after every cluster and word-spacing to word separators (CSS Text 3 section 8)."""
        letter, word = self._shaping.letter_spacing, self._shaping.word_spacing
        last = len(clusters) - 1
        for index, cluster in enumerate(clusters):
            if index < last and clusters[index + 1] == cluster:
                continue
            character = self._text[cluster]
            if character == " " or not (cursive or is_ignorable(ord(character))):
                advances[index] += letter
            if character in _WORD_SEPARATORS:
                advances[index] += word


def _in_px(offsets: tuple[int, ...], unit: int) -> tuple[float, ...]:
    return tuple([offset / unit for offset in offsets]) if any(offsets) else (0.0,) * len(offsets)
