"""Memory over disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from server.store.entries import RenderStore, StoredRender, StoreStats


class TieredStore:
    """A fast store over a large one: reads ask the upper first and bring up what only the lower has."""

    def __init__(self, upper: RenderStore, lower: RenderStore) -> None:
        self._upper = upper
        self._lower = lower
        self._deletions = 0

    async def start(self) -> None:
        """Start both."""
        await asyncio.gather(self._upper.start(), self._lower.start())

    async def get(self, key: str) -> StoredRender | None:
        """The render from the fastest tier that has it."""
        render = await self._upper.get(key)
        if render is not None:
            return render
        deletions = self._deletions
        render = await self._lower.get(key)
        if render is not None and deletions == self._deletions:  # else it may just have been deleted below
            await self._upper.put(key, render)
        return render

    async def put(self, key: str, render: StoredRender) -> None:
        """Keep a render in both; others can read it from the upper while the lower still writes."""
        await self._upper.put(key, render)
        await self._lower.put(key, render)

    async def delete(self, keys: Iterable[str]) -> int:
        """Forget these keys in both; the larger of the two counts."""
        keys = list(keys)
        below = await self._lower.delete(keys)
        self._deletions += 1
        return max(below, await self._upper.delete(keys))

    async def delete_tagged(self, tags: Iterable[str]) -> int:
        """Forget every entry with one of the tags in both; the larger of the two counts."""
        tags = list(tags)
        below = await self._lower.delete_tagged(tags)
        self._deletions += 1
        return max(below, await self._upper.delete_tagged(tags))

    def stats(self) -> tuple[StoreStats, ...]:
        """The tiers' snapshots, upper first."""
        return (*self._upper.stats(), *self._lower.stats())

    async def close(self) -> None:
        """Close both."""
        await asyncio.gather(self._upper.close(), self._lower.close())
