"""The images of one render by URL: found, checked, decoded at draw size, and kept by content."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from PIL import Image

from renderer.assets import Asset, IntrinsicSize, SuppliedAssets
from renderer.diagnostics import Diagnostics
from renderer.errors import AssetError
from renderer.images.data_uri import read_data_uri
from renderer.images.decode import decode, read_header
from renderer.images.formats import Format, sniff
from renderer.images.svg import Svg, draw_svg, read_svg
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.text.cache import GenerationCache

_PIXEL_CACHE_BYTES = 64_000_000
_SOURCE_CACHE = 512  # sources whose header or markup is remembered
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
INLINE_PREFIX = "inline-svg:"


class _Source(NamedTuple):
    """An image whose header was read and found harmless."""

    digest: str
    kind: Format
    data: bytes
    size: IntrinsicSize
    svg: Svg | None


_sources: GenerationCache[tuple[str, Limits], _Source] = GenerationCache(_SOURCE_CACHE)
_digests: GenerationCache[int, tuple[bytes, str]] = GenerationCache(_SOURCE_CACHE)
_pixels: GenerationCache[tuple[str, int, int], Image.Image] = GenerationCache(
    _PIXEL_CACHE_BYTES, lambda image: image.width * image.height * 4 + 500
)


class AssetImages:
    """Implements `renderer.assets.Images` over a template's files and the bytes that the caller supplied.

    Nothing here raises for a bad image: it is left out, and one diagnostic names its URL and what is wrong with it.
    """

    def __init__(
        self,
        template_files: Mapping[str, bytes],
        supplied: SuppliedAssets,
        limits: Limits = DEFAULT_LIMITS,
        diagnostics: Diagnostics | None = None,
    ) -> None:
        self._files = template_files
        self._supplied = supplied
        self._limits = limits
        self._diagnostics = Diagnostics() if diagnostics is None else diagnostics
        self._found: dict[str, _Source | None] = {}
        self._inline: dict[str, bytes] = {}

    def intrinsic(self, key: str) -> IntrinsicSize | None:
        """See `Images.intrinsic`."""
        source = self._source(key)
        return source.size if source else None

    def identity(self, key: str) -> str:
        """See `Images.identity`."""
        source = self._source(key)
        return source.digest if source else ""

    def pixels(self, key: str, width: int, height: int) -> Image.Image | None:
        """See `Images.pixels`. The image is shared: do not paint on it."""
        source = self._source(key)
        if source is None:
            return None
        cache_key = (source.digest, width, height)
        image = _pixels.get(cache_key)
        if image is None:
            try:
                image = self._decode(source, width, height)
            except AssetError as error:
                self._found[key] = None
                self._unresolved(key, error.message)
                return None
            _pixels.put(cache_key, image)
        return image

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

    def _decode(self, source: _Source, width: int, height: int) -> Image.Image:
        if width < 1 or height < 1 or width * height > self._limits.source_pixels:
            raise AssetError(
                f"it would be drawn at {width} × {height} px; at most {self._limits.source_pixels:,} pixels are allowed"
            )
        if source.svg is not None:
            return draw_svg(source.svg, width, height)
        return decode(source.data, source.kind, width, height)

    def _source(self, key: str) -> _Source | None:
        if key in self._found:
            return self._found[key]
        source = None
        try:
            data, digest = self._bytes(key)
            source = _sources.get((digest, self._limits))
            if source is None:
                source = _read(data, digest, self._limits)
                _sources.put((digest, self._limits), source)
        except AssetError as error:
            self._unresolved(key, error.message)
        self._found[key] = source
        return source

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

    def _unresolved(self, key: str, reason: str) -> None:
        shown = key if len(key) <= 80 else key[:77] + "…"
        self._diagnostics.warn("image-unresolved", f"Image {shown!r} is left out: {reason}.", url=shown)


def _digest(data: bytes) -> str:
    """Digest of a template file, remembered as long as the file's bytes are in use."""
    known = _digests.get(id(data))
    if known is None or known[0] is not data:
        known = (data, hashlib.sha256(data).hexdigest())
        _digests.put(id(data), known)
    return known[1]


def _read(data: bytes, digest: str, limits: Limits) -> _Source:
    """Check a file before any pixel is decoded. Raises AssetError if it is too large, broken or of another format."""
    if len(data) > limits.source_bytes:
        raise AssetError(f"it has {len(data):,} bytes; at most {limits.source_bytes:,} are allowed")
    kind = sniff(data)
    if kind is None:
        raise AssetError("it is not a PNG, JPEG, WebP, GIF, AVIF or SVG file")
    if kind == "svg":
        svg = read_svg(data, limits)
        return _Source(digest, kind, b"", svg.size, svg)
    width, height = read_header(data, kind).upright_size
    if width * height > limits.source_pixels:
        raise AssetError(
            f"it has {width:,} × {height:,} pixels; at most {limits.source_pixels:,} are allowed (limit source_pixels)"
        )
    return _Source(digest, kind, data, IntrinsicSize(float(width), float(height), width / height), None)
