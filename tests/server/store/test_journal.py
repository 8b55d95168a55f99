"""What is purged by one process is forgotten by the memories of all."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from server.store import DiskStore, MemoryStore, PurgeJournal, StoredRender, TieredStore
from server.store import journal as module
from server.store.journal import EVERYTHING, Forgotten
from tests.server.store.contract import KEY, MEGABYTE, OTHER, key_of, render_of

pytestmark = pytest.mark.anyio

ARTICLE, PRODUCT = render_of(tags=("template:article",)), render_of(tags=("template:product",))


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Callable[[], TieredStore]]:
    """Makes stores as several processes on one folder would have them."""
    made: list[TieredStore] = []

    def make() -> TieredStore:
        journal = PurgeJournal(tmp_path / "purged")
        made.append(TieredStore(MemoryStore(MEGABYTE, journal=journal), DiskStore(tmp_path / "renders", MEGABYTE)))
        return made[-1]

    yield make
    await asyncio.gather(*(store.close() for store in made))


async def in_memory(store: TieredStore, key: str) -> bool:
    """Whether the next read was answered without the disk."""
    before = store.stats()[0].hits
    assert await store.get(key) is not None
    return store.stats()[0].hits > before


@pytest.mark.parametrize("how", ["keys", "tags", "everything"])
async def test_a_purge_reaches_the_memory_of_another_process(process: Callable[[], TieredStore], how: str) -> None:
    mine, other = process(), process()
    for store in (mine, other):
        await store.put(KEY, ARTICLE)
        await store.put(OTHER, PRODUCT)
    match how:
        case "keys":
            assert await mine.delete([KEY]) == 1
        case "tags":
            assert await mine.delete_tagged(["template:article"]) == 1
        case "everything":
            assert await mine.delete_all() == 2
    assert await other.get(KEY) is None
    assert (await other.get(OTHER) is None) == (how == "everything")
    if how != "everything":
        assert await in_memory(other, OTHER)


async def test_what_is_stored_after_a_purge_stays(process: Callable[[], TieredStore]) -> None:
    mine, other = process(), process()
    await mine.delete_tagged(["template:article"])
    await mine.put(KEY, ARTICLE)
    await other.get(OTHER)
    await other.put(KEY, ARTICLE)
    assert await in_memory(mine, KEY)
    assert await in_memory(other, KEY)


async def test_what_was_purged_before_the_start_is_no_news(process: Callable[[], TieredStore], tmp_path: Path) -> None:
    await process().delete([KEY])
    assert PurgeJournal(tmp_path / "purged").reader().news() is None


async def test_a_purge_during_a_read_of_the_disk_wins(tmp_path: Path) -> None:
    """The bytes were read before; another request of this process hears of the purge before they come up."""
    journal = PurgeJournal(tmp_path / "purged")

    class SlowDisk(DiskStore):
        async def get(self, key: str) -> StoredRender | None:
            render = await super().get(key)
            if key == KEY:
                await self.delete([KEY])
                journal.append(Forgotten(keys=frozenset({KEY})))
                assert await store.get(OTHER) is None
            return render

    disk = SlowDisk(tmp_path / "renders", MEGABYTE)
    store = TieredStore(MemoryStore(MEGABYTE, journal=journal), disk)
    await disk.put(KEY, ARTICLE)
    assert await store.get(KEY) is not None
    assert await store.get(KEY) is None
    await store.close()


async def test_a_folder_that_was_removed_by_hand_is_a_purge_of_everything(
    process: Callable[[], TieredStore], tmp_path: Path
) -> None:
    store = process()
    await store.put(KEY, ARTICLE)
    shutil.rmtree(tmp_path / "renders")
    (tmp_path / "purged").unlink()
    assert await store.get(KEY) is None
    await store.put(KEY, ARTICLE)
    assert await in_memory(store, KEY)


async def test_passing_renders_are_forgotten_too_and_pass(tmp_path: Path) -> None:
    now = [0.0]
    journal = PurgeJournal(tmp_path / "purged")
    store = MemoryStore(MEGABYTE, journal=journal, seconds=60, timer=lambda: now[0])
    await store.put(KEY, ARTICLE)
    await store.put(OTHER, PRODUCT)
    journal.append(Forgotten(tags=frozenset({"template:article"})))
    assert await store.get(KEY) is None
    assert await store.get(OTHER) is not None
    now[0] = 60.0
    assert await store.get(OTHER) is None


def test_several_lines_are_read_at_once_and_each_once(tmp_path: Path) -> None:
    journal = PurgeJournal(tmp_path / "deep" / "purged")
    reader = journal.reader()
    journal.append(Forgotten(keys=frozenset({KEY})))
    journal.append(Forgotten(keys=frozenset({OTHER}), tags=frozenset({"a", "b"})))
    assert reader.news() == Forgotten(frozenset({KEY, OTHER}), frozenset({"a", "b"}))
    assert reader.news() is None
    journal.append(EVERYTHING)
    news = reader.news()
    assert news is not None
    assert news.everything
    assert reader.news() is None


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "purged"
    reader = PurgeJournal(path).reader()
    line = Forgotten(keys=frozenset({KEY})).line()
    path.write_bytes(line[:20])
    assert reader.news() == Forgotten()
    with path.open("ab") as file:
        file.write(line[20:])
    assert reader.news() == Forgotten(keys=frozenset({KEY}))


@pytest.mark.parametrize("text", ["nonsense\n", "[]\n", '{"keys":3}\n', "{}\n"])
def test_what_cannot_be_read_is_a_purge_of_everything(tmp_path: Path, text: str) -> None:
    path = tmp_path / "purged"
    reader = PurgeJournal(path).reader()
    path.write_text(text)
    assert reader.news() == EVERYTHING
    assert reader.news() is None


def test_a_long_journal_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 200)
    journal = PurgeJournal(tmp_path / "purged")
    journal.append(Forgotten(keys=frozenset({key_of(0)})))
    reader, size = journal.reader(), 0
    for number in range(1, 20):
        journal.append(Forgotten(keys=frozenset({key_of(number)})))
        size = max(size, journal.path.stat().st_size)
    assert size < 400
    assert reader.news() == EVERYTHING
    assert reader.news() is None
    journal.append(Forgotten(keys=frozenset({KEY})))
    assert (news := reader.news()) is not None
    assert news.covers(KEY, ())


def test_a_disk_that_fails_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    PurgeJournal(tmp_path / "file" / "purged").append(EVERYTHING)
    assert "other processes may still show what was purged" in caplog.text


def test_processes_write_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 2000)
    journal = PurgeJournal(tmp_path / "purged")
    children = []
    for child in range(4):
        if (pid := os.fork()) == 0:
            for number in range(50):
                journal.append(Forgotten(keys=frozenset({key_of(child * 100 + number)})))
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
    for line in journal.path.read_bytes().splitlines():
        module._parsed(line)
