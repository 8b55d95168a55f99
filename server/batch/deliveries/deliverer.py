"""The loop that empties the outbox: a few messages at once, fewer to one server, so that a slow one delays no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from cachetools import LRUCache

from server.batch.deliveries.addresses import origin_of
from server.batch.deliveries.outbox import Load, Outbox
from server.batch.deliveries.records import Delivery, Held
from server.batch.deliveries.sending import ATTEMPT_SECONDS, Sender
from server.clock import Clock
from server.database import Database, DatabaseUnavailable
from server.metrics import Metrics
from server.outgoing import OutgoingClient

log = logging.getLogger(__name__)

_MOST: Final = 24
_MOST_OF_ONE: Final = 2
_MOST_SILENT: Final = 6  # to receivers that have not answered lately: they hold their places for the longest
_SILENT_KNOWN: Final = 100
_POLL_SECONDS: Final = 1.0
_LONGEST_PAUSE: Final = 10.0  # while the database fails
_COMMIT_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 2.0  # for what is being sent when the server stops


class Deliverer:
    """Delivers webhooks. Every server of a database has one; they share the work."""

    def __init__(self, outbox: Outbox, sender: Sender, metrics: Metrics) -> None:
        self._outbox = outbox
        self._sender = sender
        self._metrics = metrics
        self._awake = asyncio.Event()
        self._ending = False
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._loop: asyncio.Task[None] | None = None
        self._running: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._silent: LRUCache[str, bool] = LRUCache(_SILENT_KNOWN)

    async def start(self) -> None:
        """Begin with what is due."""
        self._event_loop = asyncio.get_running_loop()
        self._loop = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self) -> None:
        """End. Attempts that don't end soon are given up, and made again at the next start."""
        self._ending = True
        self._awake.set()
        if self._loop is None:
            return
        tasks = [self._loop, *(task for _, task in self._running.values())]
        await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        tasks = [self._loop, *(task for _, task in self._running.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """There is a new message: it is sent now, and not at the next look."""
        self._awake.set()

    def expect(self) -> None:
        """A transaction that is about to end puts in a message. From any thread."""
        loop = self._event_loop
        if not self._ending and loop is not None:
            loop.call_soon_threadsafe(loop.call_later, _COMMIT_SECONDS, self.wake)

    async def deliveries(self, batch: str) -> list[Delivery]:
        """All deliveries of a batch. Raises DatabaseUnavailable."""
        return await self._outbox.of(batch)

    async def redeliver(self, batch: str, delivery: str) -> Delivery:
        """Send a message once more. Raises UnknownDelivery, DatabaseUnavailable."""
        found = await self._outbox.redeliver(batch, delivery)
        self.wake()
        return found

    async def _run(self) -> None:
        failures = 0
        while not self._ending:
            self._awake.clear()
            try:
                taken = await self._take()
                failures = 0
            except DatabaseUnavailable as error:
                failures += 1
                if failures == 1:
                    log.warning("no webhook can be sent: %s", error.log_message)
            except Exception:
                failures += 1
                log.exception("no webhook can be sent")
            if failures:
                await asyncio.sleep(min(_POLL_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE))
            elif not taken:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._awake.wait()

    async def _take(self) -> int:
        """Begin to send what is due, as far as there is room; how many were begun."""
        running = {identity: origin for identity, (origin, _) in self._running.items()}
        load = Load(running, _MOST, _MOST_OF_ONE, frozenset(self._silent), _MOST_SILENT)
        if load.room <= 0 or not await self._outbox.is_due(load):
            return 0
        taken = await self._outbox.lease(load)
        for held in taken:
            self._running[held.id] = origin_of(held.url), asyncio.create_task(self._deliver(held), name=held.id)
        return len(taken)

    async def _deliver(self, held: Held) -> None:
        try:
            await self._attempt(held)
        except Exception:
            log.exception("webhook %s: nobody knows what came of it", held.id)
        finally:
            del self._running[held.id]
            self._awake.set()

    async def _attempt(self, held: Held) -> None:
        try:
            attempt, retry_after = await self._sender.send(held)
        except asyncio.CancelledError:
            with suppress(DatabaseUnavailable):
                await self._outbox.release(held)
            raise
        if attempt.status is None:
            self._silent[origin_of(held.url)] = True
        else:
            self._silent.pop(origin_of(held.url), None)
        self._metrics.webhook_attempts += 1
        self._metrics.failed_webhook_attempts += not attempt.accepted
        failures = 0
        while True:
            try:
                state = await self._outbox.finish(held, attempt, retry_after)
            except DatabaseUnavailable:
                # Forgetting what came of it would send it once more.
                failures += 1
                await asyncio.sleep(min(_POLL_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE))
            else:
                break
        said = f": {attempt.error}" if attempt.error else ""
        log.info("webhook %s of %s, %s, attempt %d: %s%s", held.id, held.batch, held.event, held.attempts, state, said)


@asynccontextmanager
async def open_deliverer(
    database: Database,
    client: OutgoingClient,
    secrets: Sequence[str],
    *,
    metrics: Metrics,
    clock: Clock,
    seconds: float = ATTEMPT_SECONDS,
) -> AsyncIterator[Deliverer]:
    """A deliverer at work. `secrets` sign, oldest first; a receiver has `seconds` to accept a message."""
    deliverer = Deliverer(Outbox(database, clock), Sender(client, secrets, clock, seconds), metrics)
    await deliverer.start()
    try:
        yield deliverer
    finally:
        await deliverer.stop()
