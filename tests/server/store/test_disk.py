"""The disk tier against damage, full disks, killed writers, restarts and other processes."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import DiskStore, StoredRender
from tests.server.store.contract import KEY, MEGABYTE, OTHER, key_of, render_of

pytestmark = pytest.mark.anyio
BODY = Path("a1/a1") / f"{KEY}.png"
SIDECAR = BODY.with_suffix(".json")


def files_under(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def bodies_under(root: Path) -> list[Path]:
    return sorted(root.rglob("*.png"))


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


async def opened(root: Path, max_bytes: int = MEGABYTE) -> DiskStore:
    """A store whose first scan is done."""
    store = DiskStore(root, max_bytes)
    await store.start()
    await store.settled()
    return store


async def test_the_body_is_a_file_of_its_own_under_its_key(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.put(KEY, StoredRender(b"png bytes", "image/png"))
    await store.close()
    assert files_under(tmp_path) == [str(SIDECAR), str(BODY)]
    assert (tmp_path / BODY).read_bytes() == b"png bytes"


@pytest.mark.parametrize("damage", ["shorter", "other bytes", "empty", "sidecar empty", "sidecar odd", "sidecar type"])
async def test_a_damaged_entry_is_a_miss_and_is_removed(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opened(tmp_path)
    await store.put(KEY, render_of())
    body, sidecar = tmp_path / BODY, tmp_path / SIDECAR
    match damage:
        case "shorter":
            os.truncate(body, 500)
        case "other bytes":
            body.write_bytes(b"x" * 1000)
        case "empty":
            os.truncate(body, 0)
        case "sidecar empty":
            os.truncate(sidecar, 0)
        case "sidecar odd":
            sidecar.write_text("[]")
        case "sidecar type":
            sidecar.write_text(sidecar.read_text().replace("image/png", "text/html"))
    assert await store.get(KEY) is None
    assert files_under(tmp_path) == []
    assert store.stats()[0].corrupt == 1
    assert "damaged" in caplog.text
    await store.put(KEY, render_of())
    assert await store.get(KEY) == render_of()
    await store.close()


async def test_entries_survive_a_restart_in_their_order_of_use(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    for number in range(10):
        await store.put(key_of(number), render_of(40_000))
    await store.close()
    written = bodies_under(tmp_path)
    for number, path in enumerate(written):
        age(path, 10_000 - 1000 * number)
    store = await opened(tmp_path, max_bytes=250_000)  # smaller than what lies there
    kept = bodies_under(tmp_path)
    assert kept == written[-len(kept) :]
    assert 3 <= len(kept) <= 5
    assert store.stats()[0].entries == len(kept)
    await store.close()


async def test_a_use_is_noted_on_disk_now_and_then(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.put(KEY, render_of())
    await store.close()
    age(tmp_path / BODY, 10_000)
    store = await opened(tmp_path)
    await store.get(KEY)
    touched = (tmp_path / BODY).stat().st_mtime
    assert touched > time.time() - 1000
    await store.get(KEY)
    assert (tmp_path / BODY).stat().st_mtime == touched
    await store.close()


async def test_what_another_process_uses_is_evicted_last(tmp_path: Path) -> None:
    mine = await opened(tmp_path)
    for number in range(20):
        await mine.put(key_of(number), render_of(40_000))
    await mine.close()
    for path in bodies_under(tmp_path):
        age(path, 10_000)
    mine, others = await opened(tmp_path), await opened(tmp_path)
    await others.get(key_of(3))
    for number in range(100, 115):
        await mine.put(key_of(number), render_of(40_000))
    assert await mine.get(key_of(3)) is not None
    assert mine.stats()[0].evictions > 0
    await asyncio.gather(mine.close(), others.close())


async def test_what_other_processes_write_is_found_and_counted_in_time(tmp_path: Path) -> None:
    mine, others = await opened(tmp_path), await opened(tmp_path)
    for number in range(15):
        await mine.put(key_of(number), render_of(40_000))
        await others.put(key_of(number + 100), render_of(40_000))
    await asyncio.gather(mine.settled(), others.settled())
    assert await mine.get(key_of(114)) is not None
    assert sum(path.stat().st_size for path in bodies_under(tmp_path)) < 1.25 * MEGABYTE
    await asyncio.gather(mine.close(), others.close())


async def test_tags_reach_the_entries_of_other_processes(tmp_path: Path) -> None:
    mine, others = await opened(tmp_path), await opened(tmp_path)
    await others.put(KEY, render_of(tags=("template:article",)))
    await others.put(OTHER, render_of(tags=("template:product",)))
    assert await mine.delete_tagged(["template:article"]) == 1
    assert await others.get(KEY) is None
    assert await others.get(OTHER) is not None
    await asyncio.gather(mine.close(), others.close())


async def test_leftovers_of_killed_writers_are_removed(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.put(KEY, render_of())
    await store.close()
    partial = tmp_path / ".partial"
    (partial / "old").write_bytes(b"half")
    (partial / "new").write_bytes(b"being written")
    age(partial / "old", 1000)
    lone = tmp_path / "a2/a2" / f"{OTHER}.json"
    lone.parent.mkdir(parents=True)
    lone.write_text("{}")
    age(lone, 1000)
    store = await opened(tmp_path)
    assert files_under(tmp_path) == [".partial/new", str(SIDECAR), str(BODY)]
    assert await store.get(KEY) == render_of()
    await store.close()


async def test_a_directory_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    store = await opened(tmp_path / "store")
    await store.put(KEY, render_of())
    shutil.rmtree(tmp_path / "store")
    assert await store.get(KEY) is None
    await store.put(KEY, render_of())
    assert await store.get(KEY) == render_of()
    await store.close()


async def test_removed_entries_leave_no_empty_folders(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.put(KEY, render_of())
    await store.delete([KEY])
    assert os.listdir(tmp_path) == [".partial"]  # noqa: PTH208 - names only
    await store.close()


async def test_a_directory_that_cannot_be_used_is_logged_once_and_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = await opened(tmp_path / "file" / "store")
    for number in range(5):
        await store.put(key_of(number), render_of())
        assert await store.get(key_of(number)) is None
    assert store.stats()[0].errors >= 10
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 1
    await store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KB."""
    root = tmp_path / "disk"
    root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", root], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a file system needs root")
    yield root
    subprocess.run(["umount", root], check=True)


async def test_a_full_disk_loses_new_entries_and_nothing_else(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opened(small_disk)
    for number in range(12):
        await store.put(key_of(number), render_of(40_000))
    stats = store.stats()[0]
    assert 0 < stats.writes < 12
    assert stats.errors == 12 - stats.writes
    assert "No space left" in caplog.text
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 1
    assert len(files_under(small_disk)) == 2 * stats.writes  # nothing half-written
    assert await store.get(key_of(0)) == render_of(40_000)
    await store.delete([key_of(0), key_of(1)])
    await store.put(OTHER, render_of(40_000))
    assert await store.get(OTHER) == render_of(40_000)
    await store.close()


def test_a_file_that_cannot_be_finished_is_not_left_behind(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import asyncio, pathlib, resource, sys
        from server.store import DiskStore, StoredRender

        async def main():
            store = DiskStore(pathlib.Path(sys.argv[1]), 10**6)
            await store.start()
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
            await store.put("a1" * 32, StoredRender(bytes(20_000), "image/png"))
            assert await store.get("a1" * 32) is None
            assert store.stats()[0].errors == 1
            await store.close()

        asyncio.run(main())
    """)
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, timeout=60)
    assert files_under(tmp_path) == []


def test_many_processes_write_and_remove_the_same_entries(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import asyncio, pathlib, sys
        from server.store import DiskStore
        from tests.server.store.contract import key_of, render_of

        async def main():
            store = DiskStore(pathlib.Path(sys.argv[1]), 10**6)
            await store.start()
            for turn in range(150):
                key = key_of(turn % 3)
                await store.put(key, render_of(5000))
                assert await store.get(key) in (render_of(5000), None)
                await store.delete([key])
            await store.close()
            assert (store.stats()[0].errors, store.stats()[0].corrupt) == (0, 0), store.stats()

        asyncio.run(main())
    """)
    writers = [subprocess.Popen([sys.executable, "-c", script, tmp_path]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert not list((tmp_path / ".partial").iterdir())
