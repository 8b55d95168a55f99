"""Keeps the wanted number of workers alive: starts, replaces, recycles and buries them. Knows nothing of jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from server.farm.process import Program, WorkerProcess
from server.farm.stats import Counters
from server.farm.wire import Frame, Kind, unpack

_BACKOFF_FIRST = 0.2  # seconds before the second attempt to start a worker
_BACKOFF_LONGEST = 10.0
_HOPELESS_AFTER = 3  # failed starts in a row after which waiting for a worker is pointless

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CrewEvents:
    """Whom the crew tells: a worker can take a job; it answered; it died with its job; nothing can be started."""

    on_ready: Callable[[WorkerProcess], None]
    on_answer: Callable[[WorkerProcess, Frame], None]
    on_lost: Callable[[WorkerProcess], None]
    on_hopeless: Callable[[], None]


class Crew:
    """The workers of one farm. All methods belong to the event loop."""

    def __init__(
        self,
        program: Program,
        size: int,
        *,
        startup_timeout: float,
        max_memory_bytes: int,
        max_jobs: int,
        counters: Counters,
        events: CrewEvents,
    ) -> None:
        self.size = size
        self.startup_failures = 0
        self.problem: str | None = None
        self._program = program
        self._startup_timeout = startup_timeout
        self._max_memory_bytes = max_memory_bytes
        self._max_jobs = max_jobs
        self._counters = counters
        self._events = events
        self._workers: dict[WorkerProcess, asyncio.TimerHandle | None] = {}  # with the deadline of its start-up
        self._delayed: set[asyncio.TimerHandle] = set()
        self._funerals: set[asyncio.Task[int]] = set()
        self._stopped = False

    @property
    def alive(self) -> int:
        """Processes that start or work."""
        return len(self._workers)

    @property
    def ready(self) -> int:
        """Processes that have started up."""
        return sum(worker.ready for worker in self._workers)

    @property
    def hopeless(self) -> bool:
        """No worker is there and the last attempts to start one failed."""
        return self.startup_failures >= _HOPELESS_AFTER and self.ready == 0

    def pids(self) -> list[int]:
        """Process ids, oldest worker first."""
        return [worker.pid for worker in self._workers]

    def fill(self) -> None:
        """Start workers until the wanted number is there or on its way.

        Until one is ready, a place is left empty: starting is CPU work, and the server itself starts at the same time.
        The first picture comes sooner than with all at once.
        """
        wanted = self.size if self.ready else max(1, self.size - 1)
        missing = wanted - sum(not worker.outgoing for worker in self._workers) - len(self._delayed)
        for _ in range(0 if self._stopped else missing):
            if self.startup_failures:
                self._start_later(min(_BACKOFF_FIRST * 2 ** min(self.startup_failures - 1, 10), _BACKOFF_LONGEST))
            else:
                self._start()

    def replace(self, worker: WorkerProcess) -> asyncio.Task[int]:
        """Start another worker for one that was killed or died; the task gives the exit code when it is gone."""
        self._forget(worker)
        self._counters.restarts += 1
        self.fill()
        return self._bury(worker)

    def recycle_if_worn(self, worker: WorkerProcess, rss: int) -> None:
        """Start a successor for a worker that is too old or too big; it works on until the successor is ready.

        One at a time: workers of the same age would otherwise all start successors at once.
        """
        worn = worker.jobs_taken >= self._max_jobs or rss > self._max_memory_bytes
        if worn and not any(other.outgoing for other in self._workers):
            worker.outgoing = True
            self._counters.recycled += 1
            self.fill()

    def may_leave(self, worker: WorkerProcess) -> bool:
        """Whether an idle worker's successor is there, or the worker is gone anyway."""
        return worker not in self._workers or (worker.outgoing and self.ready > self.size)

    def dismiss(self, worker: WorkerProcess) -> None:
        """Let an idle worker go."""
        self._forget(worker)
        worker.retire()
        self._bury(worker)

    async def stop(self) -> None:
        """End every worker, idle or not, and wait until all processes are gone."""
        self._stopped = True
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()
        for worker in list(self._workers):
            self._forget(worker)
            worker.kill()
            self._bury(worker)
        while self._funerals:
            await asyncio.wait(self._funerals)

    def _start(self) -> None:
        try:
            worker = WorkerProcess(self._program, self._on_frame, self._on_lost)
        except OSError as error:  # no processes, memory or descriptors left: may pass
            self._failed_to_start(f"{type(error).__name__}: {error}")
            return
        deadline = asyncio.get_running_loop().call_later(self._startup_timeout, self._startup_expired, worker)
        self._workers[worker] = deadline

    def _start_later(self, delay: float) -> None:
        def start() -> None:
            self._delayed.discard(handle)
            self._start()

        handle = asyncio.get_running_loop().call_later(delay, start)
        self._delayed.add(handle)

    def _on_frame(self, worker: WorkerProcess, frame: Frame) -> None:
        if frame.kind is Kind.READY:
            worker.ready = True
            self._cancel_deadline(worker)
            self._events.on_ready(worker)
            self.fill()
        elif frame.kind is Kind.BROKEN:
            self._forget(worker)
            reason = str(unpack(worker.exchange, frame))
            worker.retire()
            self._bury(worker)
            self._failed_to_start(reason)
        else:
            self.startup_failures = 0  # only work proves a worker: one may also report ready and then die
            self._events.on_answer(worker, frame)

    def _on_lost(self, worker: WorkerProcess) -> None:
        if not worker.ready:
            self._forget(worker)
            self._bury(worker)
            self._failed_to_start("the process ended before it was ready")
            return
        self._events.on_lost(worker)

    def _startup_expired(self, worker: WorkerProcess) -> None:
        self._forget(worker)
        worker.kill()
        self._bury(worker)
        self._failed_to_start(f"not ready after {self._startup_timeout:g} s")

    def _failed_to_start(self, reason: str) -> None:
        self.startup_failures += 1
        self.problem = reason
        log.error("a render process could not start (%d in a row): %s", self.startup_failures, reason)
        self.fill()
        if self.hopeless:
            self._events.on_hopeless()

    def _forget(self, worker: WorkerProcess) -> None:
        self._cancel_deadline(worker)
        self._workers.pop(worker, None)

    def _cancel_deadline(self, worker: WorkerProcess) -> None:
        deadline = self._workers.get(worker)
        if deadline is not None:
            deadline.cancel()
            self._workers[worker] = None

    def _bury(self, worker: WorkerProcess) -> asyncio.Task[int]:
        funeral = asyncio.get_running_loop().create_task(worker.buried())
        self._funerals.add(funeral)
        funeral.add_done_callback(self._funerals.discard)
        return funeral
