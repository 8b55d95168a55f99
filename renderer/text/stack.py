"""The fonts of one style, best first: families, then what stands in for characters that they lack."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from renderer.errors import AssetError
from renderer.style.computed import ComputedStyle
from renderer.text.cache import GenerationCache
from renderer.text.fallback import Fallback
from renderer.text.font import SizedFont, sized
from renderer.text.library import FontLibrary
from renderer.text.matching import BOLD, FaceDescription, match
from renderer.text.webfonts import WebFonts

_TEXT_PRESENTATION = "\ufe0e"

FontKey = tuple[tuple[str, ...], float, float, str, float, str, tuple[tuple[str, float], ...]]


def font_key(style: ComputedStyle) -> FontKey:
    """The properties that choose a style's fonts."""
    return (
        style.font_family,
        style.font_size,
        style.font_weight,
        style.font_style,
        style.font_stretch,
        style.font_optical_sizing,
        style.font_variation_settings,
    )


class FontStack:
    """Fonts for one combination of font properties. Fonts are opened as characters ask for them."""

    def __init__(self, style: ComputedStyle, library: FontLibrary, web: WebFonts, fallback: Fallback) -> None:
        self._families = style.font_family
        self._size = style.font_size
        self._weight = style.font_weight
        self._style = style.font_style if style.font_style in ("normal", "italic") else "oblique"
        self._stretch = style.font_stretch
        self._optical = style.font_optical_sizing != "none"
        self._settings = style.font_variation_settings
        self._library = library
        self._web = web
        self._fallback = fallback
        self._candidates = self._from_families()
        self._opened: list[tuple[FaceDescription, SizedFont]] = []
        self._by_cluster: GenerationCache[tuple[str, bool, str], SizedFont] = GenerationCache(4_000)
        self.primary = self._primary()
        # Whether the first font must not be asked for every character:
        self.restricted = bool(self._opened and self._opened[0][0].unicode_range)

    def _primary(self) -> SizedFont:
        for description, font in self._listed():
            if description.admits(0x20):
                return font
        for description in self._library.generic("sans-serif"):
            return self._instance(description)
        for description in self._fallback.everything():
            try:
                return self._instance(description)
            except AssetError:
                continue
        raise AssetError("No font is installed. Install the package fontpkg-inter.")

    def font_for(self, cluster: str, script: str, language: str, *, emoji: bool) -> SizedFont | None:
        """The font for a grapheme cluster; None if no font has its characters.

        `emoji`: the cluster wants emoji presentation, so fonts with colours come first. Otherwise the style's own
        families win whatever they look like, and of the stand-ins those with colours come last.
        """
        key = (cluster, emoji, language)
        font = self._by_cluster.get(key)
        if font is None:
            font = self._find(cluster, script, language, emoji=emoji)
            if font is not None:
                self._by_cluster.put(key, font)
        return font

    def _find(self, cluster: str, script: str, language: str, *, emoji: bool) -> SizedFont | None:
        needed = _needed(cluster)
        if not needed:
            return self.primary
        own_first = not emoji and _TEXT_PRESENTATION not in cluster
        reserve: SizedFont | None = None
        for description, font, own in self._all(needed[0], script, language, emoji=emoji):
            if not all(description.admits(codepoint) for codepoint in needed) or not _serves(font, cluster, needed):
                continue
            if font.face.has_color == emoji or (own and own_first):
                return font
            reserve = reserve or font
        if reserve is None and len(needed) > 1:  # rather the base alone than nothing
            return self._find(cluster[0], script, language, emoji=emoji)
        return reserve

    def _all(
        self, codepoint: int, script: str, language: str, *, emoji: bool
    ) -> Iterator[tuple[FaceDescription, SizedFont, bool]]:
        """Fonts to ask in their order, and whether they are of the style's own families."""
        for description, font in self._listed():
            yield description, font, True
        for faces in self._fallback.families(codepoint, script, language, emoji=emoji):
            for description in match(faces, self._weight, self._style, self._stretch):
                try:
                    yield description, self._instance(description), False
                except AssetError:
                    continue

    def _listed(self) -> Iterator[tuple[FaceDescription, SizedFont]]:
        """Fonts of the style's own families, opened one by one and remembered."""
        yield from self._opened
        for description in self._candidates:
            try:
                pair = (description, self._instance(description))
            except AssetError:
                continue
            self._opened.append(pair)
            yield pair

    def _from_families(self) -> Iterator[FaceDescription]:
        for name in self._families:
            faces = self._web.families.get(name.lower()) or self._library.generic(name) or self._library.family(name)
            if faces:
                yield from match(faces, self._weight, self._style, self._stretch)

    def _instance(self, description: FaceDescription) -> SizedFont:
        face = description.open()
        axes = face.axes
        values: dict[str, float] = {}
        low, high = description.weight
        if "wght" in axes:
            values["wght"] = min(max(self._weight, low), high)
        if "wdth" in axes:
            values["wdth"] = min(max(self._stretch, description.stretch[0]), description.stretch[1])
        if "opsz" in axes and self._optical:
            values["opsz"] = self._size
        slanted = self._style != "normal" and description.style == "normal"
        if slanted and "ital" in axes and self._style == "italic":
            values["ital"], slanted = 1.0, False
        if slanted and "slnt" in axes:
            values["slnt"], slanted = axes["slnt"][0], False
        values.update(self._settings)
        clamped = sorted(
            (tag, float(min(max(value, axes[tag][0]), axes[tag][2]))) for tag, value in values.items() if tag in axes
        )
        bold = self._weight >= BOLD and high < BOLD and not face.has_color
        return sized(face, self._size, tuple(clamped), bold=bold, slanted=slanted and not face.has_color)


def _needed(cluster: str) -> list[int]:
    """Code points of a cluster that need a glyph: joiners, variation selectors, tags and controls don't."""
    return [codepoint for codepoint in map(ord, cluster) if not is_ignorable(codepoint)]


def is_ignorable(codepoint: int) -> bool:
    """Whether a character may stay without a glyph (Default_Ignorable_Code_Point and controls)."""
    return (
        codepoint < 0x20
        or 0x7F <= codepoint < 0xA0
        or codepoint in _IGNORABLE
        or 0xFE00 <= codepoint <= 0xFE0F
        or 0xE0000 <= codepoint <= 0xE0FFF
    )


_IGNORABLE = frozenset(
    (
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
    )
)


def _serves(font: SizedFont, cluster: str, needed: list[int]) -> bool:
    covers = font.covers
    if all(covers(codepoint) or _stands_in(font, codepoint) for codepoint in needed):
        return True
    return any(
        form != cluster and all(covers(codepoint) for codepoint in _needed(form))
        for form in (normalize("NFC", cluster), normalize("NFD", cluster))
    )


def _stands_in(font: SizedFont, codepoint: int) -> bool:
    """Spaces and the non-breaking hyphen that HarfBuzz makes from others (hb-ot-shape-normalize)."""
    if codepoint == 0x2011:
        return font.covers(0x2010)
    return (codepoint in (0xA0, 0x202F, 0x205F, 0x3000) or 0x2000 <= codepoint <= 0x200A) and font.covers(0x20)
