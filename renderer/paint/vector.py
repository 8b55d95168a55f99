"""Anti-aliased masks of arbitrary paths, filled or stroked, by librsvg."""

from __future__ import annotations

from typing import Literal

from PIL import Image

from renderer.native import libvips
from renderer.paint.affine import Affine
from renderer.paint.region import Box
from renderer.text.cache import GenerationCache

_CACHE_BYTES = 24_000_000
_masks: GenerationCache[tuple[str, int, int], Image.Image] = GenerationCache(
    _CACHE_BYTES, lambda mask: mask.width * mask.height + 500
)


def fill_markup(data: str, *, even_odd: bool) -> str:
    """SVG markup of a filled path."""
    rule = ' fill-rule="evenodd"' if even_odd else ""
    return f'<path fill="#fff"{rule} d="{data}"/>'


def stroke_markup(
    data: str,
    width: float,
    *,
    dash: tuple[float, ...] = (),
    dash_offset: float = 0.0,
    cap: Literal["butt", "round", "square"] = "butt",
) -> str:
    """SVG markup of a stroked path; the joins are Skia's defaults."""
    dashes = ""
    if dash and any(length > 0 for length in dash):
        pattern = " ".join(_number(length) for length in dash)
        dashes = f' stroke-dasharray="{pattern}" stroke-dashoffset="{_number(dash_offset)}"'
    return (
        f'<path fill="none" stroke="#fff" stroke-width="{_number(width)}" stroke-linecap="{cap}"'
        f' stroke-miterlimit="4"{dashes} d="{data}"/>'
    )


def draw_mask(markup: str, matrix: Affine, box: Box) -> Image.Image:
    """Coverage (mode L, of the box's size) of white SVG shapes seen through a matrix onto device pixels."""
    a, b, c, d, e, f = matrix
    transform = " ".join(_number(value) for value in (a, b, c, d, e - box.left, f - box.top))
    width, height = box.size
    content = f'<g transform="matrix({transform})">{markup}</g>'
    key = (content, width, height)
    mask = _masks.get(key)
    if mask is None:
        mask = _render(content, width, height)
        _masks.put(key, mask)
    return mask


def _render(content: str, width: int, height: int) -> Image.Image:
    document = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{content}</svg>'
    pixels = libvips().Image.svgload_buffer(document.encode(), unlimited=True)
    return Image.frombytes("L", (width, height), pixels[3].write_to_memory())


def _number(value: float) -> str:
    # Six digits after the point: exact to a thousandth of a pixel even for matrices applied to large coordinates.
    return f"{value:.6f}".rstrip("0").rstrip(".")
