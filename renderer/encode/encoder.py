"""Pixels to bytes: PNG by `renderer.encode.png`, the rest by libvips.

Files carry no metadata; without a profile, viewers take them as sRGB. The settings are where measurements on cards of
1200 × 630 px put the bend between time and size: JPEG without a second pass for its Huffman tables; WebP effort 1;
AVIF effort 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from renderer.encode.png import write_png
from renderer.errors import EncodeError
from renderer.media_types import OutputFormat
from renderer.native import libvips

if TYPE_CHECKING:
    import pyvips

_DEFAULT_QUALITY: dict[OutputFormat, int] = {"jpg": 85, "webp": 85, "avif": 60}
_FULL_CHROMA_FROM = 80  # JPEG quality from which coloured text is kept sharp by not halving the chroma planes
_LARGEST_SIDE: dict[OutputFormat, int] = {"jpg": 65_535, "webp": 16_383, "avif": 16_384}


class PixelSource(Protocol):
    """A finished picture: mode RGB if `opaque`, else RGBA with straight alpha."""

    @property
    def image(self) -> Image.Image:
        """The pixels."""

    @property
    def opaque(self) -> bool:
        """Whether there is no alpha channel."""


def encode(picture: PixelSource, format: OutputFormat, *, quality: int | None = None) -> bytes:  # noqa: A002
    """The picture as a file.

    `quality` is 1–100 for the lossy formats and is not looked at for PNG, which is always lossless. JPEG has no alpha
    channel: transparent pixels show white. Raises EncodeError for an unknown format, a quality out of range, or more
    pixels on a side than the format can hold.
    """
    writer = _WRITERS.get(format)
    if writer is None:
        raise EncodeError(f"Unknown output format {format!r}: use {', '.join(_WRITERS)}.")
    quality = _DEFAULT_QUALITY.get(format, 100) if quality is None else quality
    if not 1 <= quality <= 100:
        raise EncodeError(f"Quality {quality} is out of range: use 1 to 100.")
    side = max(picture.image.size)
    if side > _LARGEST_SIDE.get(format, side):
        raise EncodeError(f"{format} images have at most {_LARGEST_SIDE[format]:,} pixels on a side, not {side:,}.")
    try:
        return writer(picture.image, quality)
    except libvips().Error as error:
        raise EncodeError(f"The picture cannot be written as {format}.") from error


def encode_within(
    picture: PixelSource,
    format: OutputFormat,  # noqa: A002
    max_bytes: int,
    *,
    quality: int | None = None,
    lowest: int = 30,
) -> tuple[bytes, int]:
    """The file of the highest quality up to `quality` that has at most `max_bytes`, and that quality.

    If even the lowest quality is larger, or the format is PNG, the smallest file that was found is returned.
    """
    best_quality = _DEFAULT_QUALITY.get(format, 100) if quality is None else quality
    data = encode(picture, format, quality=best_quality)
    if len(data) <= max_bytes or format == "png" or best_quality <= lowest:
        return data, best_quality
    data, chosen = encode(picture, format, quality=lowest), lowest
    low, high = lowest + 1, best_quality - 1
    while low <= high and len(data) <= max_bytes:
        middle = (low + high + 1) // 2
        attempt = encode(picture, format, quality=middle)
        if len(attempt) <= max_bytes:
            data, chosen, low = attempt, middle, middle + 1
        else:
            high = middle - 1
    return data, chosen


def _vips_image(image: Image.Image) -> pyvips.Image:
    bands = 4 if image.mode == "RGBA" else 3
    pixels = libvips().Image.new_from_memory(image.tobytes(), image.width, image.height, bands, "uchar")
    return pixels.copy(interpretation="srgb")


def _png(image: Image.Image, _quality: int) -> bytes:
    return write_png(image)


def _jpg(image: Image.Image, quality: int) -> bytes:
    subsample = "off" if quality >= _FULL_CHROMA_FROM else "on"
    data: bytes = _vips_image(_on_white(image)).jpegsave_buffer(Q=quality, subsample_mode=subsample, keep="none")
    return data


def _webp(image: Image.Image, quality: int) -> bytes:
    data: bytes = _vips_image(image).webpsave_buffer(Q=quality, effort=1, keep="none")
    return data


def _avif(image: Image.Image, quality: int) -> bytes:
    data: bytes = _vips_image(image).heifsave_buffer(
        compression="av1", Q=quality, effort=0, bitdepth=8, subsample_mode="off", keep="none"
    )
    return data


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    page = Image.new("RGB", image.size, (255, 255, 255))
    page.paste(image, (0, 0), image)
    return page


_WRITERS: dict[OutputFormat, Callable[[Image.Image, int], bytes]] = {
    "png": _png,
    "jpg": _jpg,
    "webp": _webp,
    "avif": _avif,
}
