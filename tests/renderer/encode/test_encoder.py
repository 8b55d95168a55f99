from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from renderer.encode import MEDIA_TYPES, OutputFormat, encode, encode_within
from renderer.encode.png_filter import choose_filter
from renderer.errors import EncodeError
from renderer.paint.raster import Picture

FORMATS: tuple[OutputFormat, ...] = ("png", "jpg", "webp", "avif")


def gradient(width: int = 160, height: int = 120) -> Image.Image:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    channels = [x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)]
    return Image.fromarray(np.stack(channels, axis=2).astype(np.uint8))


def decoded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def noise(width: int = 160, height: int = 120) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8))


OPAQUE = Picture(gradient(), opaque=True)
FADING = gradient().convert("RGBA")
FADING.putalpha(Image.linear_gradient("L").resize(FADING.size))


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip(name: OutputFormat) -> None:
    image = decoded(encode(OPAQUE, name))
    assert image.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}[name]
    difference = np.abs(np.asarray(image.convert("RGB")).astype(int) - np.asarray(OPAQUE.image))
    assert difference.mean() < (0.001 if name == "png" else 4)
    assert name in MEDIA_TYPES


@pytest.mark.parametrize("name", ["png", "webp", "avif"])
def test_alpha_survives(name: OutputFormat) -> None:
    image = decoded(encode(Picture(FADING, opaque=False), name))
    assert image.mode == "RGBA"
    assert np.abs(np.asarray(image)[..., 3].astype(int) - np.asarray(FADING)[..., 3]).max() <= 4


def test_transparent_png_is_exact() -> None:
    assert decoded(encode(Picture(FADING, opaque=False), "png")).tobytes() == FADING.tobytes()


def test_jpeg_shows_white_where_nothing_is() -> None:
    nothing = Picture(Image.new("RGBA", (16, 16), (0, 0, 0, 0)), opaque=False)
    assert decoded(encode(nothing, "jpg")).getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize("name", FORMATS)
def test_same_bytes_twice_and_no_metadata(name: OutputFormat) -> None:
    data = encode(OPAQUE, name)
    assert data == encode(OPAQUE, name)
    assert not decoded(data).getexif()
    assert "icc_profile" not in decoded(data).info


def test_quality_changes_the_size() -> None:
    assert len(encode(OPAQUE, "jpg", quality=95)) > len(encode(OPAQUE, "jpg", quality=40))


@pytest.mark.parametrize("quality", [0, 101, -3])
def test_quality_out_of_range(quality: int) -> None:
    with pytest.raises(EncodeError, match="1 to 100"):
        encode(OPAQUE, "jpg", quality=quality)


def test_unknown_format() -> None:
    with pytest.raises(EncodeError, match="tiff"):
        encode(OPAQUE, "tiff")  # type: ignore[arg-type]


def test_side_that_the_format_cannot_hold() -> None:
    with pytest.raises(EncodeError, match="16,383"):
        encode(Picture(Image.new("RGB", (16_384, 1)), opaque=True), "webp")


def test_byte_budget_takes_the_best_quality_that_fits() -> None:
    picture = Picture(noise(), opaque=True)
    budget = len(encode(picture, "jpg", quality=60))
    data, quality = encode_within(picture, "jpg", budget)
    assert len(data) <= budget
    assert quality >= 60
    assert len(encode(picture, "jpg", quality=quality + 1)) > budget


def test_byte_budget_that_cannot_be_met_gives_the_smallest() -> None:
    data, quality = encode_within(Picture(noise(), opaque=True), "webp", 10, lowest=35)
    assert quality == 35
    assert data == encode(Picture(noise(), opaque=True), "webp", quality=35)


def test_png_ignores_the_budget() -> None:
    assert encode_within(OPAQUE, "png", 10)[0] == encode(OPAQUE, "png")


def test_filter_choice() -> None:
    flat = Image.new("RGB", (160, 120), (20, 30, 40))
    smooth = noise(20, 15).resize((160, 120), Image.Resampling.BICUBIC)
    assert choose_filter(flat) == "none"
    assert choose_filter(smooth) == "up"
    assert choose_filter(Image.new("RGB", (5, 5))) == "none"
