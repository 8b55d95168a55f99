"""The farm: takes jobs from the event loop, runs each on one of a fixed number of processes, never blocks the loop.

    run ─ join an equal key in flight │ refuse if full │ queue ─ idle worker ─ answer │ deadline │ crash ─ waiters

Workers are plain child programs, not `multiprocessing` children: nothing forks (libvips hangs after a fork), no
resource-tracker process appears, and the child does not import the server's main module. The loop watches their
sockets itself. Measured against Pebble 5.2.3 on a 2-core machine: a trivial job there and back takes 0.08 ms
here and 0.21 ms there, one that returns 2 MB 0.5 ms against 2.5 ms; Pebble also has no priorities, no memory
limit and cannot tell a job that killed its worker from one that never reached it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import pickle
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, cast

from server.farm.crew import Crew, CrewEvents
from server.farm.errors import (
    FarmClosed,
    RemoteTraceback,
    RenderTimeout,
    TaskFailed,
    WorkerCrashed,
    WorkersUnavailable,
)
from server.farm.intake import Intake
from server.farm.jobs import Job, JobQueue, P, Priority, R
from server.farm.process import Program, WorkerProcess
from server.farm.stats import Counters, Durations, FarmHealth, FarmStats
from server.farm.wire import Failure, Frame, Kind, unpack

_RESERVE_SECONDS = 1.0  # how long after a live job the reserved workers stay free of batch jobs
_GUESSED_DURATION = 0.1  # seconds a job takes, before any was seen
_UNAVAILABLE_RETRY_AFTER = 10

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Assignment(Generic[P, R]):
    job: Job[P, R]
    deadline: asyncio.TimerHandle


class Farm(Generic[P, R]):
    """Runs `task(payload: P) -> R` in worker processes.

    task, initializer: `package.module:function`, importable in the child. The initializer takes no arguments and
        runs before the worker takes jobs; what it loads is kept for the life of the process.
    workers: number of processes; default one per available core.
    queue_limit, batch_queue_limit: live and batch jobs that may wait, beside those that run.
    timeout: seconds that a job may run, counted from its start on a worker.
    startup_timeout: seconds that a worker may take to import and initialise.
    max_memory_bytes, max_jobs_per_worker: a worker above either is replaced after its job.
    reserve_for_live: workers that batch jobs leave free while live jobs come in (at most all but one).

    The farm belongs to the event loop that starts it. `start` returns before the workers are ready; jobs wait.
    """

    def __init__(
        self,
        task: str,
        initializer: str | None = None,
        *,
        workers: int | None = None,
        queue_limit: int = 64,
        batch_queue_limit: int | None = None,
        timeout: float = 10.0,
        startup_timeout: float = 60.0,
        max_memory_bytes: int = 512 * 1024 * 1024,
        max_jobs_per_worker: int = 10_000,
        reserve_for_live: int = 0,
    ) -> None:
        size = workers if workers is not None else _available_cores()
        if size < 1 or queue_limit < 1:
            raise ValueError("a farm needs at least one worker and one place in its queue")
        self._timeout = timeout
        self._reserve = min(reserve_for_live, size - 1)
        self._counters = Counters()
        self._queue: JobQueue[P, R] = JobQueue(queue_limit, batch_queue_limit or queue_limit)
        self._intake: Intake[P, R] = Intake(self._queue, self._counters, self._retry_after)
        self._crew = Crew(
            Program(task, initializer),
            size,
            startup_timeout=startup_timeout,
            max_memory_bytes=max_memory_bytes,
            max_jobs=max_jobs_per_worker,
            counters=self._counters,
            events=CrewEvents(self._worker_ready, self._answered, self._worker_lost, self._give_up_waiting),
        )
        self._idle: list[WorkerProcess] = []  # the one used last is taken first: its caches are warm
        self._running: dict[WorkerProcess, _Assignment[P, R]] = {}
        self._mourners: set[asyncio.Task[None]] = set()
        self._waited, self._ran = Durations(), Durations()
        self._last_live = -math.inf
        self._reserve_check: asyncio.TimerHandle | None = None
        self._closed = True

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def start(self) -> None:
        """Start the workers, the last of them when the first is ready. Needs a running event loop."""
        self._closed = False
        self._crew.fill()

    async def run(
        self,
        payload: P,
        *,
        priority: Priority = Priority.LIVE,
        key: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the job's deadline on its worker, not the caller's
    ) -> R:
        """Run the task on `payload` in a worker and return its result.

        Calls with an equal `key` share one execution while it is queued or running; its deadline is the first
        caller's. A caller that is cancelled leaves the others alone; a queued job that nobody waits for is dropped,
        a running one is finished. The wait in the queue has no limit of its own: cancel the call (`asyncio.timeout`)
        to leave. The payload must not be changed until the call returns.

        Raises what the task raised, with the worker's traceback as its cause; QueueFull, RenderTimeout,
        WorkerCrashed, WorkersUnavailable, FarmClosed; TaskFailed if the answer could not travel.
        """
        if self._closed:
            raise FarmClosed
        if self._crew.hopeless:
            raise self._unavailable()
        if priority is Priority.LIVE:
            self._last_live = time.monotonic()
        job = self._intake.accept(payload, priority, key, self._timeout if timeout is None else timeout)
        waiter: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        job.waiters.add(waiter)
        self._dispatch()
        try:
            return await waiter
        finally:
            self._intake.leave(job, waiter)

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109 - a limit on the wait, not a cancellation
        """Refuse new jobs and wait until the accepted ones are done; False if `timeout` seconds were not enough."""
        self._closed = True
        try:
            async with asyncio.timeout(timeout):
                await self._intake.quiet.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """End all workers at once and wait until they are gone; jobs that are not done raise FarmClosed."""
        self._closed = True
        if self._reserve_check is not None:
            self._reserve_check.cancel()
        self._queue.clear()
        for assignment in self._running.values():
            assignment.deadline.cancel()
        self._running.clear()
        self._idle.clear()
        for job in list(self._intake.unfinished):
            job.fail(FarmClosed)
            self._intake.finish(job)
        await self._crew.stop()
        if self._mourners:
            await asyncio.wait(self._mourners)

    def stats(self) -> FarmStats:
        """Counters and gauges as they stand."""
        return FarmStats(
            queued_live=self._queue.waiting(Priority.LIVE),
            queued_batch=self._queue.waiting(Priority.BATCH),
            running=len(self._running),
            workers=self._crew.alive,
            ready=self._crew.ready,
            counters=self._counters,
            waited=self._waited.snapshot(),
            ran=self._ran.snapshot(),
        )

    def health(self) -> FarmHealth:
        """Whether jobs can be run, and what keeps workers from starting if not."""
        crew = self._crew
        return FarmHealth(crew.ready > 0, crew.ready, crew.size, crew.startup_failures, crew.problem)

    def worker_pids(self) -> list[int]:
        """Process ids of the workers, oldest first."""
        return self._crew.pids()

    # ------------------------------------------------------------------ handing them out

    def _dispatch(self) -> None:
        while self._idle:
            job = self._queue.pop(batch=self._batch_may_run())
            if job is None:
                return
            self._assign(self._idle.pop(), job)

    def _retry_after(self, priority: Priority) -> int:
        """Seconds, at least 1, until the jobs that are ahead now will be done."""
        ahead = self._queue.waiting(Priority.LIVE) + len(self._running)
        if priority is Priority.BATCH:
            ahead += self._queue.waiting(Priority.BATCH)
        return max(1, math.ceil(ahead * (self._ran.recent or _GUESSED_DURATION) / self._crew.size))

    def _batch_may_run(self) -> bool:
        if not self._reserve:
            return True
        remaining = self._last_live + _RESERVE_SECONDS - time.monotonic()
        running = sum(a.job.priority is Priority.BATCH for a in self._running.values())
        if remaining <= 0 or running < self._crew.size - self._reserve:
            return True
        if self._reserve_check is None and self._queue.waiting(Priority.BATCH):
            self._reserve_check = asyncio.get_running_loop().call_later(remaining, self._lift_reserve)
        return False

    def _lift_reserve(self) -> None:
        self._reserve_check = None
        self._dispatch()

    def _assign(self, worker: WorkerProcess, job: Job[P, R]) -> None:
        try:
            worker.send(job.sequence, job.payload)
        except Exception as error:  # the payload cannot be pickled, or not written: the caller's error
            self._idle.append(worker)
            failure = TaskFailed(type(error).__qualname__, f"the payload cannot be sent to a worker: {error}")
            job.fail(lambda: failure)
            self._intake.finish(job)
            return
        job.started_at = time.monotonic()
        deadline = asyncio.get_running_loop().call_later(job.timeout, self._expired, worker)
        self._running[worker] = _Assignment(job, deadline)
        if not job.retried:
            self._waited.add(job.started_at - job.queued_at)

    def _release(self, worker: WorkerProcess) -> Job[P, R] | None:
        """Take the job from a worker, and the worker from wherever it was."""
        if worker in self._idle:
            self._idle.remove(worker)
        assignment = self._running.pop(worker, None)
        if assignment is None:
            return None
        assignment.deadline.cancel()
        return assignment.job

    # ------------------------------------------------------------------ what workers do

    def _worker_ready(self, worker: WorkerProcess) -> None:
        self._idle.insert(0, worker)
        for other in [other for other in self._idle if self._crew.may_leave(other)]:
            self._idle.remove(other)
            self._crew.dismiss(other)
        self._dispatch()

    def _answered(self, worker: WorkerProcess, frame: Frame) -> None:
        job = self._release(worker)
        if job is None or job.sequence != frame.sequence:
            return  # it was killed in the same turn of the loop
        self._ran.add(time.monotonic() - job.started_at)
        self._settle(job, worker, frame)
        self._intake.finish(job)
        self._crew.recycle_if_worn(worker, frame.rss)
        if self._crew.may_leave(worker):
            self._crew.dismiss(worker)
        else:
            self._idle.append(worker)
        self._dispatch()

    def _settle(self, job: Job[P, R], worker: WorkerProcess, frame: Frame) -> None:
        try:
            value = unpack(worker.exchange, frame)
        except Exception as error:  # whatever a result's own unpickling raises
            failure = TaskFailed(type(error).__qualname__, f"the result cannot be read: {error}")
            job.fail(lambda: failure)
        else:
            if frame.kind is Kind.RESULT:
                self._counters.completed += 1
                job.succeed(cast(R, value))
                return
            report = cast(Failure, value)
            job.fail(lambda: _revive(report))
        self._counters.failed += 1

    def _expired(self, worker: WorkerProcess) -> None:
        job = self._release(worker)
        worker.kill()
        self._crew.replace(worker)
        if job is not None:
            self._counters.timeouts += 1
            log.warning("a render was stopped after %g s and its process replaced", job.timeout)
            job.fail(lambda: RenderTimeout(job.timeout))
            self._intake.finish(job)

    def _worker_lost(self, worker: WorkerProcess) -> None:
        job = self._release(worker)
        started = job is not None and worker.exchange.has_started(job.sequence)
        if job is None and worker.jobs_taken == 0:
            self._crew.startup_failures += 1  # died before it was of any use: do not restart it in a tight loop
        funeral = self._crew.replace(worker)
        if job is None:
            return
        if not started and not job.retried and self._intake.put_back(job):
            self._dispatch()
            return
        self._counters.crashes += 1
        mourner = asyncio.get_running_loop().create_task(self._report_crash(job, funeral))
        self._mourners.add(mourner)
        mourner.add_done_callback(self._mourners.discard)

    async def _report_crash(self, job: Job[P, R], funeral: asyncio.Task[int]) -> None:
        code = await funeral
        log.error("a render process died under its job: %s", WorkerCrashed(code))
        job.fail(lambda: WorkerCrashed(code))
        self._intake.finish(job)

    def _give_up_waiting(self) -> None:
        for job in self._queue.clear():
            job.fail(self._unavailable)
            self._intake.finish(job)

    def _unavailable(self) -> WorkersUnavailable:
        return WorkersUnavailable(self._crew.problem or "unknown", _UNAVAILABLE_RETRY_AFTER)


def _available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _revive(report: Failure) -> BaseException:
    """The task's own error again, or a TaskFailed with its words if it did not survive the journey."""
    error: object = None
    if report.pickled is not None:
        try:
            error = pickle.loads(report.pickled)  # noqa: S301 - our own child
        except Exception:  # an exception class that cannot be rebuilt from its arguments is common
            error = None
    if not isinstance(error, Exception) or isinstance(error, StopIteration):  # no future accepts the latter
        error = TaskFailed(report.kind, report.message)
    error.__cause__ = RemoteTraceback(report.traceback)
    return error
