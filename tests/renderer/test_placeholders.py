"""Images that cannot be had: what is shown in their place, and where the finding says it is."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

import pytest
from PIL import Image

from renderer import Asset, CompiledTemplate, Diagnostic, RenderOptions, compile_bundle, render
from renderer.template.bundle import bundle_from_files
from tests.renderer.images.files import saved, two_halves

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
URL = "https://a.example/face.png"
MISSING = {URL: Asset(b"", "", "its server cannot be reached")}
MANIFEST = """\
size = { width = 200, height = 100 }
{root}
[variables.face]
type = "image"
{own}
[variables.people]
type = "list"
items = {{ type = "object", fields = {{ face = {{ type = "image", placeholder = "blue.png" }} }} }}
"""
STYLE = "<style>body { margin: 0; background: white; display: flex } img { width: 100px; height: 100px }</style>"


def compiled(html: str, *, root: str = "", own: str = "", **more: bytes) -> CompiledTemplate:
    files = {
        "template.html": (STYLE + html).encode(),
        "template.toml": MANIFEST.replace("{ width", "{{ width")
        .replace("100 }", "100 }}")
        .format(root=root, own=own)
        .encode(),
        "green.png": saved(Image.new("RGB", (50, 50), "green"), "PNG"),
        "blue.png": saved(Image.new("RGB", (50, 50), "blue"), "PNG"),
        "wide.png": saved(two_halves(200, 50), "PNG"),
        **{name.replace("_", "."): data for name, data in more.items()},
    }
    return compile_bundle(bundle_from_files("t", files))


def shown(
    template: CompiledTemplate, values: Mapping[str, object], assets: Mapping[str, Asset] = MISSING, scale: int = 1
) -> tuple[Image.Image, list[Diagnostic]]:
    result = render(template, values, RenderOptions(scale=scale), assets=assets)
    found = [item for item in result.diagnostics if item.code == "image-unresolved"]
    return Image.open(BytesIO(result.data)).convert("RGB"), found


@pytest.mark.parametrize(
    ("root", "own", "expected", "fate"),
    [
        ("", "", WHITE, "is left out"),
        ('placeholder = "green.png"', "", GREEN, "is replaced by 'green.png'"),
        ('placeholder = "green.png"', 'placeholder = "blue.png"', BLUE, "is replaced by 'blue.png'"),
    ],
)
def test_the_variable_s_own_placeholder_wins(root: str, own: str, expected: tuple[int, ...], fate: str) -> None:
    template = compiled('\n<img id="face" src="{{ face }}">', root=root, own=own)
    picture, (finding,) = shown(template, {"face": URL})
    assert picture.getpixel((50, 50)) == expected
    assert finding.message == f"Image {URL!r} {fate}: its server cannot be reached."
    assert (str(finding.position), finding.element) == ("template.html:2:1", "img#face")
    assert dict(finding.data) == {"url": URL}


def test_images_of_lists_have_the_placeholder_of_their_field() -> None:
    template = compiled('{{ for p in people }}<img src="{{ p.face }}">{{ end }}', root='placeholder = "green.png"')
    other = "https://a.example/other.png"
    good = Asset(saved(Image.new("RGB", (4, 4), "red"), "PNG"), "red")
    picture, (_,) = shown(template, {"people": [{"face": URL}, {"face": other}]}, {**MISSING, other: good})
    assert [picture.getpixel((x, 50)) for x in (50, 150)] == [BLUE, RED]


def test_urls_that_no_variable_names_have_the_template_s() -> None:
    template = compiled(
        '<img src="https://a.example/{{ 1 + 1 }}.png"><img src="gone.png">', root='placeholder = "green.png"'
    )
    picture, found = shown(template, {}, {})
    assert [picture.getpixel((x, 50)) for x in (50, 150)] == [GREEN, GREEN]
    assert [item.element for item in found] == ["img", "img"]


def test_an_image_without_a_source_is_no_failure() -> None:
    picture, found = shown(compiled('<img src="{{ face }}">', root='placeholder = "green.png"'), {})
    assert (picture.getpixel((50, 50)), found) == (WHITE, [])


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize(
    ("fit", "expected"),
    [("fill", [BLUE, RED, RED]), ("contain", [WHITE, BLUE, WHITE]), ("cover", [BLUE, RED, RED])],
)
def test_the_placeholder_fits_as_the_image_would(fit: str, expected: list[object], scale: int) -> None:
    template = compiled(f'<img style="object-fit: {fit}" src="{{{{ face }}}}">', own='placeholder = "wide.png"')
    picture, _ = shown(template, {"face": URL}, scale=scale)
    # Blue is the top left quarter. Contained, the wide placeholder is a band in the middle of the square.
    points = [(20, 20), (20, 45), (60, 80)] if fit == "contain" else [(20, 20), (60, 20), (20, 80)]
    assert [picture.getpixel((x * scale, y * scale)) for x, y in points] == expected


def test_without_a_size_the_placeholder_s_own_counts() -> None:
    template = compiled('<img style="width: auto; height: auto" src="{{ face }}">', own='placeholder = "green.png"')
    picture, _ = shown(template, {"face": URL})
    assert [picture.getpixel((x, 25)) for x in (45, 55)] == [GREEN, WHITE]


@pytest.mark.parametrize(
    ("css", "element"),
    [
        ("div { background: url({{ face }}) }", "div.box"),
        ("div::before { content: url({{ face }}) }", "div.box::before"),
        ("div { --x: url({{ face }}); background-image: var(--x) }", "div.box"),
    ],
)
def test_backgrounds_and_generated_content_have_placeholders(css: str, element: str) -> None:
    html = f'<style>div {{ width: 100px; height: 100px }} {css}</style>\n<div class="box"></div>'
    picture, (finding,) = shown(compiled(html, own='placeholder = "green.png"'), {"face": URL})
    assert picture.getpixel((25, 25)) == GREEN
    assert (finding.element, finding.position and finding.position.line) == (element, 2)


def test_pixels_that_end_early_are_found_while_painting() -> None:
    whole = saved(two_halves(300, 200), "PNG")
    template = compiled('<img src="{{ face }}">', own='placeholder = "wide.png"')
    asset = {URL: Asset(whole[: len(whole) // 2], "cut short")}
    # The square was measured for another image: the middle of the placeholder covers it, undistorted.
    first, found = shown(template, {"face": URL}, asset)
    assert len(found) == 1
    assert "replaced by 'wide.png'" in found[0].message
    assert [first.getpixel((x, 20)) for x in (20, 80, 120)] == [BLUE, RED, WHITE]
    other = compiled('<img src="{{ face }}">', own='placeholder = "green.png"')
    assert shown(other, {"face": URL}, asset)[0].getpixel((20, 20)) == GREEN
    assert shown(template, {"face": URL}, asset)[0].tobytes() == first.tobytes()


def test_a_broken_placeholder_is_said_and_left_out() -> None:
    template = compiled('<img src="{{ face }}">', own='placeholder = "bad.png"', bad_png=b"no picture")
    picture, (finding,) = shown(template, {"face": URL})
    assert picture.getpixel((50, 50)) == WHITE
    assert "is left out: its server cannot be reached; its placeholder 'bad.png' cannot be shown" in finding.message
