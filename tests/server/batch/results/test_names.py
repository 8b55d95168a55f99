"""Names of pictures: patterns, what is safe on every system, and names that no other picture has."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.batch.records import Job, RowRecord
from server.batch.results.names import JobNames, NamesByJob, collect_names
from server.batch.results.patterns import check_names, read_pattern
from server.batch.results.safe_names import safe_name
from server.errors import InvalidValues
from tests.server.batch.results import samples
from tests.server.batch.results.samples import job, row


def names(of: Job, rows: list[RowRecord]) -> list[list[str]]:
    collected = asyncio.run(collect_names(of, samples.given(rows)))
    return [collected.of(each) for each in rows]


def name(pattern: str | None, values: dict[str, Any], total: int = 10, **more: object) -> str:
    ((found,),) = names(job(total, names=pattern, **more), [row(3, values, custom_id=values.get("_id"))])
    return found


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, "sku-1.png"),
        ("{sku}", "00501.png"),
        ("{sku}.png", "00501.png"),
        ("{sku}.{ext}", "00501.png"),
        ("{sku}.{format}", "00501.png"),
        ("{sku}.jpeg", "00501.png"),
        ("{sku}.tiff", "00501.tiff.png"),
        ("{sku}_{variant}.png", "00501.png"),
        ("{variant}-{sku}.png", "00501.png"),
        ("{sku}_{variant}_x.png", "00501_x.png"),
        ("{index}.png", "003.png"),
        ("{ index }.png", "003.png"),
        ("{sku}/{index}.png", "00501/003.png"),
        ("{variant}/{index}.png", "_/003.png"),
        ("{path}.png", "_.._a_b.png"),
        ("{empty}.png", "_.png"),
        ("{lacking}.png", "_.png"),
        ("{price}-{on}.png", "9.5-true.png"),
        ("{photo}", "mug.png"),
        ("{shout}", "MUG.PNG"),
        ("{Product name}.png", "Käse.png"),
        ("{title}.png", "Käse.png"),
        ("{shared}.png", "all.png"),
        ("{{{sku}}}.png", "{00501}.png"),
        ("{_id}.png", "sku-1.png"),
    ],
)
def test_patterns(pattern: str | None, expected: str) -> None:
    values = {"_id": "sku-1", "sku": "00501", "path": "/../a\\b", "empty": " ", "price": 9.5, "on": True}
    values |= {"photo": "mug.jpg", "shout": "MUG.PNG", "Product name": "Ka\u0308se"}
    options = {"columns": {"Product name": "title"}, "variables": {"shared": "all"}}
    assert name(pattern, values, 999, **options) == expected


def test_without_an_id_the_name_is_the_index_as_wide_as_the_last() -> None:
    assert name(None, {}, 10) == "3.png"
    assert name(None, {}, 11) == "03.png"
    assert name("{_id}.png", {}, 100_000) == "00003.png"


def test_the_tag_in_a_name_is_the_whole_render_key() -> None:
    assert name("{etag}", {}) == f"{samples.output(content='row 3').etag}.png"


def test_formats_and_variants_have_names_of_their_own() -> None:
    outputs = [("png", "light"), ("webp", "light"), ("png", "dark"), ("webp", "dark")]
    options = {"formats": ["png", "webp"], "variants": ["light", "dark"]}
    each = row(0, {"sku": "a"}, *outputs)
    assert names(job(**options), [each]) == [["0_light.png", "0_light.webp", "0_dark.png", "0_dark.webp"]]
    without = names(job(names="{sku}.png", **options), [each])
    assert without == [["a_light.png", "a_light.webp", "a_dark.png", "a_dark.webp"]]


def test_the_picture_without_a_variant_has_the_plain_name() -> None:
    each = row(0, {"sku": "a"}, ("png", None), ("png", "dark"))
    assert names(job(names="{sku}", variants=[None, "dark"]), [each]) == [["a.png", "a_dark.png"]]


def test_a_row_that_chooses_its_variant() -> None:
    each = row(0, {"sku": "a", "_variant": "dark"}, ("png", "dark"))
    assert names(job(names="{sku}_{variant}.png", variants=["light"]), [each]) == [["a_dark.png"]]


def test_a_variable_called_variant_wins_and_pictures_stay_apart() -> None:
    each = row(0, {"variant": "red"}, ("png", "light"), ("png", "dark"))
    found = names(job(names="mug_{variant}.png", variants=["light", "dark"]), [each])
    assert found == [["mug_red_light.png", "mug_red_dark.png"]]


def test_a_row_that_lacks_a_picture_keeps_the_names_of_the_others() -> None:
    of = job(names="{sku}.png", variants=["light", "dark"])
    assert names(of, [row(0, {"sku": "a"}, ("png", "dark"))]) == [["a_dark.png"]]


def test_names_of_several_rows_carry_their_indices() -> None:
    rows = [row(number, {"sku": sku}) for number, sku in enumerate(["mug", "cup", "MUG", "mug", "mug-3"])]
    found = names(job(names="{sku}.png"), rows)
    assert found == [["mug-0.png"], ["cup.png"], ["MUG-2.png"], ["mug-3-3.png"], ["mug-3.png"]]


def test_pictures_named_by_their_content_are_told_apart_by_nothing_else() -> None:
    of = job(names="{etag}.png")
    same = row(0), row(0)
    assert names(of, list(same)) == [[f"{same[0].outputs[0].etag}.png"]] * 2
    assert JobNames(of).by_content


LETTERS = st.sampled_from("aAßs-10_/. ée\u0301")


@given(st.lists(st.text(LETTERS, max_size=4), max_size=12), st.booleans())
def test_no_two_pictures_have_one_name(skus: list[str], variants: bool) -> None:
    pictures = [("png", "a"), ("png", "b")] if variants else [("png", None)]
    rows = [row(number, {"sku": sku}, *pictures) for number, sku in enumerate(skus)]
    found = names(job(len(rows), names="{sku}{variant}", variants=["a", "b"] if variants else []), rows)
    each = [name for of_row in found for name in of_row]
    assert len({unicodedata.normalize("NFC", name).casefold() for name in each}) == len(each)


def test_names_do_not_depend_on_which_rows_have_pictures_yet() -> None:
    rows = [row(0, {"sku": "a"}), row(1, {"sku": "a"}), samples.failed(2, {"sku": "b"}), row(3, {"sku": "b"})]
    of = job(names="{sku}.png")
    finished = asyncio.run(collect_names(of, samples.given(rows)))
    begun = asyncio.run(collect_names(of, samples.given([replace(each, outputs=()) for each in rows])))
    assert [begun.of(each) for each in rows] == [finished.of(each) for each in rows]
    assert finished.of(rows[3]) == ["b-3.png"]


RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


@given(st.text(max_size=300), st.sampled_from([20, 60, 180]))
@example("con", 20)
@example("Com1 .txt", 20)
@example("..", 20)
@example("\ud800x", 20)
@example("a\u202egnp.exe", 20)
@example("x" * 300, 180)
def test_safe_names(text: str, most: int) -> None:
    found = safe_name(text, most)
    assert 0 < len(found.encode()) <= most
    assert found == unicodedata.normalize("NFC", found)
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f]', found)
    assert not found.startswith((".", " "))
    assert not found.endswith((".", " "))
    assert PurePosixPath(found).parts == PureWindowsPath(found).parts == (found,)
    assert not RESERVED.fullmatch(found.split(".")[0].strip())
    assert safe_name(found, most) == found


@given(st.text("ab", min_size=100, max_size=130), st.text("ab", min_size=100, max_size=130))
def test_long_texts_stay_different(one: str, other: str) -> None:
    assert (safe_name(one, 60) == safe_name(other, 60)) == (one == other)


def test_unicode_stays() -> None:
    assert safe_name("Käse 東京 🍕 नमस्ते", 180) == "Käse 東京 🍕 नमस्ते"


@given(st.text(max_size=40))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = read_pattern(text)
    except InvalidValues:
        return
    found = name(text, {})
    assert PurePosixPath(found).parts == PureWindowsPath(found).parts
    assert not PureWindowsPath(found).is_absolute()
    assert len(found.split("/")) == len(pattern.parts)
    assert len(found.encode()) <= 520


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{skuu}.png", r"has {skuu}, which is no variable and no column. Did you mean {sku}\?"),
        ("{zzzzzz}.png", "There are: {index}, {_id}, {variant}"),
        ("card.png", "gives all rows the same name; add {index}"),
        ("{{sku}}.png", "gives all rows the same name"),
        ("{variant}.{ext}", "gives all rows the same name"),
        ("{sku.png", "has a single { at character 1; a brace itself is {{"),
        ("sku}.png", "has a single } at character 4"),
        ("{}.png", "braces with nothing in them"),
        ("/{sku}.png", "begins with a slash"),
        ("../{sku}.png", "leads elsewhere"),
        ("a/./{sku}.png", "leads elsewhere"),
        ("a//{sku}.png", "empty folder"),
        ("{sku}/", "empty folder or file name"),
        ("a\\{sku}.png", "backslash"),
        ("a\n{sku}.png", "control character"),
        ("a/" * 8 + "{sku}", "8 folders within each other"),
    ],
)
def test_patterns_that_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(InvalidValues, match=message) as raised:
        check_names(pattern, ["sku", "title"])
    assert raised.value.problems[0].name == "names"


@pytest.mark.parametrize("pattern", ["{sku}_{variant}.{ext}", "{index}", "{etag}.png", "{_id}/{Title of it}.jpg"])
def test_patterns_that_are_accepted(pattern: str) -> None:
    check_names(pattern, ["sku", "Title of it"])


def test_a_variable_called_variant_may_be_all_that_tells_rows_apart() -> None:
    check_names("{variant}.png", ["variant"])


def test_names_are_collected_once_for_all_who_ask() -> None:
    asked = 0

    def rows_of(batch: str) -> AsyncIterator[RowRecord]:
        nonlocal asked
        asked += 1
        return samples.given([row(0, {"sku": "a"}), row(1, {"sku": "a"})])

    async def ask() -> list[str]:
        shelf = NamesByJob(rows_of)
        of = job(names="{sku}.png")
        one, other = await asyncio.gather(shelf.of(of), shelf.of(of))
        third = await shelf.of(of)
        assert one is other is third
        assert asked == 1
        assert await shelf.of(job(11, names="{sku}.png")) is not third, "more rows have been read"
        await shelf.close()
        return third.of(row(1, {"sku": "a"}))

    assert asyncio.run(ask()) == ["a-1.png"]
