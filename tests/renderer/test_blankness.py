"""Pictures of one colour."""

from __future__ import annotations

import pytest
from PIL import Image

from renderer import MEDIA_TYPES, RenderOptions, compile_bundle, render
from renderer.blankness import is_blank
from renderer.template import bundle_from_files


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (120, 63), (1200, 630)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_one_colour_is_blank_and_one_other_pixel_is_not(size: tuple[int, int], mode: str) -> None:
    image = Image.new(mode, size, (1, 2, 3, 0)[: len(mode)])
    assert is_blank(image)
    image.putpixel((size[0] - 1, size[1] - 1), (1, 2, 4, 0)[: len(mode)])
    assert is_blank(image) is (size == (1, 1))


@pytest.mark.parametrize(
    ("body", "blank"),
    [
        ("<body></body>", True),
        ("<body style='background: #123'></body>", True),
        ("<body style='color: #fff; background: #fff'>Not to be seen</body>", True),
        ("<body>Here</body>", False),
        ("<body style='background: linear-gradient(#fff, #eee)'></body>", False),
    ],
)
def test_a_render_says_that_it_is_blank_in_every_format(body: str, blank: bool) -> None:
    manifest = b"size = {width = 120, height = 60}"
    compiled = compile_bundle(bundle_from_files("c", {"template.html": body.encode(), "template.toml": manifest}))
    for name in MEDIA_TYPES:
        found = render(compiled, {}, RenderOptions(format=name)).diagnostics
        assert [(each.code, each.severity) for each in found] == [("blank-picture", "warning")] * blank
