"""The images of one render by URL: found, checked, decoded at draw size, and kept by content."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from PIL import Image

from renderer.assets import Asset, IntrinsicSize, SuppliedAssets
from renderer.diagnostics import Diagnostics
from renderer.errors import AssetError, SourcePosition
from renderer.images.data_uri import read_data_uri
from renderer.images.decode import decode, read_header
from renderer.images.formats import Format, sniff
from renderer.images.svg import Svg, draw_svg, read_svg
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.text.cache import GenerationCache

_PIXEL_CACHE_BYTES = 64_000_000
_SOURCE_CACHE = 512  # sources whose header or markup is remembered
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHOWN = 80  # characters of a URL that a diagnostic repeats
INLINE_PREFIX = "inline-svg:"

PlaceholderOf = Callable[[str], str | None]
PlaceOf = Callable[[str], tuple[SourcePosition | None, str]]


def no_placeholder(url: str) -> str | None:
    """Nothing stands in for any image."""
    return None


def nowhere(url: str) -> tuple[SourcePosition | None, str]:
    """Nobody knows which element shows an image."""
    return None, ""


class Source(NamedTuple):
    """An image whose header was read and found harmless."""

    digest: str
    kind: Format
    data: bytes
    size: IntrinsicSize
    svg: Svg | None


_sources: GenerationCache[tuple[str, Limits], Source] = GenerationCache(_SOURCE_CACHE)
_digests: GenerationCache[int, tuple[bytes, str]] = GenerationCache(_SOURCE_CACHE)
_pixels: GenerationCache[tuple[str, int, int], Image.Image] = GenerationCache(
    _PIXEL_CACHE_BYTES, lambda image: image.width * image.height * 4 + 500
)


class AssetImages:
    """Implements `renderer.assets.Images` over a template's files and the bytes that the caller supplied.

    Nothing here raises for a bad image: its placeholder is shown or it is left out, and one diagnostic names its URL,
    where it should be seen, and what is wrong with it.
    """

    def __init__(
        self,
        template_files: Mapping[str, bytes],
        supplied: SuppliedAssets,
        limits: Limits = DEFAULT_LIMITS,
        diagnostics: Diagnostics | None = None,
        *,
        placeholder_of: PlaceholderOf = no_placeholder,
        place_of: PlaceOf = nowhere,
    ) -> None:
        """`placeholder_of` a URL is the file of the template that stands in for it, `place_of` it who shows it."""
        self._files = template_files
        self._supplied = supplied
        self._limits = limits
        self._diagnostics = Diagnostics() if diagnostics is None else diagnostics
        self._placeholder_of = placeholder_of
        self._place_of = place_of
        self._found: dict[str, Source | None] = {}
        self._undecodable: set[str] = set()
        self._inline: dict[str, bytes] = {}

    def intrinsic(self, key: str) -> IntrinsicSize | None:
        """See `Images.intrinsic`."""
        source = self._source(key)
        return source.size if source else None

    def identity(self, key: str) -> str:
        """See `Images.identity`."""
        source = self._source(key)
        if source is None:
            return ""
        # Pixels that turn out to be broken are replaced while they are painted: that depends on the placeholder, too.
        placeholder = self._placeholder_of(key)
        return source.digest if placeholder is None else f"{source.digest} or {self._file_digest(placeholder)}"

    def pixels(self, key: str, width: int, height: int) -> Image.Image | None:
        """See `Images.pixels`. The image is shared: do not paint on it."""
        source = self._source(key)
        if source is None:
            return None
        try:
            if key not in self._undecodable:
                return self._scaled(source, width, height)
        except AssetError as error:
            self._undecodable.add(key)
            source = self._found[key] = self._stand_in(key, error.message)
        return None if source is None else self._covering(source, width, height)

    def add_svg(self, markup: str) -> str:
        """See `Images.add_svg`."""
        data = markup.encode("utf-8", "replace")
        key = INLINE_PREFIX + hashlib.sha256(data).hexdigest()
        self._inline[key] = data
        return key

    def asset(self, url: str) -> Asset | None:
        """The file behind a URL that need not be an image, such as a font's; None if there is none."""
        try:
            return Asset(*self._bytes(url))
        except AssetError:
            return None

    def _scaled(self, source: Source, width: int, height: int) -> Image.Image:
        """The image at this size, decoded or known. Raises AssetError."""
        cache_key = (source.digest, width, height)
        image = _pixels.get(cache_key)
        if image is None:
            image = self._decode(source, width, height)
            _pixels.put(cache_key, image)
        return image

    def _covering(self, source: Source, width: int, height: int) -> Image.Image | None:
        """The middle of an image in the proportions of another, whose place was measured before it was found broken."""
        ratio = source.size.ratio or width / height
        wide, high = max(width, round(height * ratio)), max(height, round(width / ratio))
        left, top = (wide - width) // 2, (high - height) // 2
        try:
            return self._scaled(source, wide, high).crop((left, top, left + width, top + height))
        except AssetError:
            return None

    def _decode(self, source: Source, width: int, height: int) -> Image.Image:
        if width < 1 or height < 1 or width * height > self._limits.source_pixels:
            raise AssetError(
                f"it would be drawn at {width} × {height} px; at most {self._limits.source_pixels:,} pixels are allowed"
            )
        if source.svg is not None:
            return draw_svg(source.svg, width, height)
        return decode(source.data, source.kind, width, height)

    def _source(self, key: str) -> Source | None:
        if key in self._found:
            return self._found[key]
        try:
            source: Source | None = self._read(key)
        except AssetError as error:
            source = self._stand_in(key, error.message)
        self._found[key] = source
        return source

    def _read(self, key: str) -> Source:
        """An image, checked. Raises AssetError."""
        data, digest = self._bytes(key)
        source = _sources.get((digest, self._limits))
        if source is None:
            source = read_source(data, digest, self._limits)
            _sources.put((digest, self._limits), source)
        return source

    def _stand_in(self, key: str, reason: str) -> Source | None:
        """The placeholder of an image that cannot be shown, and a diagnostic that says why."""
        placeholder = self._placeholder_of(key)
        source = None
        if placeholder is not None and placeholder != key:
            try:
                source = self._read(placeholder)
            except AssetError as error:
                reason += f"; its placeholder {placeholder!r} cannot be shown either: {error.message}"
        shown = key if len(key) <= _SHOWN else key[: _SHOWN - 1] + "…"
        fate = "is left out" if source is None else f"is replaced by {placeholder!r}"
        position, element = self._place_of(key)
        self._diagnostics.warn("image-unresolved", f"Image {shown!r} {fate}: {reason}.", position, element, url=shown)
        return source

    def _file_digest(self, path: str) -> str:
        data = self._files.get(path)
        return "" if data is None else _digest(data)

    def _bytes(self, key: str) -> tuple[bytes, str]:
        """Bytes and digest of an image. Raises AssetError if there are none."""
        if (asset := self._supplied.get(key)) is not None:
            if asset.problem:
                raise AssetError(asset.problem)
            return asset.data, asset.digest
        if (inline := self._inline.get(key)) is not None:
            return inline, key.removeprefix(INLINE_PREFIX)
        if key[:5].lower() == "data:":
            data = read_data_uri(key, self._limits.source_bytes)
            return data, hashlib.sha256(data).hexdigest()
        data = self._file(key)
        return data, _digest(data)

    def _file(self, url: str) -> bytes:
        if not url:
            raise AssetError("the URL is empty")
        if _SCHEME.match(url) or url.startswith("//"):
            raise AssetError("no bytes were supplied for this URL")
        path = posixpath.normpath(unquote(url.split("#", 1)[0].split("?", 1)[0]))
        if path.startswith(("/", "../")) or path == ".." or "\\" in path:
            raise AssetError("the path leads out of the template folder; use a path relative to it")
        data = self._files.get(path)
        if data is None:
            raise AssetError(f"the template folder has no file {path!r}")
        return data


def _digest(data: bytes) -> str:
    """Digest of a template file, remembered as long as the file's bytes are in use."""
    known = _digests.get(id(data))
    if known is None or known[0] is not data:
        known = (data, hashlib.sha256(data).hexdigest())
        _digests.put(id(data), known)
    return known[1]


def read_source(data: bytes, digest: str, limits: Limits) -> Source:
    """Check a file before any pixel is decoded. Raises AssetError if it is too large, broken or of another format."""
    if len(data) > limits.source_bytes:
        raise AssetError(f"it has {len(data):,} bytes; at most {limits.source_bytes:,} are allowed")
    kind = sniff(data)
    if kind is None:
        raise AssetError("it is not a PNG, JPEG, WebP, GIF, AVIF or SVG file")
    if kind == "svg":
        svg = read_svg(data, limits)
        return Source(digest, kind, b"", svg.size, svg)
    width, height = read_header(data, kind).upright_size
    if width * height > limits.source_pixels:
        raise AssetError(
            f"it has {width:,} × {height:,} pixels; at most {limits.source_pixels:,} are allowed (limit source_pixels)"
        )
    return Source(digest, kind, data, IntrinsicSize(float(width), float(height), width / height), None)
