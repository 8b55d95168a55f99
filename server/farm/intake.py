"""What happens to a job before and after its run: joined with an equal one, refused, queued, dropped, finished."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic

from server.farm.errors import QueueFull
from server.farm.jobs import Job, JobQueue, P, Priority, R
from server.farm.stats import Counters


class Intake(Generic[P, R]):
    """Knows every job that is not finished. `retry_after` estimates, for a refusal, when there is room again."""

    def __init__(self, queue: JobQueue[P, R], counters: Counters, retry_after: Callable[[Priority], int]) -> None:
        self.unfinished: set[Job[P, R]] = set()
        self.quiet = asyncio.Event()  # set while nothing is queued or running
        self.quiet.set()
        self._queue = queue
        self._counters = counters
        self._retry_after = retry_after
        self._by_key: dict[str, Job[P, R]] = {}
        self._sequence = 0

    def accept(self, payload: P, priority: Priority, key: str | None, timeout: float) -> Job[P, R]:
        """A new queued job, or the unfinished one with the same key. Raises QueueFull."""
        job = self._by_key.get(key) if key is not None else None
        if job is None:
            return self._enqueue(payload, priority, key, timeout)
        if priority is Priority.LIVE and job.priority is Priority.BATCH and job in self._queue:
            self._refuse_if_full(Priority.LIVE)
            self._queue.promote(job)
        self._counters.shared += 1
        return job

    def leave(self, job: Job[P, R], waiter: asyncio.Future[R]) -> None:
        """One caller waits no longer; without any, a job that is still queued is dropped."""
        job.waiters.discard(waiter)
        if not job.waiters and job in self._queue:
            self._queue.remove(job)
            self._counters.abandoned += 1
            self.finish(job)

    def put_back(self, job: Job[P, R]) -> bool:
        """Queue a job again, once, whose worker died before it began; False if nobody waits for it any more."""
        job.retried = True
        if not job.waiters:
            return False
        self._queue.push_front(job)
        return True

    def finish(self, job: Job[P, R]) -> None:
        """The job has its result or error; the next call with its key runs anew."""
        self.unfinished.discard(job)
        if job.key is not None and self._by_key.get(job.key) is job:
            del self._by_key[job.key]
        if not self.unfinished:
            self.quiet.set()

    def _enqueue(self, payload: P, priority: Priority, key: str | None, timeout: float) -> Job[P, R]:
        self._refuse_if_full(priority)
        self._sequence += 1
        job: Job[P, R] = Job(self._sequence, payload, priority, key, timeout, time.monotonic())
        self._queue.push(job)
        self.unfinished.add(job)
        self.quiet.clear()
        if key is not None:
            self._by_key[key] = job
        return job

    def _refuse_if_full(self, priority: Priority) -> None:
        # Jobs leave the queue for an idle worker at once, so an idle farm refuses nothing even with one place.
        if self._queue.is_full(priority):
            self._counters.rejected += 1
            raise QueueFull(self._queue.limit(priority), self._retry_after(priority))
