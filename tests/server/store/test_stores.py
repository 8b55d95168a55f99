"""Every render store keeps the contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from server.store import DiskStore, MemoryStore, RenderStore, StoredRender, TieredStore
from tests.server.store.contract import KEY, MEGABYTE, RenderStoreContract, render_of


class TestMemoryStore(RenderStoreContract):
    @pytest.fixture
    def new_store(self) -> RenderStore:
        return MemoryStore(MEGABYTE)

    async def test_an_entry_above_a_quarter_of_the_cap_is_not_kept(self, store: RenderStore) -> None:
        await store.put(KEY, render_of())
        await store.put(KEY, render_of(MEGABYTE // 4))
        assert await store.get(KEY) is None
        assert store.stats()[0].bytes == 0

    async def test_meta_and_tags_count(self, store: RenderStore) -> None:
        await store.put(KEY, StoredRender(b"", "image/png", {"note": "x" * 10_000}, ("y" * 5_000,)))
        assert store.stats()[0].bytes > 15_000


class TestDiskStore(RenderStoreContract):
    @pytest.fixture
    def new_store(self, tmp_path: Path) -> RenderStore:
        return DiskStore(tmp_path, MEGABYTE)


class SlowDisk(DiskStore):
    """Lets something happen between a read and its answer."""

    after_read: Callable[[], Awaitable[object]]

    async def get(self, key: str) -> StoredRender | None:
        render = await super().get(key)
        await self.after_read()
        return render


class TestTieredStore(RenderStoreContract):
    @pytest.fixture
    def new_store(self, tmp_path: Path) -> RenderStore:
        return TieredStore(MemoryStore(MEGABYTE), DiskStore(tmp_path, MEGABYTE))

    async def test_what_only_the_disk_has_comes_up_into_memory(self, store: RenderStore, tmp_path: Path) -> None:
        other = DiskStore(tmp_path, MEGABYTE)
        await other.put(KEY, render_of())
        await other.close()
        for _ in range(2):
            assert await store.get(KEY) == render_of()
        memory, disk = store.stats()
        assert (memory.tier, memory.misses, memory.hits) == ("memory", 1, 1)
        assert (disk.tier, disk.misses, disk.hits) == ("disk", 0, 1)

    async def test_large_entries_live_on_disk_only(self, store: RenderStore) -> None:
        await store.put(KEY, render_of(MEGABYTE // 2))
        assert await store.get(KEY) == render_of(MEGABYTE // 2)
        assert [tier.entries for tier in store.stats()] == [0, 1]

    async def test_a_read_that_began_before_a_deletion_brings_nothing_back(self, tmp_path: Path) -> None:
        disk = SlowDisk(tmp_path, MEGABYTE)
        store = TieredStore(MemoryStore(MEGABYTE), disk)
        disk.after_read = lambda: store.delete([KEY])
        await disk.put(KEY, render_of(tags=("t",)))
        assert await store.get(KEY) is not None
        assert [tier.entries for tier in store.stats()] == [0, 0]
        await store.close()


def test_only_known_media_types_can_be_stored() -> None:
    with pytest.raises(ValueError, match="image/png"):
        StoredRender(b"", "text/html")
