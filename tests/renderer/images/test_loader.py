import base64
from urllib.parse import quote

import pytest
from PIL import Image, ImageCms

from renderer.assets import Asset, IntrinsicSize
from renderer.diagnostics import Diagnostics
from renderer.images import AssetImages
from renderer.limits import Limits
from tests.renderer.images.files import png_header, saved, two_halves

PICTURE = two_halves()
BLUE, RED = (0, 0, 255), (255, 0, 0)
PNG = saved(PICTURE, "PNG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="#0f0"/></svg>'
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def rotated_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    return exif


def load(name: str, data: bytes, limits: Limits = Limits()) -> tuple[AssetImages, Diagnostics]:  # noqa: B008
    diagnostics = Diagnostics()
    return AssetImages({name: data}, {}, limits, diagnostics), diagnostics


def near(color: object, expected: tuple[int, ...]) -> bool:
    assert isinstance(color, tuple)
    return all(abs(a - b) <= 4 for a, b in zip(color, expected, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        saved(PICTURE, "JPEG", quality=95, subsampling=0),
        saved(PICTURE, "WEBP", lossless=True),
        saved(PICTURE, "AVIF", quality=95),
        saved(PICTURE, "GIF"),
        saved(PICTURE.convert("P"), "PNG"),
        saved(PICTURE, "PNG", icc_profile=SRGB),
        saved(PICTURE, "PNG", icc_profile=b"no profile at all" * 10),
        saved(PICTURE.convert("RGBA"), "PNG"),
        saved(PICTURE, "GIF", save_all=True, append_images=[Image.new("RGB", (100, 60), (0, 255, 0))]),
        saved(PICTURE, "WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", (100, 60), (0, 255, 0))]),
    ],
    ids=["png", "jpeg", "webp", "avif", "gif", "palette", "icc", "bad icc", "rgba", "animated gif", "animated webp"],
)
def test_formats(data: bytes) -> None:
    images, diagnostics = load("a", data)
    assert images.intrinsic("a") == IntrinsicSize(100.0, 60.0, 100 / 60)
    pixels = images.pixels("a", 50, 30)
    assert pixels is not None
    assert (pixels.mode, pixels.size) == ("RGB", (50, 30))
    assert near(pixels.getpixel((5, 5)), BLUE)
    assert near(pixels.getpixel((40, 25)), RED)
    assert not diagnostics.items


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("L", (9, 9), 77), "PNG", (77, 77, 77)),
        (Image.new("LA", (9, 9), (77, 128)), "PNG", (77, 77, 77, 128)),
        (Image.new("1", (9, 9), 1), "PNG", (255, 255, 255)),
        (Image.new("I;16", (9, 9), 0x8000), "PNG", (128, 128, 128)),
        (Image.new("L", (9, 9), 77), "JPEG", (77, 77, 77)),
        (Image.new("CMYK", (9, 9), (0, 0, 0, 0)), "JPEG", (255, 255, 255)),
        (Image.new("RGBA", (9, 9), (10, 20, 30, 128)), "WEBP", (10, 20, 30, 128)),
    ],
    ids=["grey", "grey and alpha", "bilevel", "16 bit", "grey jpeg", "cmyk", "alpha"],
)
def test_pixel_layouts(image: Image.Image, kind: str, expected: tuple[int, ...]) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    images, _ = load("a", saved(image, kind, **options))
    pixels = images.pixels("a", 6, 6)
    assert pixels is not None
    assert near(pixels.getpixel((3, 3)), expected)


def test_cmyk_red_is_red() -> None:
    images, _ = load("a", saved(Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "JPEG"))
    pixels = images.pixels("a", 9, 9)
    assert pixels is not None
    red, green, blue = pixels.getpixel((4, 4))  # type: ignore[misc]
    assert red > 200 > 90 > max(green, blue)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(kind: str) -> None:
    images, _ = load("a", saved(PICTURE, kind, exif=rotated_exif()))
    assert images.intrinsic("a") == IntrinsicSize(60.0, 100.0, 0.6)
    pixels = images.pixels("a", 60, 100)
    assert pixels is not None
    assert near(pixels.getpixel((50, 10)), BLUE)  # top left became top right
    assert near(pixels.getpixel((10, 90)), RED)


@pytest.mark.parametrize("size", [(7, 3), (25, 15), (99, 61), (333, 200), (1, 1)])
def test_size_is_exact(size: tuple[int, int]) -> None:
    for data in (PNG, saved(PICTURE, "JPEG"), saved(two_halves(1000, 600), "JPEG"), saved(PICTURE, "WEBP"), SVG):
        images, _ = load("a", data)
        pixels = images.pixels("a", *size)
        assert pixels is not None
        assert pixels.size == size


def test_transparent_neighbours_lend_no_colour() -> None:
    image = Image.new("RGBA", (40, 40), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 20, 40))
    images, _ = load("a", saved(image, "PNG"))
    pixels = images.pixels("a", 10, 10)
    assert pixels is not None
    for x in range(10):
        red, green, _, alpha = pixels.getpixel((x, 5))  # type: ignore[misc]
        assert alpha == 0 or (red > 250 and green < 5)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_truncated_files_are_left_out(kind: str) -> None:
    whole = saved(two_halves(300, 200), kind)
    images, diagnostics = load("a", whole[: len(whole) * 3 // 4])
    images.intrinsic("a")
    assert images.pixels("a", 50, 30) is None
    assert images.pixels("a", 50, 30) is None
    assert [item.code for item in diagnostics.items] == ["image-unresolved"]
    assert images.intrinsic("a") is None


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"hello", b"%PDF-1.7", b"BM" * 50]
)
def test_other_files_are_left_out(data: bytes) -> None:
    images, diagnostics = load("a", data)
    assert images.intrinsic("a") is None
    assert images.identity("a") == ""
    assert len(diagnostics.items) == 1


def test_bomb_is_refused_by_its_header() -> None:
    images, diagnostics = load("a", png_header(30_000, 30_000))
    assert images.intrinsic("a") is None
    assert "30,000 × 30,000" in diagnostics.items[0].message
    assert "source_pixels" in diagnostics.items[0].message


def test_limits() -> None:
    images, diagnostics = load("a", PNG, Limits(source_bytes=100))
    assert images.intrinsic("a") is None
    assert "at most 100" in diagnostics.items[0].message
    images, _ = load("a", PNG, Limits(source_pixels=5999))
    assert images.intrinsic("a") is None
    images, _ = load("a", PNG, Limits(source_pixels=6000))
    assert images.intrinsic("a") is not None
    assert images.pixels("a", 1000, 1000) is None


@pytest.mark.parametrize("url", ["logo.png", "./logo.png", "x/../logo.png", "logo.png?v=2#x", "%6Cogo.png"])
def test_paths_inside_the_folder(url: str) -> None:
    images, _ = load("logo.png", PNG)
    assert images.intrinsic(url) is not None


@pytest.mark.parametrize(
    "url", ["", "../logo.png", "/logo.png", "%2e%2e/logo.png", "..", "file:///logo.png", "//x/logo.png"]
)
def test_paths_that_lead_elsewhere(url: str) -> None:
    images, diagnostics = load("logo.png", PNG)
    assert images.intrinsic(url) is None
    assert len(diagnostics.items) == 1


def test_data_uris() -> None:
    images, _ = load("a", b"")
    encoded = base64.b64encode(PNG).decode()
    for uri in (f"data:image/png;base64,{encoded}", f"data:;base64,{encoded.rstrip('=')}", f"data:,{quote(PNG)}"):
        assert images.intrinsic(uri) is not None
    for uri in ("data:nothing", "data:;base64,@@@", "data:,hello"):
        assert images.intrinsic(uri) is None


def test_supplied_bytes_by_url() -> None:
    diagnostics = Diagnostics()
    images = AssetImages({}, {"https://x.test/a.png": Asset(PNG, "digest")}, diagnostics=diagnostics)
    assert images.intrinsic("https://x.test/a.png") is not None
    assert images.identity("https://x.test/a.png") == "digest"
    assert images.intrinsic("https://x.test/b.png") is None
    assert "no bytes were supplied" in diagnostics.items[0].message


def test_identity_changes_with_the_content() -> None:
    first, _ = load("a", PNG)
    second, _ = load("a", saved(Image.new("RGB", (4, 4)), "PNG"))
    assert len(first.identity("a")) == 64
    assert first.identity("a") != second.identity("a")


def test_inline_svg() -> None:
    images, _ = load("a", b"")
    key = images.add_svg(SVG.decode())
    assert key == images.add_svg(SVG.decode())
    assert images.intrinsic(key) == IntrinsicSize(20.0, 10.0, 2.0)
    pixels = images.pixels(key, 4, 2)
    assert pixels is not None
    assert pixels.getpixel((1, 1)) == (0, 255, 0, 255)


def test_pixels_are_kept_by_content_and_size() -> None:
    first, _ = load("a", PNG)
    second, _ = load("b", PNG)
    assert first.pixels("a", 11, 7) is second.pixels("b", 11, 7)
    assert first.pixels("a", 11, 8) is not first.pixels("a", 11, 7)


def test_enlarged_between_the_centres_of_pixels() -> None:
    two = Image.new("L", (2, 1))
    two.putpixel((1, 0), 200)
    images, _ = load("two.png", saved(two, "PNG"))
    wide = images.pixels("two.png", 8, 1)
    assert wide is not None
    assert [wide.getpixel((x, 0)) for x in (0, 1, 6, 7)] == [(0,) * 3, (0,) * 3, (200,) * 3, (200,) * 3]
    assert near(wide.getpixel((3, 0)), (75, 75, 75))


def test_reduced_by_boxes_of_pixels() -> None:
    checks = Image.new("L", (16, 16))
    checks.putdata([255 * ((x + y) % 2) for y in range(16) for x in range(16)])
    images, _ = load("checks.png", saved(checks, "PNG"))
    small = images.pixels("checks.png", 3, 3)
    assert small is not None
    assert all(near(small.getpixel((x, y)), (128, 128, 128)) for x in range(3) for y in range(3))
