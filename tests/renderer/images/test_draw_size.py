"""Images are decoded at the size at which they are drawn: the codec itself leaves out what nobody would see."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from renderer import Asset, RenderOptions, compile_bundle, render
from renderer.images import decode
from renderer.template.bundle import bundle_from_files
from tests.renderer.images.files import saved, two_halves

RED, BLUE = (255, 0, 0), (0, 0, 255)
Loads = list[dict[str, int | float]]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    """What the codecs were asked for, headers aside."""
    asked: Loads = []
    open_file: Callable[..., object] = decode._open

    def open_noted(data: bytes, kind: str, **options: int | float) -> object:
        if options:
            asked.append(options)
        return open_file(data, kind, **options)

    monkeypatch.setattr(decode, "_open", open_noted)
    return asked


def drawn(css: str, data: bytes, scale: int, url: str = "https://a.example/photo") -> Image.Image:
    html = f"<style>body {{ margin: 0 }} img, div {{ width: 100px; height: 60px; {css} }}</style>"
    html += f'<div style="background-image: url({url})"></div>' if "background" in css else f'<img src="{url}">'
    files = {"template.html": html.encode(), "template.toml": b"size = {width = 100, height = 60}"}
    template = compile_bundle(bundle_from_files("t", files))
    result = render(template, {}, RenderOptions(scale=scale), assets={url: Asset(data, f"digest {hash(data)}")})
    assert [item for item in result.diagnostics if item.code == "image-unresolved"] == []
    return Image.open(BytesIO(result.data)).convert("RGB")


# 1600 × 960 pixels for a box of 100 × 60 CSS px: sixteen times too many at scale 1, of which JPEG can spare eight.
@pytest.mark.parametrize(("scale", "shrink"), [(1, 8), (2, 8), (3, 4)])
@pytest.mark.parametrize(
    "css", ["object-fit: fill", "object-fit: cover", "background-size: cover", "background-size: 100%"]
)
def test_jpeg_is_shrunk_while_it_is_read(loads: Loads, css: str, scale: int, shrink: int) -> None:
    data = saved(two_halves(1600, 960), "JPEG", quality=90 + scale, comment=css.encode())
    picture = drawn(css, data, scale)
    assert loads == [{"shrink": shrink}]
    assert picture.size == (100 * scale, 60 * scale)
    assert _near(picture.getpixel((20 * scale, 10 * scale)), BLUE)
    assert _near(picture.getpixel((80 * scale, 40 * scale)), RED)


@pytest.mark.parametrize(("css", "shrink"), [("background-size: 50px", 8), ("background-size: 400px", 4)])
def test_the_size_of_a_background_decides_not_that_of_its_box(loads: Loads, css: str, shrink: int) -> None:
    drawn(css, saved(two_halves(1600, 960), "JPEG", quality=80, comment=css.encode()), 1, "asset:photo")
    assert loads == [{"shrink": shrink}]


@pytest.mark.parametrize(("scale", "fraction"), [(1, 1 / 16), (2, 1 / 8), (3, 1 / 4)])
def test_webp_is_scaled_while_it_is_read(loads: Loads, scale: int, fraction: float) -> None:
    drawn("object-fit: fill", saved(two_halves(1600, 960), "WEBP", quality=80 + scale), scale)
    assert loads == [{"scale": fraction}]


@pytest.mark.parametrize("scale", [1, 2])
def test_a_turned_photo_is_shrunk_by_its_own_sides(loads: Loads, scale: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    data = saved(two_halves(960, 1600), "JPEG", quality=90 + scale, exif=exif)
    picture = drawn("object-fit: fill", data, scale, "asset:turned")
    assert loads == [{"shrink": 8}]
    # Stored, blue is the top left quarter; turned, it is the top right one.
    assert _near(picture.getpixel((80 * scale, 10 * scale)), BLUE)
    assert _near(picture.getpixel((20 * scale, 10 * scale)), RED)


def test_a_small_image_is_read_whole(loads: Loads) -> None:
    drawn("object-fit: fill", saved(two_halves(90, 50), "JPEG"), 3)
    assert loads == [{"shrink": 1}]


def _near(color: object, expected: tuple[int, ...]) -> bool:
    assert isinstance(color, tuple)
    return all(abs(a - b) <= 8 for a, b in zip(color, expected, strict=True))
