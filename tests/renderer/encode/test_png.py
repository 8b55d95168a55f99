"""PNG files are read by two decoders and come out the same with and without kept bands."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from zlib_ng import zlib_ng

from renderer.encode import png
from renderer.encode.png import write_png
from renderer.native import libvips


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    shape = (height, width, len(mode))
    return Image.fromarray(np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8))


def forget() -> None:
    png._bands.clear()
    png._seen.clear()


def read(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 700), (5, 3), (700, 1), (300, 260), (17_000, 9)])
def test_round_trip(size: tuple[int, int], mode: str) -> None:
    image = noise(*size, mode)
    data = write_png(image)
    assert (read(data).mode, read(data).tobytes()) == (mode, image.tobytes())
    by_libvips = libvips().Image.new_from_buffer(data, "", fail_on="warning")
    assert by_libvips.write_to_memory() == image.tobytes()


def test_round_trip_with_filtered_rows() -> None:
    smooth = noise(30, 20).resize((400, 300), Image.Resampling.BICUBIC)
    data = write_png(smooth)
    assert read(data).tobytes() == smooth.tobytes()
    assert len(data) < 0.7 * 400 * 300 * 3


def test_kept_bands_change_no_byte() -> None:
    page = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
    pictures = []
    for number in range(4):
        picture = page.copy()
        picture.paste((255, 255, 255), (100, 200 + number, 500, 260))
        pictures.append(picture)
    forget()
    warm = [write_png(picture) for picture in pictures]
    assert png._bands._young
    for picture, data in zip(pictures, warm, strict=True):
        forget()
        assert write_png(picture) == data
        assert read(data).tobytes() == picture.tobytes()


def test_rows_with_equal_checksums_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(zlib_ng, "crc32", lambda *_: 7)
    for color in ("red", "blue", "red", "red", "blue", "blue"):
        rows = png._filtered(Image.new("RGB", (40, 40), color))
        compressed = png._compressed(rows, 121)
        plain = zlib_ng.decompressobj(-15).decompress(b"".join(compressed))
        assert plain == rows.cut(0, 40 * 121)
    forget()
