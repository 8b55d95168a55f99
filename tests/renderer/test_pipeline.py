"""The whole renderer: real templates in, real bytes out."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from renderer import (
    CompiledTemplate,
    RenderOptions,
    bundle_from_folder,
    coerce_values,
    compile_bundle,
    compile_template,
    example_of,
    render,
    render_key,
)
from renderer.errors import LimitError, ValuesError
from renderer.template import bundle_from_files

TEMPLATES = Path("templates")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def compiled_from(html: str, manifest: str = "", **files: bytes) -> CompiledTemplate:
    contents = {"template.html": html.encode(), "template.toml": manifest.encode(), **files}
    return compile_bundle(bundle_from_files("case", contents))


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.fixture(scope="module")
def article() -> CompiledTemplate:
    return compile_template(TEMPLATES / "article")


@pytest.mark.parametrize("image_format", ["png", "jpg", "webp", "avif"])
@pytest.mark.parametrize("scale", [1, 2])
def test_every_format_has_the_size_that_was_asked_for(article: CompiledTemplate, image_format: str, scale: int) -> None:
    options = RenderOptions(format=image_format, scale=scale, now=NOW)  # type: ignore[arg-type]
    result = render(article, example_of(article), options)
    assert (result.width, result.height) == (1200 * scale, 630 * scale)
    with picture(result.data) as image:
        assert image.size == (1200 * scale, 630 * scale)


def test_equal_inputs_give_equal_bytes_in_any_process(article: CompiledTemplate) -> None:
    program = (
        "import hashlib; from datetime import datetime, UTC; from renderer import *\n"
        "t = compile_template('templates/article')\n"
        "r = render(t, example_of(t), RenderOptions(now=datetime(2026, 11, 21, 12, tzinfo=UTC)))\n"
        "print(hashlib.sha256(r.data).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # Renders before this one must not show in it: caches change nothing but speed.
    render(article, example_of(article) | {"title": "Another title first"}, RenderOptions(now=NOW))
    mine = render(article, example_of(article), RenderOptions(now=NOW))
    assert hashlib.sha256(mine.data).hexdigest() == other.stdout.strip()


def test_the_key_names_the_bytes_and_not_the_spelling_of_values() -> None:
    compiled = compiled_from(
        "<body>{{ price | number }}</body>", 'size = {width = 100, height = 40}\n[variables.price]\ntype = "number"'
    )

    def key(raw: object, *, from_query: bool, **options: object) -> str:
        values = coerce_values(compiled.manifest, {"price": raw}, from_query=from_query)
        return render_key(compiled, values, RenderOptions(**options))  # type: ignore[arg-type]

    assert key("49", from_query=True) == key(49, from_query=False) == key("49.0", from_query=True)
    assert key("49", from_query=True) != key("50", from_query=True)
    assert key("49", from_query=True) != key("49", from_query=True, scale=2)
    assert key("49", from_query=True) != key("49", from_query=True, format="jpg")
    assert key("49", from_query=True) != key("49", from_query=True, locale="de-DE")
    assert key("49", from_query=True) == key("49", from_query=True, quality=50), "PNG has no quality"
    assert key("49", from_query=True, format="jpg") != key("49", from_query=True, format="jpg", quality=50)


def test_values_are_text_and_never_markup() -> None:
    manifest = 'size = {width = 300, height = 60}\n[variables.title]\ntype = "text"'
    plain = compiled_from("<body style='font:16px Inter'>{{ title }}</body>", manifest)
    escaped = compiled_from("<body style='font:16px Inter'>&lt;b&gt;&amp;</body>", "size = {width = 300, height = 60}")
    assert render(plain, {"title": "<b>&"}).data == render(escaped, {}).data


def test_all_problems_of_a_request_come_at_once() -> None:
    compiled = compile_template(TEMPLATES / "product")
    with pytest.raises(ValuesError) as caught:
        render(compiled, {"price": "many", "discount": "2", "nmae": "Mug"}, from_query=True)
    assert {problem.name for problem in caught.value.problems} == {"name", "price", "discount", "nmae"}


def test_a_price_is_computed_in_the_template() -> None:
    from renderer.layout.inspect import element_boxes
    from renderer.pipeline import lay_out

    compiled = compile_template(TEMPLATES / "product")
    values = coerce_values(compiled.manifest, {"name": "Mug", "price": "49"}, from_query=True)
    laid = lay_out(compiled, values, RenderOptions())
    texts = [line.text for box in element_boxes(laid.fragment) for line in box.lines]
    assert "$44.10" in texts
    assert "−10%" in "".join(texts)


def test_a_condition_hides_the_badge() -> None:
    from renderer.layout.inspect import element_boxes
    from renderer.pipeline import lay_out

    compiled = compile_template(TEMPLATES / "product")
    for discount, shown in (("0.1", True), ("0", False)):
        raw = {"name": "Mug", "price": "49", "discount": discount}
        laid = lay_out(compiled, coerce_values(compiled.manifest, raw, from_query=True), RenderOptions())
        classes = {box.element.attributes.get("class") for box in element_boxes(laid.fragment)}
        assert ("badge" in classes) is shown


@pytest.mark.parametrize(
    ("title", "codes"),
    [("Short", set()), ("word " * 20, {"text-fitted"}), ("word " * 60, {"text-fitted", "text-clamped"})],
)
def test_long_titles_shrink_and_then_are_cut(article: CompiledTemplate, title: str, codes: set[str]) -> None:
    result = render(article, {"title": title.strip()})
    assert {d.code for d in result.diagnostics if d.element.startswith("h1")} == codes


def test_a_missing_image_is_a_diagnostic_and_the_card_is_drawn(article: CompiledTemplate) -> None:
    result = render(article, {"title": "Hello", "author": "Ada", "avatar": "nowhere.png"})
    assert [d.code for d in result.diagnostics] == ["image-unresolved"]
    assert picture(result.data).size == (1200, 630)


def test_a_page_with_too_many_pixels_is_refused_before_it_is_painted() -> None:
    compiled = compiled_from("<body>x</body>", "size = {width = 4000, height = 4000}")
    with pytest.raises(LimitError, match="pixels"):
        render(compiled, {}, RenderOptions(scale=3))


def test_deep_nesting_is_a_limit_error_and_not_a_crash() -> None:
    with pytest.raises(LimitError):
        render(compiled_from("<body>" + "<div>" * 10_000 + "x"), {})


def test_a_variant_changes_colours() -> None:
    compiled = compile_template(TEMPLATES / "article")
    dark = picture(render(compiled, {"title": "Hello"}).data).convert("RGB").getpixel((20, 600))
    light = picture(render(compiled, {"title": "Hello"}, RenderOptions(variant="light")).data).convert("RGB")
    assert isinstance(dark, tuple)
    assert sum(dark) < 150
    pixel = light.getpixel((20, 600))
    assert isinstance(pixel, tuple)
    assert sum(pixel) > 650


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in TEMPLATES.glob("*/template.html")))
def test_gallery_templates_look_as_they_did(folder: str) -> None:
    """Golden images were looked at beside Chromium's. Another CPU may round a pixel differently, nothing more."""
    compiled = compile_bundle(bundle_from_folder(TEMPLATES / folder))
    result = render(compiled, example_of(compiled), RenderOptions(now=NOW))
    golden = Path("tests/golden") / f"{folder}.png"
    assert golden.exists(), f"no golden image; look at the render and run: python -m tests.golden.make {folder}"
    expected = Image.open(golden).convert("RGB")
    actual = picture(result.data).convert("RGB")
    assert actual.size == expected.size
    assert max_difference(actual, expected) <= 2


def max_difference(first: Image.Image, second: Image.Image) -> int:
    """Largest difference of any channel of any pixel."""
    from PIL import ImageChops

    extrema = ImageChops.difference(first, second).getextrema()
    return max(high for _, high in extrema)  # type: ignore[misc]


def test_a_layer_that_grows_without_bound_is_a_limit_error() -> None:
    blurred = "<div style='filter:blur(500px)'>" * 4
    inner = "<div style='width:30000px;height:30000px;background:red'></div>"
    compiled = compiled_from(f"<body>{blurred}{inner}", "size = {width = 100, height = 100}")
    with pytest.raises(LimitError, match="layer"):
        render(compiled, {})
