"""Where a worker's work is done: an event loop in a thread of its own, which Celery's threads wait for."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from concurrent.futures import CancelledError, Future
from threading import Thread
from typing import Final

import uvloop

from server.batch.assembly import FOLDER, open_bench
from server.batch.distributed.agreement import Agreement
from server.batch.distributed.complaints import Complaints
from server.batch.distributed.messages import Ring
from server.batch.embedded import home_of
from server.batch.lanes import Lanes
from server.batch.ledger import Lease, Taker
from server.batch.work import Worker
from server.clock import system_clock
from server.database import DatabaseUnavailable
from server.errors import ShuttingDown
from server.services import open_studio, signer_of
from server.settings import Settings

log = logging.getLogger(__name__)

_PIECES: Final = 20  # of work that one message leads to at most
_PAUSE_SECONDS: Final = 1.0  # before a worker that can't work takes another message
_HOST_CHARACTERS: Final = 40  # of the host's name, in the worker's


class WorkRoom:
    """Does pieces of work, one for each thread that asks."""

    def __init__(self, settings: Settings, finish_seconds: float = 10.0) -> None:
        """What is being done when the worker ends may take `finish_seconds`; then it is given back.

        Raises:
            ConfigurationError: keys can't be used.
        """
        self.name = f"worker/{socket.gethostname()[:_HOST_CHARACTERS]}/{os.getpid()}-{secrets.token_hex(3)}"
        self._settings = settings
        self._signer = signer_of(settings)
        self._taker = Taker(self.name, home="", reading=False)
        self._finish_seconds = finish_seconds
        self._opened: Future[None] = Future()
        self._thread = Thread(target=self._live, name="work-room")
        self._finishing = False
        self._under_way: set[asyncio.Task[int]] = set()
        self._complaints = Complaints(log)

    def open(self) -> None:
        """Start the render processes and everything else. Raises ConfigurationError."""
        self._thread.start()
        self._opened.result()

    def work(self, ring: Ring) -> int:
        """Do what there is to do, up to a limit; how many pieces it was. Called by Celery's threads."""
        if not self._may_work(ring):
            time.sleep(_PAUSE_SECONDS)
            return 0
        if self._finishing:
            return 0
        try:
            return asyncio.run_coroutine_threadsafe(self._work(), self._loop).result()
        except CancelledError:  # what was being done has been given back
            return 0

    def finish(self) -> None:
        """Begin nothing more, and soon give back what is being done. May be called by a signal's handler."""
        self._finishing = True
        self._loop.call_soon_threadsafe(self._loop.call_later, self._finish_seconds, self._give_back)

    def close(self) -> None:
        """End everything."""
        self._finishing = True
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def _live(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._open())
        except BaseException as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    async def _open(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        async with (
            open_studio(self._settings, self._signer) as studio,
            open_bench(self._settings, studio.database, studio.images, system_clock) as bench,
        ):
            self._agreement = Agreement(
                self._settings.data_dir,
                home_of(self._settings.data_dir / FOLDER),
                self._settings.base_url,
                self._signer.current_key_id,
                studio.registry,
            )
            self._lanes = Lanes(bench.ledger, Worker(bench.ledger, bench.steps), self._taker)
            self._opened.set_result(None)
            await self._closing.wait()
            self._give_back()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _give_back(self) -> None:
        for task in self._under_way:
            task.cancel()

    async def _work(self) -> int:
        task = asyncio.current_task()
        assert task is not None, "this is a coroutine"  # noqa: S101
        self._under_way.add(task)
        try:
            done = 0
            while done < _PIECES and not self._finishing and await self._piece():
                done += 1
            return done
        finally:
            self._under_way.discard(task)

    async def _piece(self) -> bool:
        """Whether there was a piece of work."""
        try:
            return await self._lanes.run_next(_tell)
        except DatabaseUnavailable as error:
            self._complaints.make("database", "no work can be taken: %s", error.log_message)
        except ShuttingDown:
            log.warning("the render processes can't work")
        await asyncio.sleep(_PAUSE_SECONDS)
        return False

    def _may_work(self, ring: Ring) -> bool:
        obstacle, doubt = self._agreement.obstacle(ring), self._agreement.doubt(ring)
        if obstacle is not None:
            self._complaints.make("obstacle", "takes no work: %s", obstacle)
        elif doubt is not None:
            self._complaints.make("doubt", "%s", doubt)
        return obstacle is None


def _tell(held: Lease) -> None:
    # A lease that is given back does not count: whoever had this one has failed or died.
    level = logging.WARNING if held.attempts > 1 else logging.DEBUG
    log.log(level, "takes %s %d of batch %s, attempt %d", held.kind, held.number, held.batch, held.attempts)
