"""The engine of a server whose batches others render: it reads uploads, and rings for the rest."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.batch.distributed.complaints import Complaints
from server.batch.distributed.doorbell import FAILURES, Doorbell
from server.batch.embedded import EmbeddedEngine
from server.batch.ledger import Lease, Ledger, Taker
from server.batch.records import Job
from server.batch.work import Step, Worker
from server.database import DatabaseUnavailable

log = logging.getLogger(__name__)

_SECONDS: Final = 1.0  # between two looks at the ledger
_MOST_MESSAGES: Final = 64  # that wait at once: enough for all workers, few enough that none is old
_ANYTHING: Final = Taker("bell", home="", reading=False)


class Bell:
    """Sees to it that there are as many messages as pieces of work, within a limit.

    Messages are counted anew each time, so it does not matter what became of earlier ones, or who else rings.
    """

    def __init__(self, ledger: Ledger, doorbell: Doorbell) -> None:
        self._ledger = ledger
        self._doorbell = doorbell
        self._awake = asyncio.Event()
        # Of its own, because Redis may not answer for a while; nobody else shall wait for that.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="doorbell")
        self._task: asyncio.Task[None] | None = None
        self._complaints = Complaints(log)
        self._ready = 0
        self._waiting = 0

    def start(self) -> None:
        """Begin to ring."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look at once whether there is work."""
        self._awake.set()

    def gauges(self) -> dict[str, float]:
        """Pieces of work that nobody does yet, messages that nobody has taken yet, and whether Redis answers."""
        answers = float(not self._complaints.stands("redis"))
        return {"batch_pieces_ready": self._ready, "batch_messages": self._waiting, "batch_broker_up": answers}

    async def stop(self) -> None:
        """Ring no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self._doorbell.close)

    async def _run(self) -> None:
        while True:
            self._awake.clear()
            try:
                self._ready = await self._ledger.waiting(_ANYTHING)
                await self._ring()
            except DatabaseUnavailable as error:
                self._complaints.make("database", "nobody can be told of work: %s", error.log_message)
            else:
                self._complaints.withdraw("database", "workers are told of work again")
            with suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS):
                    await self._awake.wait()

    async def _ring(self) -> None:
        wanted = min(self._ready, _MOST_MESSAGES)
        ringing = asyncio.get_running_loop().run_in_executor(self._thread, self._doorbell.ring, wanted)
        try:
            self._waiting = await ringing
        except FAILURES as error:
            self._complaints.make("redis", "Redis fails, and nobody is told of work until it is back: %s", error)
        else:
            self._complaints.withdraw("redis", "Redis is back")


class DistributedEngine:
    """Reads uploads where they are, and lets workers on any machine do the rest."""

    def __init__(self, ledger: Ledger, ingest: Step, folder: Path, home: str, doorbell: Doorbell) -> None:
        """`ingest` reads uploads of `folder`, which is `home` in the ledger."""
        self.bell = Bell(ledger, doorbell)

        async def read(job: Job, held: Lease, stop: asyncio.Event) -> None:
            await ingest(job, held, stop)
            self.bell.wake()

        self._reader = EmbeddedEngine(ledger, Worker(ledger, {"ingest": read}), folder, home, rendering=False)

    async def start(self) -> None:
        """Begin; work that was cut off goes on."""
        await self._reader.start()
        self.bell.start()

    def wake(self) -> None:
        """There may be new work."""
        self._reader.wake()
        self.bell.wake()

    def gauges(self) -> dict[str, float]:
        """Numbers for `/metrics`, by their names."""
        return self.bell.gauges()

    async def stop(self) -> None:
        """End; workers go on with what they have."""
        await self.bell.stop()
        await self._reader.stop()
