"""Many callers, one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar

T = TypeVar("T")


class Coalescer(Generic[T]):
    """Runs one coroutine a key at a time; whoever comes while it runs gets its result.

    A caller that gives up leaves it running for the others, and for those who come next.
    """

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, key: str, make: Callable[[], Coroutine[object, object, T]]) -> asyncio.Task[T]:
        """The task that runs for this key already, or else a new one."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(make())
            task.add_done_callback(lambda _: self._running.pop(key))
        return task

    async def run(self, key: str, make: Callable[[], Coroutine[object, object, T]]) -> T:
        """The result for this key. Raises what the coroutine raises."""
        return await asyncio.shield(self.begin(key, make))

    async def close(self) -> None:
        """Cancel what nobody waits for any more."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
