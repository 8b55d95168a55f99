"""SVG images: reduced to harmless markup, measured, and drawn by librsvg (SVG 2 section 2.2.1, secure static mode)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from renderer.assets import IntrinsicSize
from renderer.errors import AssetError
from renderer.images.data_uri import read_data_uri
from renderer.images.decode import read_header
from renderer.images.formats import sniff
from renderer.limits import Limits
from renderer.native import libvips

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK_HREF = "http://www.w3.org/1999/xlink href"
_XML_SPACE = "http://www.w3.org/XML/1998/namespace space"

_MAX_BYTES = 4_000_000
_MAX_ELEMENTS = 30_000
_MAX_DEPTH = 100

_ELEMENTS = frozenset(
    {
        "a", "circle", "clipPath", "defs", "desc", "ellipse", "feBlend", "feColorMatrix", "feComponentTransfer",
        "feComposite", "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow",
        "feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feImage", "feMerge", "feMergeNode",
        "feMorphology", "feOffset", "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence",
        "filter", "g", "image", "line", "linearGradient", "marker", "mask", "path", "pattern", "polygon", "polyline",
        "radialGradient", "rect", "stop", "style", "svg", "switch", "symbol", "text", "textPath", "title", "tspan",
        "use",
    }
)  # fmt: skip
_URL = re.compile(r"url\(\s*['\"]?\s*(?!#)", re.IGNORECASE)
_UNSAFE_CSS = re.compile(r"@import|expression\(|\\", re.IGNORECASE)
_LENGTH = re.compile(
    r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(px|pt|pc|mm|cm|in|q|em|rem|ex)?\s*$", re.IGNORECASE
)
_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "q": 96 / 101.6}
_PX |= {"em": 16.0, "rem": 16.0, "ex": 8.0}


@dataclass(frozen=True, slots=True)
class Svg:
    """A safe SVG document: the root's attributes and the markup inside the root."""

    attributes: tuple[tuple[str, str], ...]
    content: str

    @property
    def size(self) -> IntrinsicSize:
        """Natural size: from width and height; the ratio also from the viewBox (SVG 2 section 8.12)."""
        attributes = dict(self.attributes)
        width, height = _length(attributes.get("width", "")), _length(attributes.get("height", ""))
        box = _view_box(attributes.get("viewBox", ""))
        if width and height:
            return IntrinsicSize(width, height, width / height)
        ratio = box[2] / box[3] if box else None
        if ratio and width:
            return IntrinsicSize(width, width / ratio, ratio)
        if ratio and height:
            return IntrinsicSize(height * ratio, height, ratio)
        return IntrinsicSize(width, height, ratio)

    def document(self, width: int, height: int) -> str:
        """The document laid out to a viewport of width × height px.

        Without a viewBox, browsers scale an image as if it had one of its own size.
        """
        attributes = dict(self.attributes)
        natural = self.size
        if not _view_box(attributes.get("viewBox", "")) and natural.width and natural.height:
            attributes["viewBox"] = f"0 0 {natural.width:g} {natural.height:g}"
            attributes["preserveAspectRatio"] = "none"
        attributes |= {"width": str(width), "height": str(height), "xmlns": SVG_NAMESPACE}
        return f"<svg{_attributes(attributes)}>{self.content}</svg>"


def read_svg(data: bytes, limits: Limits) -> Svg:
    """Parse an SVG document and keep what is safe: shapes, text, gradients, filters and embedded raster images.

    Scripts, event handlers, animations, foreign markup and references to anything outside the document are dropped.
    Raises AssetError for markup that is not well formed, declares entities, or is too large or too deep.
    """
    if len(data) > _MAX_BYTES:
        raise AssetError(f"the SVG file has {len(data):,} bytes; at most {_MAX_BYTES:,} are allowed")
    reader = _Reader(limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise AssetError(f"the SVG file is not well-formed XML ({error})") from error
    return reader.result()


def draw_svg(svg: Svg, width: int, height: int) -> Image.Image:
    """The image at width × height px, mode RGBA with straight alpha. Raises AssetError if it cannot be drawn."""
    vips = libvips()
    try:
        pixels = vips.Image.svgload_buffer(svg.document(width, height).encode())
        data = pixels.write_to_memory()
    except vips.Error as error:
        raise AssetError("the SVG file cannot be drawn") from error
    image = Image.frombytes("RGBA", (pixels.width, pixels.height), data)
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BICUBIC)


class _Reader:
    """Receives parse events and writes the safe part of the document."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._root: dict[str, str] | None = None
        self._parts: list[str] = []
        self._open: list[str] = []
        self._skipped = 0  # depth inside an element that is left out
        self._elements = 0
        self._pixels = 0
        self._style: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self._open) + self._skipped > _MAX_DEPTH:
            raise AssetError(
                f"the SVG file has more than {_MAX_ELEMENTS:,} elements or is nested more than {_MAX_DEPTH} deep"
            )
        namespace, _, local = name.rpartition(" ")
        if self._skipped or namespace not in (SVG_NAMESPACE, "") or local not in _ELEMENTS:
            if self._root is None:
                raise AssetError("the file is not an SVG document")
            self._skipped += 1
            return
        kept = self._safe_attributes(local, attributes)
        if self._root is None:
            self._root = kept
        else:
            self._parts.append(f"<{local}{_attributes(kept)}>")
        self._open.append(local)
        if local == "style":
            self._style = []

    def end(self, name: str) -> None:
        """An element ends."""
        if self._skipped:
            self._skipped -= 1
            return
        local = self._open.pop()
        if self._style is not None and local == "style":
            css = "".join(self._style)
            if not _URL.search(css) and not _UNSAFE_CSS.search(css):
                self._parts.append(escape(css))
            self._style = None
        if self._open:
            self._parts.append(f"</{local}>")

    def text(self, data: str) -> None:
        """Character data."""
        if self._skipped or not self._open:
            return
        if self._style is not None:
            self._style.append(data)
        else:
            self._parts.append(escape(data))

    def entity(self, name: str, *_: object) -> None:
        """A declaration of an entity, which could make a small file huge or name another file."""
        raise AssetError(f"the SVG file declares the entity {name!r}; write its value out instead")

    def result(self) -> Svg:
        """The document read so far."""
        return Svg(tuple((self._root or {}).items()), "".join(self._parts))

    def _safe_attributes(self, element: str, attributes: dict[str, str]) -> dict[str, str]:
        kept = {}
        for name, value in attributes.items():
            if name in ("href", _XLINK_HREF):
                if value.startswith("#") or (element == "image" and self._is_safe_picture(value)):
                    kept["href"] = value
            elif name == _XML_SPACE:
                kept["xml:space"] = value
            elif _is_safe_attribute(name, value):
                kept[name] = value
        return kept

    def _is_safe_picture(self, url: str) -> bool:
        """Whether an embedded picture is a small enough PNG, JPEG, GIF or WebP."""
        if url[:5].lower() != "data:":
            return False
        data = read_data_uri(url, self._limits.source_bytes)
        kind = sniff(data)
        if kind in (None, "svg", "avif"):
            return False
        header = read_header(data, kind)
        self._pixels += header.width * header.height
        if self._pixels > self._limits.source_pixels:
            raise AssetError(
                f"the pictures inside the SVG file have more than {self._limits.source_pixels:,} pixels together"
            )
        return True


def _is_safe_attribute(name: str, value: str) -> bool:
    """Attributes of SVG itself that run nothing and refer to nothing outside the document."""
    if " " in name or name.lower().startswith("on") or _URL.search(value):
        return False
    return name != "style" or not _UNSAFE_CSS.search(value)


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _length(value: str) -> float | None:
    """An absolute length in px; None for percentages, nonsense and what is not positive."""
    match = _LENGTH.match(value)
    if match is None:
        return None
    number = float(match[1]) * _PX[(match[2] or "").lower()]
    return number if 0 < number < 1e6 else None


def _view_box(value: str) -> tuple[float, float, float, float] | None:
    try:
        x, y, width, height = (float(part) for part in value.replace(",", " ").split())
    except ValueError:
        return None
    return (x, y, width, height) if width > 0 and height > 0 else None
