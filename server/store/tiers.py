"""Memory over disk.

The disk forgets first and the memory last, and the memory's deletions reach other processes: whoever hears of one finds
nothing below any more that could be brought up again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from server.store.entries import RenderStore, StoredRender, StoreStats
from server.store.memory import MemoryStore


class TieredStore:
    """A fast store over a large one: reads ask the upper first and bring up what only the lower has."""

    def __init__(self, upper: MemoryStore, lower: RenderStore) -> None:
        self._upper = upper
        self._lower = lower

    async def start(self) -> None:
        """Start both."""
        await asyncio.gather(self._upper.start(), self._lower.start())

    async def get(self, key: str) -> StoredRender | None:
        """The render from the fastest tier that has it."""
        render = await self._upper.get(key)
        if render is not None:
            return render
        deletions = self._upper.deletions
        render = await self._lower.get(key)
        if render is not None and deletions == self._upper.deletions:  # else it may just have been deleted below
            await self._upper.put(key, render)
        return render

    async def missing(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys the lower tier has not; the upper one forgets sooner."""
        return await self._lower.missing(keys)

    async def put(self, key: str, render: StoredRender, *, cold: bool = False) -> None:
        """Keep a render in both; others can read it from the upper while the lower still writes. A cold one below."""
        if not cold:
            await self._upper.put(key, render)
        await self._lower.put(key, render)

    async def delete(self, keys: Iterable[str]) -> int:
        """Forget these keys in both; the larger of the two counts."""
        keys = list(keys)
        below = await self._lower.delete(keys)
        return max(below, await self._upper.delete(keys))

    async def delete_tagged(self, tags: Iterable[str]) -> int:
        """Forget every entry with one of the tags in both; the larger of the two counts."""
        tags = list(tags)
        below = await self._lower.delete_tagged(tags)
        return max(below, await self._upper.delete_tagged(tags))

    async def delete_all(self) -> int:
        """Forget everything in both; the larger of the two counts."""
        below = await self._lower.delete_all()
        return max(below, await self._upper.delete_all())

    def stats(self) -> tuple[StoreStats, ...]:
        """The tiers' snapshots, upper first."""
        return (*self._upper.stats(), *self._lower.stats())

    async def close(self) -> None:
        """Close both."""
        await asyncio.gather(self._upper.close(), self._lower.close())
