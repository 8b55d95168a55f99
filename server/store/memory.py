"""The memory tier: least recently used renders leave first, bounded in bytes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from cachetools import LRUCache, TTLCache

from server.store.entries import StoredRender, StoreStats, check_key
from server.store.journal import EVERYTHING, Forgotten, PurgeJournal

_ENTRY_OVERHEAD = 1024  # bytes: the objects around a body, the key and the cache's own two table rows
_LARGEST_SHARE = 4  # an entry above a quarter of the cap would push out too many others
_NOTHING: Final = Forgotten()


class _CountingCache(LRUCache[str, StoredRender]):
    """Counts what is pushed out."""

    evictions = 0

    def popitem(self) -> tuple[str, StoredRender]:
        self.evictions += 1
        return super().popitem()


class _PassingCache(TTLCache[str, StoredRender]):
    """Counts what is pushed out before its time."""

    evictions = 0

    def popitem(self) -> tuple[str, StoredRender]:
        self.evictions += 1
        return super().popitem()


class MemoryStore:
    """Renders in this process's memory, for `seconds` at most. Only deletions wait, to tell other processes.

    `journal` is how processes tell each other what to forget; without it this memory forgets alone.
    """

    def __init__(
        self,
        max_bytes: int,
        *,
        journal: PurgeJournal | None = None,
        seconds: float | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache: _CountingCache | _PassingCache = (
            _CountingCache(max_bytes, getsizeof=_size)
            if seconds is None
            else _PassingCache(max_bytes, seconds, timer, getsizeof=_size)
        )
        self._largest = max_bytes // _LARGEST_SHARE
        self._stats = StoreStats("memory", max_bytes)
        self._journal = journal
        self._reader = None if journal is None else journal.reader()
        self.deletions = 0
        """How often this memory was told to forget; who fills it from below looks at it before and after."""

    async def start(self) -> None:
        """Nothing to prepare."""

    async def get(self, key: str) -> StoredRender | None:
        """The render stored under `key`, or None."""
        self._hear()
        render = self._cache.get(check_key(key))
        if render is None:
            self._stats.misses += 1
        else:
            self._stats.hits += 1
        return render

    async def missing(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys nothing is stored under."""
        self._hear()
        return frozenset(key for key in keys if check_key(key) not in self._cache)

    async def put(self, key: str, render: StoredRender, *, cold: bool = False) -> None:
        """Keep a render unless it is larger than a quarter of the cap."""
        check_key(key)
        self._hear()  # or what others wrote before would be taken for a word about this render
        if _size(render) > self._largest:
            self._cache.pop(key, None)  # an older, smaller one must not stay in its place
            return
        self._cache[key] = render
        self._stats.writes += 1

    async def delete(self, keys: Iterable[str]) -> int:
        """Forget these keys; the number of entries that were there."""
        return await self._forget_everywhere(Forgotten(keys=frozenset(map(check_key, keys))))

    async def delete_tagged(self, tags: Iterable[str]) -> int:
        """Forget every entry with one of the tags. Looks at all entries: a purge is rare, an index costs every put."""
        return await self._forget_everywhere(Forgotten(tags=frozenset(tags)))

    async def delete_all(self) -> int:
        """Forget everything; how many entries there were."""
        return await self._forget_everywhere(EVERYTHING)

    def stats(self) -> tuple[StoreStats, ...]:
        """A snapshot."""
        cache = self._cache
        size = int(cache.currsize)
        return (replace(self._stats, entries=len(cache), bytes=size, evictions=cache.evictions),)

    async def close(self) -> None:
        """Nothing to finish."""

    async def _forget_everywhere(self, forgotten: Forgotten) -> int:
        found = self._forget(forgotten)
        if self._journal is not None and forgotten != _NOTHING:
            await asyncio.to_thread(self._journal.append, forgotten)
            self._hear()
        return found

    def _hear(self) -> None:
        if self._reader is not None and (forgotten := self._reader.news()) is not None:
            self._forget(forgotten)

    def _forget(self, forgotten: Forgotten) -> int:
        self.deletions += 1
        if forgotten.everything or forgotten.tags:
            keys = [key for key, render in self._cache.items() if forgotten.covers(key, render.tags)]
        else:
            keys = list(forgotten.keys)
        return sum(self._cache.pop(key, None) is not None for key in keys)


def _size(render: StoredRender) -> int:
    # Python objects take about three times the bytes of their JSON text.
    described = 3 * len(json.dumps(render.meta)) if render.meta else 0
    return len(render.body) + described + sum(map(len, render.tags)) + _ENTRY_OVERHEAD
