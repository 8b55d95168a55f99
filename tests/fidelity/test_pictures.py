from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageDraw, ImageFont

from tests.fidelity import pictures


def page_of_text(offset: int = 0) -> Image.Image:
    picture = Image.new("RGB", (300, 100), "white")
    font = ImageFont.load_default(16)
    ImageDraw.Draw(picture).text((10, 20 + offset), "Sphinx of black quartz, judge my vow", "black", font)
    return picture


def test_equal_pictures_do_not_differ() -> None:
    result = pictures.compare(page_of_text(), page_of_text())
    assert (result.share, result.tile, result.tone, result.mean) == (0, 0, 0, 0)


def test_text_that_is_one_px_off_is_found() -> None:
    assert not pictures.compare(page_of_text(), page_of_text(1)).agrees


def test_a_slightly_wrong_colour_of_a_small_box_is_found() -> None:
    first, second = Image.new("RGB", (300, 200), "white"), Image.new("RGB", (300, 200), "white")
    first.paste((37, 99, 235), (40, 40, 70, 70))
    second.paste((37, 110, 235), (40, 40, 70, 70))
    result = pictures.compare(first, second)
    assert result.tone > pictures.MAX_TONE
    assert not result.agrees


def test_noise_along_edges_is_not_seen() -> None:
    text = page_of_text()
    softened = ImageChops.blend(text, text.point([min(255, code + 12) for code in range(256)] * 3), 1)
    assert pictures.compare(text, softened).agrees


def test_pictures_of_different_size_differ_entirely() -> None:
    assert pictures.compare(Image.new("RGB", (10, 10)), Image.new("RGB", (10, 11))).share == 1


def test_a_transparent_picture_is_seen_on_white() -> None:
    red = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    data = io.BytesIO()
    red.save(data, "PNG")
    assert pictures.opened(data.getvalue()).getpixel((0, 0)) == (255, 127, 127)
