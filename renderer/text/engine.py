"""The text engine that layout talks to: fonts of a template over the library's, with caches across renders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from renderer.diagnostics import Diagnostics
from renderer.style.computed import ComputedStyle
from renderer.style.values import FontFaceRule
from renderer.text import bidi, breaking
from renderer.text.cache import GenerationCache
from renderer.text.fallback import Fallback
from renderer.text.font import SizedFont
from renderer.text.library import FontLibrary, default_library
from renderer.text.shaping import FeatureKey, Features, Shaping, context, feature_key, features_of, shape
from renderer.text.small_caps import lacks_small_caps, shape_small_caps, small_size
from renderer.text.stack import FontKey, FontStack, font_key
from renderer.text.types import GlyphRun
from renderer.text.webfonts import NO_WEB_FONTS, Load, WebFonts, collect

_SHAPED_CHARACTERS = 400_000  # characters whose shaping is remembered for each set of fonts
_BREAKS = 4_000  # texts whose line breaks are remembered

ShapeKey = tuple[str, str, str, int, int, FontKey, FeatureKey, str, float, float]


def _weigh_runs(runs: tuple[GlyphRun, ...]) -> int:
    return 10 + sum(len(run.glyphs) for run in runs)


@dataclass(slots=True)
class _Memory:
    """What engines over the same fonts share."""

    library: FontLibrary
    web: WebFonts
    fallback: Fallback
    stacks: GenerationCache[FontKey, FontStack] = field(default_factory=lambda: GenerationCache(1_000))
    shaped: GenerationCache[ShapeKey, tuple[GlyphRun, ...]] = field(
        default_factory=lambda: GenerationCache(_SHAPED_CHARACTERS, _weigh_runs)
    )


_memories: GenerationCache[tuple[int, int], _Memory] = GenerationCache(64)
_line_breaks: GenerationCache[tuple[str, str, str, str], frozenset[int]] = GenerationCache(_BREAKS)
_features: GenerationCache[FeatureKey, tuple[Features | None]] = GenerationCache(1_000)


class HarfBuzzEngine:
    """Implements `renderer.text.types.TextEngine`; cheap to make for every render.

    Problems with the template's fonts go to `diagnostics` when text meets them.
    """

    def __init__(
        self,
        library: FontLibrary | None = None,
        web: WebFonts = NO_WEB_FONTS,
        diagnostics: Diagnostics | None = None,
    ) -> None:
        self._memory = _memory(library or default_library(), web)
        self._diagnostics = diagnostics

    @classmethod
    def for_faces(
        cls,
        rules: Iterable[FontFaceRule],
        load: Load,
        diagnostics: Diagnostics | None = None,
        library: FontLibrary | None = None,
    ) -> HarfBuzzEngine:
        """An engine with a template's @font-face rules; `load` gives the bytes of a source URL, or None."""
        library = library or default_library()
        return cls(library, collect(rules, load, library), diagnostics)

    @property
    def fonts(self) -> object:
        """See `TextEngine.fonts`."""
        return self._memory.fallback

    def primary_font(self, style: ComputedStyle) -> SizedFont:
        """See `TextEngine.primary_font`."""
        return self._stack(style).primary

    def shape(self, text: str, start: int, end: int, style: ComputedStyle, level: int) -> tuple[GlyphRun, ...]:
        """See `TextEngine.shape`."""
        if start >= end:
            return ()
        key = (
            text[start:end], *context(text, start, end, level), start, level,
            font_key(style), feature_key(style), style.language, style.letter_spacing, style.word_spacing,
        )  # fmt: skip
        runs = self._memory.shaped.get(key)
        if runs is None:
            shaping = Shaping(
                features=_features_of(key[6]),
                language=style.language,
                letter_spacing=style.letter_spacing,
                word_spacing=style.word_spacing,
            )
            runs = self._shape(text, start, end, style, shaping, level)
            self._memory.shaped.put(key, runs)
            self._report()
        return runs

    def _shape(
        self, text: str, start: int, end: int, style: ComputedStyle, shaping: Shaping, level: int
    ) -> tuple[GlyphRun, ...]:
        stack, caps = self._stack(style), style.font_variant_caps
        if caps == "normal" or not lacks_small_caps(caps, stack):
            return shape(text, start, end, stack, shaping, level)
        small = self._stack(replace(style, font_size=small_size(style.font_size)))
        return shape_small_caps(text, start, end, (stack, small), shaping, level, caps)

    def bidi_levels(self, text: str, direction: str) -> bytes | None:
        """See `TextEngine.bidi_levels`; direction "auto" looks for the first strong character."""
        return bidi.bidi_levels(text, direction)

    def line_breaks(self, text: str, style: ComputedStyle) -> frozenset[int]:
        """See `TextEngine.line_breaks`."""
        key = (text, style.language, style.line_break, style.word_break)
        breaks = _line_breaks.get(key)
        if breaks is None:
            breaks = breaking.line_breaks(*key)
            _line_breaks.put(key, breaks)
        return breaks

    def graphemes(self, text: str) -> list[int]:
        """See `TextEngine.graphemes`."""
        return breaking.graphemes(text)

    def _stack(self, style: ComputedStyle) -> FontStack:
        key = font_key(style)
        memory = self._memory
        stack = memory.stacks.get(key)
        if stack is None:
            stack = FontStack(style, memory.library, memory.web, memory.fallback)
            memory.stacks.put(key, stack)
        self._report()
        return stack

    def _report(self) -> None:
        if self._memory.web.problems and self._diagnostics is not None:
            for problem in self._memory.web.problems:
                self._diagnostics.warn("font-missing", problem)


def _memory(library: FontLibrary, web: WebFonts) -> _Memory:
    key = (id(library), id(web))
    memory = _memories.get(key)
    if memory is None or memory.library is not library or memory.web is not web:
        memory = _Memory(library, web, Fallback(library))
        _memories.put(key, memory)
    return memory


def _features_of(key: FeatureKey) -> Features | None:
    found = _features.get(key)
    if found is None:
        found = (features_of(key),)
        _features.put(key, found)
    return found[0]
