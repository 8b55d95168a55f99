"""Pieces of work side by side in one process; but a row that may end the process is tried while nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from server.batch.ledger import Lease, Ledger, Taker
from server.batch.work import Worker
from server.database import DatabaseUnavailable


class Lanes:
    """Takes work from the ledger and runs it, for any number of callers at a time."""

    def __init__(self, ledger: Ledger, worker: Worker, taker: Taker) -> None:
        self._ledger = ledger
        self._worker = worker
        self._taker = taker
        self._taking = asyncio.Lock()
        self._quiet = asyncio.Event()  # no lane works
        self._working = 0

    async def run_next(self, begun: Callable[[Lease], None]) -> bool:
        """Do the next piece of work, from its lease to its commit; whether there was one. `begun` is told of its lease.

        Raises:
            DatabaseUnavailable: nothing could be leased.
            ShuttingDown: the render processes end; the work was given back.
        """
        async with self._taking:
            held = await self._ledger.lease(self._taker)
            while held is not None and held.suspected and self._working:
                # It would be blamed as well if what the others do ended this process.
                with suppress(DatabaseUnavailable):
                    await self._ledger.release(held)
                await self._quiet.wait()
                held = await self._ledger.lease(self._taker)
            if held is None:
                return False
            begun(held)
            if held.suspected:
                await self._run(held)
                return True
        await self._run(held)
        return True

    async def _run(self, held: Lease) -> None:
        self._working += 1
        self._quiet.clear()
        try:
            await self._worker.run_chunk(held)
        finally:
            self._working -= 1
            if not self._working:
                self._quiet.set()
