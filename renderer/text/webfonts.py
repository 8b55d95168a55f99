"""Fonts that a template ships: @font-face rules (CSS Fonts 4 section 4) over bytes of its assets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from renderer.assets import Asset
from renderer.errors import AssetError
from renderer.style.values import FontFaceRule
from renderer.text.cache import GenerationCache
from renderer.text.face import Face, open_bytes
from renderer.text.library import FontLibrary
from renderer.text.matching import FaceDescription

Load = Callable[[str], Asset | None]

OPENED_BYTES = 256_000_000  # of all opened fonts of templates together; a font counts as unpacked
_opened: GenerationCache[str, Face] = GenerationCache(OPENED_BYTES, lambda face: face.size)


@dataclass(slots=True)
class _Source:
    """One @font-face rule with the bytes of its sources; opens the first that is a readable font."""

    rule: FontFaceRule
    assets: tuple[tuple[str, Asset | None], ...]
    library: FontLibrary
    problems: list[str]
    face: Face | None = None

    def open(self) -> Face:
        """The face. Raises AssetError if no source is readable; each broken one is reported once."""
        if self.face is None:
            self.face = self._first_readable()
        return self.face

    def _first_readable(self) -> Face:
        for url, asset in self.assets:
            try:
                return self._open_source(url, asset)
            except AssetError as error:
                self._report(error.message)
        raise AssetError(f'No source of the font "{self.rule.family}" can be used.')

    def _open_source(self, url: str, asset: Asset | None) -> Face:
        if url.startswith("local:"):
            local = self.library.named_face(url.removeprefix("local:"))
            if local is None:
                raise AssetError(f'The font "{self.rule.family}" is not installed as {url}.')
            return local.open()
        if asset is None:
            raise AssetError(f'The file {url} of the font "{self.rule.family}" is missing.')
        face = _opened.get(asset.digest)
        if face is None:
            face = open_bytes(asset.data, asset.digest, url)
            _opened.put(asset.digest, face)
        return face

    def _report(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class WebFonts:
    """Faces of a template by family name (lower-case). `problems` grows as missing and broken files are met."""

    families: dict[str, list[FaceDescription]]
    problems: list[str] = field(default_factory=list)


NO_WEB_FONTS = WebFonts({})
_collected: GenerationCache[tuple[object, ...], WebFonts] = GenerationCache(256)


def collect(rules: Iterable[FontFaceRule], load: Load, library: FontLibrary) -> WebFonts:
    """The faces of @font-face rules; equal rules over equal bytes give the same object, opened fonts included.

    Fonts are opened when text first needs them. Later rules come first, so that they win over earlier ones with
    equal descriptors.
    """
    loaded = [(rule, tuple((url, _load(url, load)) for url in rule.sources)) for rule in rules]
    if not loaded:
        return NO_WEB_FONTS
    digests = tuple(asset.digest if asset else None for _, assets in loaded for _, asset in assets)
    key = (id(library), tuple(rule for rule, _ in loaded), digests)
    fonts = _collected.get(key)
    if fonts is None:
        fonts = WebFonts({})
        for rule, assets in loaded:
            source = _Source(rule, assets, library, fonts.problems)
            fonts.families.setdefault(rule.family.lower(), []).insert(0, _describe(rule, source))
        _collected.put(key, fonts)
    return fonts


def _load(url: str, load: Load) -> Asset | None:
    return None if url.startswith("local:") else load(url)


def _describe(rule: FontFaceRule, source: _Source) -> FaceDescription:
    return FaceDescription(
        family=rule.family,
        weight=rule.weight,
        style=rule.style.split()[0],
        stretch=rule.stretch,
        open=source.open,
        name=", ".join(rule.sources),
        unicode_range=rule.unicode_range,
    )
