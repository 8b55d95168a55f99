"""Files of uploads are whole or not there: full disks, killed processes, callers that give up."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import pytest

from server.batch.reception import StorageFull, UploadTooLarge, remove_stale
from server.batch.reception.part_files import PartFile
from tests.server.batch.reception.desk import CSV, Desk


def test_a_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    file = PartFile(tmp_path / "a" / "b", 10)
    file.open()
    file.write(b"12345")
    file.write(memoryview(b"67890"))
    assert [path.suffix for path in (tmp_path / "a" / "b").iterdir()] == [".part"]
    with pytest.raises(UploadTooLarge):
        file.write(b"x")
    file.end()
    path = file.keep("csv")
    assert [path] == list((tmp_path / "a" / "b").iterdir())
    assert path.read_bytes() == b"1234567890"
    file.discard()
    assert not path.exists()


def test_discarding_early_and_often_is_harmless(tmp_path: Path) -> None:
    file = PartFile(tmp_path, 10)
    file.discard()
    file.open()  # in a thread that nobody waits for any more
    file.write(b"x")
    file.end()
    file.discard()
    assert list(tmp_path.iterdir()) == []


def test_stale_parts_are_removed(tmp_path: Path) -> None:
    names = ["old.part", "new.part", "old.csv"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
        if name.startswith("old"):
            os.utime(tmp_path / name, (time.time() - 7200, time.time() - 7200))
    assert remove_stale(tmp_path, 3600) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.part", "old.csv"]
    assert remove_stale(tmp_path / "nowhere", 0) == 0


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of uploads are links to /dev/full, which refuses what is written as a full disk does."""
    really_open = Path.open

    def opened(path: Path, mode: str = "r", buffering: int = -1, **named: str) -> BinaryIO:
        if path.suffix == ".part" and "x" in mode:
            path.symlink_to("/dev/full")
            mode = "wb"
        return really_open(path, mode, buffering, **named)  # type: ignore[return-value]

    monkeypatch.setattr(Path, "open", opened)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_full_disk_is_told_as_such(tmp_path: Path, size: int) -> None:
    file = PartFile(tmp_path, 2_000_000)
    file.open()
    with pytest.raises(StorageFull) as caught:
        _fill(file, size)
    assert caught.value.status == 507
    assert os.strerror(errno.ENOSPC) in caught.value.log_message
    assert str(tmp_path) not in caught.value.message
    file.discard()
    assert list(tmp_path.iterdir()) == []


def _fill(file: PartFile, size: int) -> None:
    file.write(bytes(size))
    file.end()


@pytest.mark.anyio
@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_is_answered(desk: Desk) -> None:
    answer = await desk.post(CSV, "text/csv", "template=card")
    assert (answer.status_code, answer.json()["code"]) == (507, "storage-full")
    assert answer.json()["detail"].startswith("The server's disk is full")
    assert answer.headers["retry-after"] == "60"
    assert desk.files == []


@pytest.mark.anyio
async def test_a_request_that_is_cancelled_leaves_nothing(desk: Desk) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(300_000)
            begun.set()
            await asyncio.sleep(0.01)

    async def read_slowly() -> None:
        await desk.post(endless(), "text/csv", "template=card")

    task = asyncio.create_task(read_slowly())
    await begun.wait()
    assert [Path(name).suffix for name in desk.files] in ([], [".part"])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert desk.files == []
