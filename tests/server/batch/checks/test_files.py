"""The structure of files, whole and torn."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from renderer import MEDIA_TYPES, CompiledTemplate, OutputFormat, RenderOptions, compile_template, example_of, render
from server.batch.checks.files import TornFileError, intact_size

FORMATS = list(MEDIA_TYPES)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """A card in every format that can be written."""
    article: CompiledTemplate = compile_template("templates/article")
    return {name: render(article, example_of(article), RenderOptions(format=name)).data for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_file_tells_its_size(files: dict[str, bytes], name: OutputFormat) -> None:
    assert intact_size(files[name], MEDIA_TYPES[name]) == (1200, 630)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_ends_anywhere_is_torn(files: dict[str, bytes], name: OutputFormat) -> None:
    data = files[name]
    for length in {*range(0, len(data), 997), *range(400), *range(len(data) - 20, len(data))}:
        with pytest.raises(TornFileError):
            intact_size(data[:length], MEDIA_TYPES[name])


@pytest.mark.parametrize("name", FORMATS)
def test_no_damage_is_anything_but_torn_or_unseen(files: dict[str, bytes], name: OutputFormat) -> None:
    data = files[name]
    for place in {*range(600), *range(0, len(data), 1009)}:
        for value in (0, 0xFF, data[place] ^ 1):
            damaged = data[:place] + bytes([value]) + data[place + 1 :]
            try:
                size = intact_size(damaged, MEDIA_TYPES[name])
            except TornFileError:
                continue
            assert name != "png" or damaged == data
            assert len(size) == 2


def test_a_file_of_another_format_is_no_picture(files: dict[str, bytes]) -> None:
    for name in FORMATS:
        for other in FORMATS:
            if other != name:
                with pytest.raises(TornFileError, match=f"does not begin as {MEDIA_TYPES[name]} does"):
                    intact_size(files[other], MEDIA_TYPES[name])


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}])
def test_webp_has_a_size_in_each_of_its_kinds(mode: str, options: dict[str, object]) -> None:
    file = io.BytesIO()
    Image.effect_noise((301, 99), 40).convert(mode).save(file, "WEBP", **options)
    assert intact_size(file.getvalue(), "image/webp") == (301, 99)


def test_progressive_jpeg_has_a_size() -> None:
    file = io.BytesIO()
    Image.effect_noise((301, 99), 40).save(file, "JPEG", progressive=True)
    assert intact_size(file.getvalue(), "image/jpeg") == (301, 99)
