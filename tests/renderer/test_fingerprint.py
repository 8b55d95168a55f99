"""What looks the same has nearly the same fingerprint, and different texts of one template have not."""

from __future__ import annotations

import io
import zlib
from itertools import combinations

import pytest
from PIL import Image, ImageDraw

from renderer import (
    MEDIA_TYPES,
    CompiledTemplate,
    Limits,
    RenderOptions,
    RenderResult,
    coerce_values,
    compile_template,
    example_of,
    fingerprint_of_file,
    render_typed,
)
from renderer.errors import AssetError
from renderer.fingerprint import fingerprint


@pytest.fixture(scope="module")
def article() -> CompiledTemplate:
    return compile_template("templates/article")


def rendered(article: CompiledTemplate, options: RenderOptions = RenderOptions(), **values: str) -> RenderResult:  # noqa: B008 - immutable
    typed = coerce_values(article.manifest, {**example_of(article), **values}, from_query=False)
    return render_typed(article, typed, options, with_fingerprint=True)


def distance(first: str | None, second: str | None) -> int:
    """Bits in which two pictures look different."""
    assert first is not None
    assert second is not None
    return (int(first[:64], 16) ^ int(second[:64], 16)).bit_count()


def test_a_fingerprint_changes_no_byte_and_is_made_on_request(article: CompiledTemplate) -> None:
    result = rendered(article)
    plain = render_typed(
        article, coerce_values(article.manifest, example_of(article), from_query=False), RenderOptions()
    )
    assert plain.fingerprint is None
    assert plain.data == result.data
    assert result.fingerprint == fingerprint_of_file(result.data)
    assert result.fingerprint[64:] == f"{zlib.crc32(result.data):08x}"


def test_the_file_has_nearly_the_fingerprint_of_its_pixels_in_every_format(article: CompiledTemplate) -> None:
    for name in MEDIA_TYPES:
        result = rendered(article, RenderOptions(format=name))
        again = fingerprint_of_file(result.data)
        assert distance(result.fingerprint, again) <= 8
        assert result.fingerprint is not None
        assert result.fingerprint[64:] == again[64:]


def test_codes_and_names_in_one_template_look_different(article: CompiledTemplate) -> None:
    titles = [f"Your code is {number * 7919 % 100_000:05d}" for number in range(12)] + ["Ada", "Linus", "Grace", "Alan"]
    found = [rendered(article, title=title).fingerprint for title in titles]
    assert min(distance(*pair) for pair in combinations(found, 2)) > 3


def test_what_a_lossy_format_does_to_a_picture_is_no_difference(article: CompiledTemplate) -> None:
    sharp = rendered(article)
    for quality in (85, 70):
        coarse = rendered(article, RenderOptions(format="jpg", quality=quality))
        assert distance(sharp.fingerprint, fingerprint_of_file(coarse.data)) <= 8


def test_the_same_thing_in_another_colour_looks_different() -> None:
    found = []
    for colour in ("#c33", "#33c", "#393", "#a0a"):
        image = Image.new("RGB", (1200, 630), "white")
        ImageDraw.Draw(image).rounded_rectangle((400, 150, 750, 500), 40, fill=colour)
        found.append(fingerprint(image, b""))
    assert min(distance(*pair) for pair in combinations(found, 2)) > 3


def test_pixels_that_nobody_sees_count_as_white() -> None:
    white = Image.new("RGB", (300, 200), (255, 255, 255))
    clear = Image.new("RGBA", (300, 200), (9, 9, 9, 0))
    for image in (white, clear):
        image.paste((0, 0, 0), (40, 40, 90, 160))
    clear.paste((0, 0, 0, 255), (40, 40, 90, 160))
    assert fingerprint(white, b"") == fingerprint(clear, b"")
    assert int(fingerprint(white, b""), 16) != 0


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (129, 64), (90, 728)])
def test_pictures_of_any_size_have_one(size: tuple[int, int]) -> None:
    assert len(fingerprint(Image.linear_gradient("L").resize(size).convert("RGB"), b"data")) == 72


def test_what_cannot_be_decoded_has_none() -> None:
    file = io.BytesIO()
    Image.effect_noise((200, 200), 60).convert("RGB").save(file, "PNG")
    whole = file.getvalue()
    for data, limits in ((b"no picture", Limits()), (whole[: len(whole) // 2], Limits()), (whole, Limits(100))):
        with pytest.raises(AssetError):
            fingerprint_of_file(data, limits)
