"""One purge at a time: those who ask while one is under way share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, Self, TypeVar

Result = TypeVar("Result")


class Joinable(Protocol):
    """What is asked for: two can be had as one."""

    def with_(self, other: Self, /) -> Self:
        """Both together."""


Asked = TypeVar("Asked", bound=Joinable)


class Rounds(Generic[Asked, Result]):
    """Runs `work` for everybody in rounds, so that a thousand pushes a second cost one search after the other.

    Who asks gets the result of the first round that began after the question: it covers theirs, and maybe others'.
    """

    def __init__(self, work: Callable[[Asked], Awaitable[Result]]) -> None:
        self._work = work
        self._turn = asyncio.Lock()
        self._gathering: Asked | None = None
        self._next: asyncio.Task[Result] | None = None
        self._tasks: set[asyncio.Task[Result]] = set()

    async def join(self, wanted: Asked) -> Result:
        """Take part in the next round. Raises what `work` raises. Whoever gives up waiting stops nothing."""
        return await asyncio.shield(self.begin(wanted))

    def begin(self, wanted: Asked) -> asyncio.Task[Result]:
        """Take part in the next round without waiting for it."""
        if self._next is None or self._gathering is None:
            self._gathering = wanted
            self._next = asyncio.create_task(self._run())
            self._tasks.add(self._next)
            self._next.add_done_callback(self._tasks.discard)
        else:
            self._gathering = self._gathering.with_(wanted)
        return self._next

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self) -> Result:
        async with self._turn:
            wanted, self._gathering = self._gathering, None
            assert wanted is not None  # noqa: S101 - it was set before this task was made, and is taken here only
            return await self._work(wanted)
