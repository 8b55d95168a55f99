"""The disk tier: content-addressed files, bounded in bytes, shared by any number of processes.

Every process keeps its own idea of what the directory holds (`DiskIndex`) and corrects it by scanning: at the start,
and again whenever it has written an eighth of the cap, because others may have written as much. The bound is thus
kept approximately while several processes write, and exactly again after each scan.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from server.store.entries import StoredRender, StoreStats, check_key
from server.store.files import CorruptEntry, EntryFiles, occupied
from server.store.index import DiskIndex

_THREADS = 4  # files are small and mostly in the page cache: few threads suffice, and a slow disk can't take more
_TOUCH_SECONDS = 600.0  # how often a use is noted on disk, as the file's modification time
_EVICT_TO = 0.95  # share of the cap that is left after an eviction, so that not every write evicts
_RESCAN_SHARE = 8
_LOG_SECONDS = 60.0

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)


class DiskStore:
    """Renders under `root`, at most `max_bytes` with their sidecars. All file work happens in threads of its own."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._files = EntryFiles(root)
        self._index = DiskIndex()
        self._max_bytes = max_bytes
        self._stats = StoreStats("disk", max_bytes)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="render-store")
        self._scan: asyncio.Future[None] | None = None
        self._written_since_scan = 0
        self._last_log = -_LOG_SECONDS

    async def start(self) -> None:
        """Create the directory and begin to take stock; reads and writes need not wait for that."""
        try:
            await self._run(self._files.prepare)
        except OSError as error:
            self._report("prepare", error)
        self._begin_scan()

    async def get(self, key: str) -> StoredRender | None:
        """The render stored under `key` by any process, verified; None if there is none or it is damaged."""
        check_key(key)
        try:
            render = await self._run(self._read, key)
        except OSError as error:
            self._report("read", error)
            render = None
        if render is None:
            self._stats.misses += 1
        else:
            self._stats.hits += 1
        return render

    async def missing(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys no process has stored anything under."""
        wanted = [check_key(key) for key in keys]
        return await self._run(lambda: frozenset(key for key in wanted if self._files.used_at(key) is None))

    async def put(self, key: str, render: StoredRender, *, cold: bool = False) -> None:
        """Write a render, and evict others if there are too many now. A failing disk is logged and ignored."""
        check_key(key)
        size = occupied(len(render.body))
        if size > self._max_bytes:
            return
        try:
            await self._run(self._write, key, render, size)
        except OSError as error:
            self._report("write", error)
            return
        self._stats.writes += 1
        self._written_since_scan += size
        if self._written_since_scan > self._max_bytes // _RESCAN_SHARE:
            self._begin_scan()

    async def delete(self, keys: Iterable[str]) -> int:
        """Forget these keys; the number of entries that were there."""
        return await self._run(self._remove_all, [check_key(key) for key in keys])

    async def delete_tagged(self, tags: Iterable[str]) -> int:
        """Forget every entry with one of the tags, whichever process wrote it; reads every sidecar to find them."""
        wanted = frozenset(tags)
        return await self._run(lambda: self._remove_all(self._files.tagged(wanted)))

    async def delete_all(self) -> int:
        """Forget every entry, whichever process wrote it."""
        return await self._run(lambda: self._remove_all(entry.key for entry in self._files.scan()))

    def stats(self) -> tuple[StoreStats, ...]:
        """A snapshot; `entries` and `bytes` are what this process knows of."""
        return (replace(self._stats, entries=len(self._index), bytes=self._index.bytes),)

    async def settled(self) -> None:
        """Wait for the scan that is under way, if any."""
        if self._scan is not None:
            await self._scan

    async def close(self) -> None:
        """Wait for what is under way and end the threads."""
        await self.settled()
        self._threads.shutdown()

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def _begin_scan(self) -> None:
        if self._scan is None or self._scan.done():
            self._written_since_scan = 0
            self._scan = asyncio.ensure_future(self._run(self._take_stock))

    # ------------------------------------------------------------------ in a thread

    def _read(self, key: str) -> StoredRender | None:
        try:
            render = self._files.read(key)
        except CorruptEntry as error:
            log.warning("removed a damaged entry of the render store: %s", error)
            self._stats.corrupt += 1
            self._remove_all([key])
            return None
        if render is not None and self._index.use(key, occupied(len(render.body)), time.time(), _TOUCH_SECONDS):
            self._files.touch(key, render.media_type)
        return render

    def _write(self, key: str, render: StoredRender, size: int) -> None:
        self._files.write(key, render)
        self._index.record(key, size, time.time())
        self._evict()

    def _remove_all(self, keys: Iterable[str]) -> int:
        removed = 0
        for key in keys:
            try:
                removed += self._files.remove(key)
                self._index.forget(key)
            except OSError as error:
                self._report("remove", error)
        return removed

    def _evict(self) -> None:
        if self._index.bytes <= self._max_bytes:
            return
        while self._index.bytes > self._max_bytes * _EVICT_TO and (oldest := self._index.oldest()) is not None:
            key, known_use = oldest
            real_use = self._files.used_at(key)
            if real_use is not None and real_use > known_use + _TOUCH_SECONDS / 2:
                self._index.postpone(key, real_use)
                continue
            self._index.forget(key)  # even if removing fails: it must not be tried forever
            self._stats.evictions += self._remove_all([key])

    def _take_stock(self) -> None:
        started_at = time.time()
        self._files.remove_stale_partials()
        self._index.rebuild(self._files.scan(), started_at)
        self._evict()

    def _report(self, what: str, error: OSError) -> None:
        self._stats.errors += 1
        now = time.monotonic()
        if now - self._last_log >= _LOG_SECONDS:
            self._last_log = now
            log.error("the render store cannot %s files under %s: %s", what, self._files.root, error)
