"""Findings about pictures that were really rendered."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from renderer import MEDIA_TYPES, OutputFormat
from server.batch.checks import BrokenPicture, findings_of
from server.batch.checks.findings import expected_size
from server.batch.options import ChecksBody
from server.batch.records import Finding
from server.farm.jobs import Priority
from server.images import FINGERPRINT, ImageService, Picture
from server.store import StoredRender
from server.store.entries import Json
from server.timings import Timings
from server.urls import ImageRequest, Options

NOTHING = ChecksBody.model_validate({})
DUPLICATES = ChecksBody.model_validate({"duplicates": True})

pytestmark = pytest.mark.anyio


async def picture_of(
    images: ImageService,
    template: str,
    title: str = "Hello",
    fmt: str = "png",
    options: Options = Options(),  # noqa: B008 - immutable
    *,
    with_fingerprint: bool = False,
) -> Picture:
    variable = "photo" if template == "photo" else "title"
    plan = images.plan(ImageRequest(template, fmt, {variable: title}, options))
    return await images.picture(plan, Timings(), Priority.BATCH, with_fingerprint=with_fingerprint)


async def codes(images: ImageService, picture: Picture, checks: ChecksBody = NOTHING) -> list[str]:
    findings, _ = await findings_of(images, picture, checks)
    return [finding.code for finding in findings]


@pytest.mark.parametrize("fmt", MEDIA_TYPES)
async def test_a_good_picture_of_any_format_is_worth_no_word(images: ImageService, fmt: OutputFormat) -> None:
    picture = await picture_of(images, "card", f"Good {fmt}", fmt)
    assert await findings_of(images, picture, NOTHING) == ((), None)


@pytest.mark.parametrize(
    ("template", "title", "expected"),
    [
        ("card", " ", ["blank"]),
        ("cut", "This is more than goes into a line", ["text-clamped"]),
        ("row", "Wider than its box", ["text-overflow"]),
        ("card", "\U000f0000", ["missing-glyph"]),
        ("photo", "none.png", ["image-unresolved"]),
    ],
)
async def test_what_a_render_says_of_its_values_is_told(
    images: ImageService, template: str, title: str, expected: list[str]
) -> None:
    picture = await picture_of(images, template, title)
    assert await codes(images, picture) == expected
    stored = await picture_of(images, template, title)
    assert stored.forward is None
    assert await codes(images, stored) == expected


async def test_an_element_is_named(images: ImageService) -> None:
    findings, _ = await findings_of(images, await picture_of(images, "row", "Wider than its box"), NOTHING)
    (finding,) = findings
    assert finding.message.startswith("p: The text is ")


async def test_contrast_is_measured_on_request(images: ImageService) -> None:
    picture = await picture_of(images, "faint")
    assert await codes(images, picture) == []
    assert await codes(images, picture, ChecksBody.model_validate({"contrast": True})) == ["low-contrast"]


async def test_bytes_are_counted(images: ImageService) -> None:
    picture = await picture_of(images, "card")
    size = len(picture.render.body)
    assert await codes(images, picture, ChecksBody.model_validate({"max_bytes": size})) == []
    (finding,) = (await findings_of(images, picture, ChecksBody.model_validate({"max_bytes": size - 1})))[0]
    assert finding == Finding("too-large", f"The file has {size:,} bytes; at most {size - 1:,} were wanted.")


async def test_pictures_of_links_are_small_unless_another_limit_is_set(images: ImageService) -> None:
    long = padded_png((await picture_of(images, "card")).render.body, 300_001)
    picture = await picture_of(images, "card")
    heavy = replace(picture, render=replace(picture.render, body=long))
    assert await codes(images, heavy) == ["large-for-previews"]
    assert await codes(images, heavy, ChecksBody.model_validate({"max_bytes": 400_000})) == []
    square = replace(heavy, render=replace(heavy.render, meta={**heavy.render.meta, "width": 60}))
    assert await codes(images, square) == []


def padded_png(data: bytes, size: int) -> bytes:
    """The file with a chunk that says nothing, so that it has this size."""
    contents = bytes(size - len(data) - 12)
    chunk = len(contents).to_bytes(4, "big") + b"teXt" + contents
    return data[:-12] + chunk + zlib.crc32(b"teXt" + contents).to_bytes(4, "big") + data[-12:]


async def test_fingerprints_come_with_the_render_or_from_the_stored_file(images: ImageService) -> None:
    fresh = await picture_of(images, "card", "Printed", with_fingerprint=True)
    assert fresh.render.meta[FINGERPRINT] == (await findings_of(images, fresh, DUPLICATES))[1]
    again = await picture_of(images, "card", "Printed")
    assert again.render.meta[FINGERPRINT] == fresh.render.meta[FINGERPRINT]
    bare = {name: value for name, value in fresh.render.meta.items() if name != FINGERPRINT}
    older = replace(fresh, render=replace(fresh.render, meta=bare))
    assert (await findings_of(images, older, DUPLICATES))[1] == fresh.render.meta[FINGERPRINT]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (Options(), (120, 60)),
        (Options(dpr=2), (240, 120)),
        (Options(width=77, height=33), (77, 33)),
        (Options(height=33, dpr=3), (360, 99)),
    ],
)
async def test_the_size_is_that_of_the_template_and_the_options(
    images: ImageService, options: Options, size: tuple[int, int]
) -> None:
    picture = await picture_of(images, "sized", options=options)
    assert expected_size(picture.plan) == size
    assert await codes(images, picture) == []


async def test_a_damaged_file_is_an_error_and_forgotten(images: ImageService) -> None:
    picture = await picture_of(images, "card", "Torn")
    torn = StoredRender(picture.render.body[:-9], "image/png", picture.render.meta)
    await images.store.put(picture.plan.key, torn)
    with pytest.raises(BrokenPicture, match="The picture's file is damaged: it ends early") as raised:
        await findings_of(images, await picture_of(images, "card", "Torn"), NOTHING)
    assert (raised.value.status, raised.value.code) == (500, "broken-picture")
    again = await picture_of(images, "card", "Torn")
    assert (again.forward, again.render.body) == ("miss", picture.render.body)


async def test_a_picture_of_another_size_is_an_error(images: ImageService) -> None:
    picture = await picture_of(images, "card", "Sized")
    other = await picture_of(images, "sized", options=Options(width=77))
    with pytest.raises(BrokenPicture, match="has 77 × 60 pixels instead of 120 × 60"):
        await findings_of(images, replace(picture, render=other.render), NOTHING)


async def test_pixels_that_cannot_be_decoded_are_found_when_they_are_needed(images: ImageService) -> None:
    picture = await picture_of(images, "card", "Scrambled")
    body = picture.render.body
    place = body.index(b"IDAT")
    length = int.from_bytes(body[place - 4 : place], "big")
    contents = b"IDAT" + bytes(length)
    scrambled = body[:place] + contents + zlib.crc32(contents).to_bytes(4, "big") + body[place + 8 + length :]
    broken = replace(picture, render=replace(picture.render, body=scrambled))
    assert await codes(images, broken) == []
    with pytest.raises(BrokenPicture, match="damaged: the PNG file is broken"):
        await findings_of(images, broken, DUPLICATES)


async def test_many_findings_are_cut(images: ImageService) -> None:
    picture = await picture_of(images, "card")
    found: list[Json] = [{"code": "text-overflow", "message": f"{number:02d}", "element": "p"} for number in range(30)]
    told: list[Json] = [*found, {"code": "css-unsupported", "message": "for the author"}]
    crowded = replace(picture, render=replace(picture.render, meta={**picture.render.meta, "diagnostics": told}))
    findings, _ = await findings_of(images, crowded, NOTHING)
    assert findings[:2] == (Finding("text-overflow", "p: 00"), Finding("text-overflow", "p: 01"))
    assert findings[20:] == (Finding("more", "There are 10 more findings."),)
