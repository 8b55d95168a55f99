"""One piece of work from its lease to its commit, the same for every engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Final

from server.batch.errors import UnknownBatch
from server.batch.ledger import Kind, Lease, LeaseLost, Ledger, RowPage
from server.batch.ledger.chunks import LEASE_SECONDS
from server.batch.records import Job
from server.batch.rendering import RowRenderer, after
from server.database import DatabaseUnavailable
from server.errors import ShuttingDown

log = logging.getLogger(__name__)

Step = Callable[[Job, Lease, asyncio.Event], Coroutine[None, None, None]]
"""Does the work of one kind and commits it; once the event is set, it ends soon with what it has, or is cancelled."""

_LOOK_SECONDS: Final = 0.5  # how often is looked whether the job was cancelled
_KEEP_SECONDS: Final = LEASE_SECONDS / 3
_FAILURE_SECONDS: Final = 5.0  # until work that failed is tried again
_STOP_SECONDS: Final = 1.2  # that a step may take to end with what it has
_COMMITTING: Final = 12  # attempts to commit, with a pause of 2.5 s between them


class Worker:
    """Runs pieces of work. One per server or worker process."""

    def __init__(self, ledger: Ledger, steps: Mapping[Kind, Step]) -> None:
        self._ledger = ledger
        self._steps = steps

    async def run_chunk(self, held: Lease) -> None:
        """Do the work that is leased, and commit it if it is still ours then.

        Raises:
            ShuttingDown: the render processes end; the work was given back.
        """
        stop = asyncio.Event()
        watch = asyncio.create_task(self._watch(held, stop))
        try:
            job = await self._ledger.get(held.batch)
            if not await _ended(self._steps[held.kind](job, held, stop), stop):
                await self._ledger.release(held)
        except LeaseLost:
            log.warning("somebody else does %s %d of batch %s by now", held.kind, held.number, held.batch)
        except UnknownBatch:
            log.info("batch %s was deleted", held.batch)
        except (asyncio.CancelledError, ShuttingDown):
            with suppress(DatabaseUnavailable):
                await asyncio.shield(self._ledger.release(held))
            raise
        except DatabaseUnavailable as error:
            log.warning("%s %d of batch %s was cut off: %s", held.kind, held.number, held.batch, error.log_message)
            with suppress(DatabaseUnavailable, LeaseLost):
                await patiently(lambda: self._ledger.release(held))
        except Exception:
            log.exception("%s %d of batch %s failed", held.kind, held.number, held.batch)
            with suppress(DatabaseUnavailable, LeaseLost):
                await patiently(lambda: self._ledger.release(held, failed_for=_FAILURE_SECONDS))
        finally:
            watch.cancel()

    async def _watch(self, held: Lease, stop: asyncio.Event) -> None:
        """Keep the lease, and see when the job is cancelled or the lease lost."""
        loop = asyncio.get_running_loop()
        kept = loop.time()
        while not stop.is_set():
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                if await self._ledger.status_of(held) in (None, "cancelling"):
                    stop.set()
                elif loop.time() > kept + _KEEP_SECONDS:
                    kept = loop.time()
                    await self._ledger.keep(held)
            except LeaseLost:
                stop.set()
            except DatabaseUnavailable:
                continue


async def _ended(step: Coroutine[None, None, None], stop: asyncio.Event) -> bool:
    """Whether a step came to its end, and not to be stopped: storages and caches may take their time to answer."""
    work, late = asyncio.create_task(step), asyncio.create_task(after(stop, _STOP_SECONDS))
    try:
        await asyncio.wait((work, late), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
            return True
        return False
    finally:
        for task in (work, late):
            task.cancel()
        await asyncio.gather(work, late, return_exceptions=True)


def render_step(ledger: Ledger, renderer: RowRenderer, store_bytes: int) -> Step:
    """Renders the waiting rows of a range; the store keeps so many bytes."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        size = held.last - held.first + 1
        rows = await ledger.rows(held.batch, RowPage(held.first, size, "pending", held.last))
        results = await renderer.render(job, rows, stop)
        complete = len(results) == len(rows)
        await patiently(lambda: ledger.commit_rows(held, results, complete=complete, store_bytes=store_bytes))

    return step


async def patiently(commit: Callable[[], Awaitable[None]]) -> None:
    """Commit what took time to make, also if the database is away for a while. Raises what `commit` raises at last."""
    for attempt in range(_COMMITTING):
        try:
            return await commit()
        except DatabaseUnavailable:
            if attempt == _COMMITTING - 1:
                raise
            await asyncio.sleep(LEASE_SECONDS / _COMMITTING)
    return None
