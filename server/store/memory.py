"""The memory tier: least recently used renders leave first, bounded in bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from cachetools import LRUCache

from server.store.entries import StoredRender, StoreStats, check_key

_ENTRY_OVERHEAD = 1024  # bytes: the objects around a body, the key and the cache's own two table rows
_LARGEST_SHARE = 4  # an entry above a quarter of the cap would push out too many others


class _CountingCache(LRUCache[str, StoredRender]):
    """Counts what is pushed out."""

    evictions = 0

    def popitem(self) -> tuple[str, StoredRender]:
        self.evictions += 1
        return super().popitem()


class MemoryStore:
    """Renders in this process's memory. No method ever waits."""

    def __init__(self, max_bytes: int) -> None:
        self._cache = _CountingCache(max_bytes, getsizeof=_size)
        self._largest = max_bytes // _LARGEST_SHARE
        self._stats = StoreStats("memory", max_bytes)

    async def start(self) -> None:
        """Nothing to prepare."""

    async def get(self, key: str) -> StoredRender | None:
        """The render stored under `key`, or None."""
        render = self._cache.get(check_key(key))
        if render is None:
            self._stats.misses += 1
        else:
            self._stats.hits += 1
        return render

    async def put(self, key: str, render: StoredRender) -> None:
        """Keep a render unless it is larger than a quarter of the cap."""
        check_key(key)
        if _size(render) > self._largest:
            self._cache.pop(key, None)  # an older, smaller one must not stay in its place
            return
        self._cache[key] = render
        self._stats.writes += 1

    async def delete(self, keys: Iterable[str]) -> int:
        """Forget these keys; the number of entries that were there."""
        return sum(self._cache.pop(check_key(key), None) is not None for key in keys)

    async def delete_tagged(self, tags: Iterable[str]) -> int:
        """Forget every entry with one of the tags. Looks at all entries: a purge is rare, an index costs every put."""
        wanted = frozenset(tags)
        return await self.delete([key for key, render in self._cache.items() if not wanted.isdisjoint(render.tags)])

    def stats(self) -> tuple[StoreStats, ...]:
        """A snapshot."""
        cache = self._cache
        size = int(cache.currsize)
        return (replace(self._stats, entries=len(cache), bytes=size, evictions=cache.evictions),)

    async def close(self) -> None:
        """Nothing to finish."""


def _size(render: StoredRender) -> int:
    # Python objects take about three times the bytes of their JSON text.
    described = 3 * len(json.dumps(render.meta)) if render.meta else 0
    return len(render.body) + described + sum(map(len, render.tags)) + _ENTRY_OVERHEAD
