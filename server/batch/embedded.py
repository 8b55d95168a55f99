"""The engine inside the server: loops that take pieces of work from the ledger and run them one after the other."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from server.batch.lanes import Lanes
from server.batch.ledger import Lease, Ledger, Taker
from server.batch.work import Worker
from server.database import DatabaseUnavailable
from server.errors import ShuttingDown

log = logging.getLogger(__name__)

_LANES: Final = 2  # pieces of work at once: one is committed and fetched while another is rendered
_IDLE_SECONDS: Final = 1.0
_HOME_FILE: Final = "home"
_LOCK_FILE: Final = "engine.lock"


class Engine(Protocol):
    """Whatever gets pieces of work done."""

    async def start(self) -> None:
        """Begin; work that was cut off goes on."""

    def wake(self) -> None:
        """There may be new work."""

    def gauges(self) -> dict[str, float]:
        """Numbers for `/metrics`, by their names."""

    async def stop(self) -> None:
        """End; what is being worked on is given back."""


class EmbeddedEngine:
    """Works in this process. Of several processes with one data folder only one does, until it ends."""

    def __init__(self, ledger: Ledger, worker: Worker, folder: Path, home: str, *, rendering: bool = True) -> None:
        """`folder` is that of the uploads, `home` its name in the ledger.

        Without `rendering` uploads are read here, and others do the rest.
        """
        self._ledger = ledger
        self._worker = worker
        self._folder = folder
        self._rendering = rendering
        self._awake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = False
        self.home = home

    async def start(self) -> None:
        """Begin, or wait for the process that works on this folder to end."""
        self._tasks = [asyncio.create_task(self._run())]

    def wake(self) -> None:
        """There may be new work."""
        self._awake.set()

    def gauges(self) -> dict[str, float]:
        """None: the render processes tell what there is to tell."""
        return {}

    async def stop(self) -> None:
        """End, and give back what is being worked on."""
        self._ending = True  # for whatever takes its cancellation for something else
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self) -> None:
        while not self._ending:
            try:
                await self._work()
            except Exception:
                log.exception("batches are not worked on; it is tried again")
            await asyncio.sleep(_IDLE_SECONDS)

    async def _work(self) -> None:
        descriptor = await _locked(self._folder / _LOCK_FILE)
        try:
            await self._reclaim()
            taker = Taker(f"{self.home}/{os.getpid()}", self.home, rendering=self._rendering)
            lanes = Lanes(self._ledger, self._worker, taker)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(_LANES):
                    tasks.create_task(self._lane(lanes))
        finally:
            os.close(descriptor)

    async def _reclaim(self) -> None:
        while True:
            try:
                taken = await self._ledger.reclaim(f"{self.home}/")
            except DatabaseUnavailable:
                await asyncio.sleep(_IDLE_SECONDS)
                continue
            if taken:
                log.info("%d pieces of work that were cut off go on", taken)
            return

    async def _lane(self, lanes: Lanes) -> None:
        def begun(_: Lease) -> None:
            self._awake.set()  # what this one has opened up may be for another lane

        away = False
        while not self._ending:
            self._awake.clear()
            try:
                if await lanes.run_next(begun):
                    continue
                away = False
            except DatabaseUnavailable as error:
                if not away:
                    log.warning("no work can be taken: %s", error.log_message)
                away = True
            except ShuttingDown:
                self._awake.clear()
            except Exception:
                log.exception("a piece of work failed; others are taken")
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._awake.wait()


def home_of(folder: Path) -> str:
    """What names this data folder in the ledger. Made once; whoever comes second reads what the first has written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _HOME_FILE
    made = folder / f".{_HOME_FILE}.{secrets.token_hex(4)}"
    if not path.exists():
        made.write_text(secrets.token_hex(8))
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text().strip()


async def _locked(path: Path) -> int:
    """The file, once no other process holds it. The lock ends with the process, however that ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(_IDLE_SECONDS)
            else:
                return descriptor
    except BaseException:
        os.close(descriptor)
        raise
