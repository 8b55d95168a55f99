"""Checks of an image file before anybody shows it: every byte is decoded once, at a small size."""

from __future__ import annotations

from dataclasses import dataclass

from renderer.images.decode import decode
from renderer.images.loader import read_source
from renderer.images.svg import draw_svg
from renderer.limits import DEFAULT_LIMITS, Limits

_SIDE = 64  # px at which it is decoded: codecs read all of a file, however little of it is wanted
_NO_DIGEST = ""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a good image file is. Natural size in px after EXIF orientation; None where an SVG leaves it open."""

    media_type: str
    width: float | None
    height: float | None


def check_image(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ImageFacts:
    """Read a file as a render would, to its end.

    Raises:
        AssetError: it is of another format, broken, cut short, or beyond the limits.
    """
    source = read_source(data, _NO_DIGEST, limits)
    width, height, ratio = source.size.width, source.size.height, source.size.ratio or 1.0
    small = (_SIDE, max(1, round(_SIDE / ratio))) if ratio >= 1 else (max(1, round(_SIDE * ratio)), _SIDE)
    if source.svg is not None:
        draw_svg(source.svg, *small)
        return ImageFacts("image/svg+xml", width, height)
    decode(source.data, source.kind, *small)
    return ImageFacts(f"image/{source.kind}", width, height)
