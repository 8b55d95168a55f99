"""Raster images through libvips: headers first, pixels at the size that is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from renderer.errors import AssetError
from renderer.images.formats import Format
from renderer.native import libvips

if TYPE_CHECKING:
    import pyvips

_LOADERS: dict[Format, str] = {
    "png": "pngload_buffer",
    "jpeg": "jpegload_buffer",
    "webp": "webpload_buffer",
    "gif": "gifload_buffer",
    "avif": "heifload_buffer",
}
_SIDEWAYS = range(5, 9)  # EXIF orientations that swap width and height


class Header(NamedTuple):
    """What a file's header says: size in px as stored, and the EXIF orientation (1–8)."""

    width: int
    height: int
    orientation: int

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height after the orientation is applied."""
        if self.orientation in _SIDEWAYS:
            return self.height, self.width
        return self.width, self.height


def read_header(data: bytes, kind: Format) -> Header:
    """Size and orientation without decoding pixels. Raises AssetError if the header is broken."""
    try:
        return _header(_open(data, kind))
    except libvips().Error as error:
        raise AssetError(f"the {kind.upper()} file is broken ({_reason(error)})") from error


def decode(data: bytes, kind: Format, width: int, height: int) -> Image.Image:
    """The first frame, upright, in sRGB, scaled to width × height px: mode RGB if opaque, else RGBA (straight alpha).

    Raises AssetError if the file is broken or ends early.
    """
    vips = libvips()
    try:
        header = _header(_open(data, kind))
        sideways = header.orientation in _SIDEWAYS
        target = (height, width) if sideways else (width, height)
        image = _scaled(_open_near(data, kind, header, target), target)
        image = _to_srgb(image)
        if header.orientation != 1:
            image = image.copy_memory().autorot()
        if image.bands > 4:
            image = image[:4]
        pixels = image.write_to_memory()
    except vips.Error as error:
        raise AssetError(f"the {kind.upper()} file is broken or incomplete ({_reason(error)})") from error
    mode = "RGBA" if image.bands == 4 else "RGB"
    decoded = Image.frombytes(mode, (image.width, image.height), pixels)
    if mode == "RGBA" and decoded.getchannel("A").getextrema() == (255, 255):
        return decoded.convert("RGB")
    return decoded


def _open(data: bytes, kind: Format, **options: int | float) -> pyvips.Image:
    loader = getattr(libvips().Image, _LOADERS[kind])
    return loader(data, access="sequential", fail_on="truncated", **options)


def _header(image: pyvips.Image) -> Header:
    fields = image.get_fields()
    orientation = int(image.get("orientation")) if "orientation" in fields else 1
    return Header(image.width, image.height, orientation if 1 <= orientation <= 8 else 1)


def _open_near(data: bytes, kind: Format, header: Header, target: tuple[int, int]) -> pyvips.Image:
    """Let the codec itself halve as often as it can without going below the target."""
    halved = _halving((header.width, header.height), target)
    if kind == "jpeg":
        return _open(data, kind, shrink=min(halved, 8))
    if kind == "webp" and halved > 1:
        return _open(data, kind, scale=1 / halved)
    return _open(data, kind)


def _halving(size: tuple[int, int], target: tuple[int, int]) -> int:
    """The greatest power of two by which a size can be divided without going below the target."""
    factor = min(size[0] // target[0], size[1] // target[1])
    return 1 << (factor.bit_length() - 1) if factor > 1 else 1


def _scaled(image: pyvips.Image, target: tuple[int, int]) -> pyvips.Image:
    """Scale as Chromium does: halve by boxes of pixels down to less than twice the target, then interpolate linearly.

    Colours are premultiplied meanwhile, so that transparent pixels lend none to their neighbours.
    """
    if (image.width, image.height) == target:
        return image
    band_format = image.format
    alpha = image.hasalpha()
    if alpha:
        image = image.premultiply()
    halved = _halving((image.width, image.height), target)
    if halved > 1:
        image = image.shrink(halved, halved)
    image = _interpolated(image.copy_memory(), target)
    return image.unpremultiply().cast(band_format) if alpha else image


def _interpolated(image: pyvips.Image, target: tuple[int, int]) -> pyvips.Image:
    """Sample at the centres of the target's pixels; the outermost pixels go on beyond the edge."""
    width, height = target
    if (image.width, image.height) == target:
        return image
    return image.affine(
        [width / image.width, 0, 0, height / image.height],
        interpolate=libvips().Interpolate.new("bilinear"),
        oarea=[0, 0, width, height],
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        extend="copy",
    )


def _to_srgb(image: pyvips.Image) -> pyvips.Image:
    """Eight bits of sRGB, through the embedded profile if there is a usable one."""
    vips = libvips()
    if "icc-profile-data" in image.get_fields():
        try:
            # A profile that does not fit its image is found only when pixels are made.
            return image.icc_transform("srgb", embedded=True, intent="relative", depth=8).copy_memory()
        except vips.Error:
            image = image.copy_memory()
    if image.interpretation == "cmyk":
        image = image.icc_transform("srgb", input_profile="cmyk", intent="relative", depth=8)
    return image.colourspace("srgb").cast("uchar")


def _reason(error: Exception) -> str:
    """First line of libvips' message, without paths or process-wide leftovers."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip()[:120] if lines else "no reason given"
