"""Archives of pictures, read by the standard library."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.batch.records import Job, RowRecord
from server.batch.results import JobNames, collect_names, results_zip
from server.batch.results.zip_writer import ZipWriter
from server.store import MemoryStore, StoredRender
from tests.server.batch.results import samples
from tests.server.batch.results.samples import CREATED, failed, job, row


async def store_of(rows: Sequence[RowRecord]) -> MemoryStore:
    """A store with the pictures of the rows."""
    store = MemoryStore(10_000_000)
    for each in rows:
        for output in each.outputs:
            await store.put(output.etag, StoredRender(f"bytes of {output.etag}".encode(), "image/png"))
    return store


def archive(of: Job, rows: Sequence[RowRecord], forgotten: Sequence[RowRecord] = ()) -> bytes:
    async def make() -> bytes:
        store = await store_of(rows)
        await store.delete(output.etag for each in forgotten for output in each.outputs)
        names = await collect_names(of, samples.given(rows))
        return b"".join([piece async for piece in results_zip(of, samples.given(rows), names, store.get)])

    return asyncio.run(make())


def opened(data: bytes) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return found


def test_pictures_by_their_names() -> None:
    rows = [
        row(0, {"sku": "Käse"}, ("png", "light"), ("webp", "light")),
        failed(1, {"sku": "b"}),
        row(2, {"sku": "c"}, ("png", "light"), ("webp", "light")),
    ]
    of = job(names="{variant}/{sku}.{ext}", formats=["png", "webp"], variants=["light"])
    found = opened(archive(of, rows))
    assert found.namelist() == ["light/Käse.png", "light/Käse.webp", "light/c.png", "light/c.webp"]
    assert found.read("light/c.webp") == f"bytes of {rows[2].outputs[1].etag}".encode()
    info = found.getinfo("light/Käse.png")
    assert info.date_time == (2026, 11, 18, 11, 6, 40)
    assert info.compress_type == zipfile.ZIP_STORED
    assert info.external_attr >> 16 == 0o100644


def test_equal_jobs_have_equal_archives() -> None:
    rows = [row(number, {"sku": "same"}) for number in range(5)]
    assert archive(job(names="{sku}"), rows) == archive(job(names="{sku}"), rows)


def test_pictures_that_are_gone_are_listed() -> None:
    rows = [row(number, {}, custom_id=f"id, {number}") for number in range(3)]
    found = opened(archive(job(), rows, forgotten=rows[:2]))
    assert found.namelist() == ["id, 2.png", "missing.csv"]
    listed = list(csv.DictReader(io.StringIO(found.read("missing.csv").decode(), newline="")))
    assert [each["name"] for each in listed] == ["id, 0.png", "id, 1.png"]
    assert listed[1]["url"] == rows[1].outputs[0].url
    assert listed[1]["index"] == "1"


def test_an_archive_of_nothing() -> None:
    assert opened(archive(job(), [failed(0, {})])).namelist() == []


def test_pictures_named_by_their_content_are_there_once() -> None:
    same = row(0)
    rows = [same, RowRecord(1, 3, None, "succeeded", {}, same.outputs), row(2)]
    names = opened(archive(job(names="{etag}.png"), rows)).namelist()
    assert names == [f"{same.outputs[0].etag}.png", f"{rows[2].outputs[0].etag}.png"]


@pytest.mark.anyio
async def test_who_hangs_up_ends_it() -> None:
    ended = False

    async def rows() -> AsyncIterator[RowRecord]:
        nonlocal ended
        try:
            for number in range(1000):
                yield row(number)
        finally:
            ended = True

    reading, store = rows(), await store_of([row(0)])
    stream = results_zip(job(), reading, JobNames(job()), store.get)
    assert await anext(stream)
    await stream.aclose()
    await reading.aclose()
    assert ended


def test_more_files_than_the_old_format_counts() -> None:
    with ZipWriter(CREATED) as writer:
        pieces = [writer.file(f"{number}.png", b"x") for number in range(70_000)]
        found = zipfile.ZipFile(io.BytesIO(b"".join([*pieces, *writer.end()])))
    assert len(found.namelist()) == 70_000
    assert found.read("69999.png") == b"x"


def test_an_archive_beyond_four_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    with ZipWriter(CREATED) as writer, path.open("wb") as file:
        file.write(writer.file("first.png", b"one"))
        hole = 5 * 2**30
        writer._at += hole
        file.seek(hole, io.SEEK_CUR)
        file.write(writer.file("second.png", b"two"))
        file.writelines(writer.end())
    with zipfile.ZipFile(path) as found:
        assert found.getinfo("second.png").header_offset > 5 * 2**30
        assert (found.read("first.png"), found.read("second.png")) == (b"one", b"two")


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1), st.binary()),
    st.floats(0, 2**33),
)
def test_any_files_at_any_time(files: dict[str, bytes], time: float) -> None:
    with ZipWriter(time) as writer:
        data = b"".join([*(writer.file(name, body) for name, body in files.items()), *writer.end()])
    found = opened(data)
    assert {info.filename: found.read(info) for info in found.infolist()} == files


def test_a_file_from_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 20_000)
    with ZipWriter(CREATED) as writer, path.open("rb") as source:
        data = b"".join([*writer.file_from("a.csv", source), *writer.end()])
    assert opened(data).read("a.csv") == path.read_bytes()


def test_one_file_has_a_limit() -> None:
    class Large(bytes):
        def __len__(self) -> int:
            return 2**32

    with ZipWriter(CREATED) as writer, pytest.raises(ValueError, match="4 GB"):
        writer.file("large.png", Large())
