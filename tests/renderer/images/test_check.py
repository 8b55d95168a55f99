"""Files that are read to their end before anybody shows them."""

from __future__ import annotations

import pytest
from PIL import Image

from renderer import ImageFacts, Limits, check_image
from renderer.errors import AssetError
from tests.renderer.images.files import png_header, saved, two_halves

PICTURE = two_halves(300, 200)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_good_files_are_measured_and_short_ones_refused(kind: str) -> None:
    whole = saved(PICTURE, kind)
    assert check_image(whole) == ImageFacts(f"image/{kind.lower()}", 300.0, 200.0)
    with pytest.raises(AssetError, match="file is broken"):
        check_image(whole[: len(whole) * 3 // 4])


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (64, 65)])
def test_any_shape_will_do(size: tuple[int, int]) -> None:
    assert check_image(saved(Image.new("RGB", size), "PNG")).width == size[0]


def test_svg_may_leave_its_size_open() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" {}><rect width="9" height="9"/></svg>'
    assert check_image(svg.format('width="20" height="10"').encode()) == ImageFacts("image/svg+xml", 20.0, 10.0)
    assert check_image(svg.format("").encode()) == ImageFacts("image/svg+xml", None, None)


@pytest.mark.parametrize(
    ("data", "limits", "says"),
    [
        (b"hello", Limits(), "not a PNG"),
        (png_header(30_000, 30_000), Limits(), "30,000 × 30,000"),
        (saved(PICTURE, "PNG"), Limits(source_pixels=59_999), "60,000|300 × 200"),
        (saved(PICTURE, "PNG"), Limits(source_bytes=50), "at most 50"),
    ],
)
def test_limits_hold(data: bytes, limits: Limits, says: str) -> None:
    with pytest.raises(AssetError, match=says):
        check_image(data, limits)
