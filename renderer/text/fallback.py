"""Which families stand in for a character that the style's own fonts lack.

Order: installed font packages, those made for the character's script first; then the machine's fonts, sans-serif
before others and, for ideographs, the one drawn for the text's language. The order depends on names only, so it is
the same on every machine with the same fonts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import uharfbuzz as hb

from renderer.errors import AssetError
from renderer.text.cache import GenerationCache
from renderer.text.library import FontLibrary
from renderer.text.matching import FaceDescription
from renderer.text.packages import FontPackage

Families = tuple[Sequence[FaceDescription], ...]

# Packages asked first, whatever the script: wide, plain sans-serif families.
_PREFERRED = ("inter", "noto-sans")
# Google Fonts' name of the character set that serves a script (ISO 15924 codes)
_SUBSETS = {
    "Arab": "arabic", "Armn": "armenian", "Beng": "bengali", "Cyrl": "cyrillic", "Deva": "devanagari",
    "Ethi": "ethiopic", "Geor": "georgian", "Grek": "greek", "Gujr": "gujarati", "Guru": "gurmukhi", "Hang": "korean",
    "Hani": "chinese-simplified", "Hebr": "hebrew", "Kana": "japanese", "Khmr": "khmer",
    "Knda": "kannada", "Laoo": "lao", "Latn": "latin-ext", "Mlym": "malayalam", "Mymr": "myanmar", "Orya": "oriya",
    "Sinh": "sinhala", "Taml": "tamil", "Telu": "telugu", "Thai": "thai", "Tibt": "tibetan", "Zmth": "math",
}  # fmt: skip
_HAN_SCRIPTS = {"Hani", "Kana", "Hang", "Bopo"}


class Fallback:
    """Finds stand-ins in a library and remembers them by character."""

    def __init__(self, library: FontLibrary) -> None:
        self._library = library
        self._found: GenerationCache[tuple[int, str, str, bool], Families] = GenerationCache(8_000)
        self._everybody: hb.Set | None = None

    def families(self, codepoint: int, script: str, language: str, *, emoji: bool) -> Families:
        """Families that have the character, best first."""
        region = han_region(language) if script in _HAN_SCRIPTS else ""
        key = (codepoint, script, region, emoji)
        found = self._found.get(key)
        if found is None:
            found = self._find(codepoint, script, region, emoji=emoji)
            self._found.put(key, found)
        return found

    def everything(self) -> Iterator[FaceDescription]:
        """All faces of the library, for when nothing that was asked for exists."""
        for package in self._library.packages:
            yield from package.faces
        for face in self._library.system_faces:
            yield face.description

    def _find(self, codepoint: int, script: str, region: str, *, emoji: bool) -> Families:
        candidates = self._packages(script)
        if emoji:
            candidates = [self._library.generic("emoji"), *candidates]
        found = [faces for faces in candidates if _covers(faces, codepoint)]
        if not found and self._is_known(codepoint):
            found = [faces for faces in self._system(region) if _covers(faces, codepoint)]
        return tuple(found)

    def _packages(self, script: str) -> list[Sequence[FaceDescription]]:
        subset = _SUBSETS.get(script, "")

        def rank(package: FontPackage) -> tuple[object, ...]:
            preferred = _PREFERRED.index(package.slug) if package.slug in _PREFERRED else len(_PREFERRED)
            made_for = subset in package.subsets
            specific = package.slug.startswith("noto-sans-")
            sans = "SANS_SERIF" in package.metadata["category"]
            return (not (made_for and specific), preferred, not made_for, not sans, package.slug)

        return [package.faces for package in sorted(self._library.packages, key=rank)]

    def _is_known(self, codepoint: int) -> bool:
        """Whether any font of the machine has the character; spares asking them all for one that none has."""
        if self._everybody is None:
            self._everybody = hb.Set()
            for face in self._library.system_faces:
                self._everybody.update(face.description.open().coverage)
        return codepoint in self._everybody

    def _system(self, region: str) -> list[list[FaceDescription]]:
        families: dict[str, list[FaceDescription]] = {}
        for face in self._library.system_faces:
            families.setdefault(face.description.family, []).append(face.description)
        return [families[name] for name in sorted(families, key=lambda name: _system_rank(name, region))]


def _covers(faces: Sequence[FaceDescription], codepoint: int) -> bool:
    for description in faces:
        try:
            return description.open().covers(codepoint)
        except AssetError:
            continue
    return False


def _system_rank(family: str, region: str) -> tuple[object, ...]:
    words = family.lower().split()
    return (
        bool(region) and region not in words,
        "color" in words or "emoji" in words,
        "noto" not in words or "sans" not in words,
        "sans" not in words,
        "mono" in words or "condensed" in words or "narrow" in words,
        family,
    )


def han_region(language: str) -> str:
    """Suffix of the Noto CJK family drawn for a language (BCP 47): sc, tc, hk, kr, or jp where nothing is known.

    Japanese is the default as on Debian's Chromium; its fonts have kana and Hangul in one style too.
    """
    tag = language.lower()
    if tag.startswith("ko"):
        return "kr"
    if "hk" in tag or tag.startswith("yue"):
        return "hk"
    if tag.startswith("zh"):
        return "tc" if "hant" in tag or "tw" in tag else "sc"
    return "jp"
