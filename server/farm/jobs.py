"""A job and the queue of jobs that wait for a worker."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, TypeVar

P = TypeVar("P")
R = TypeVar("R")


class Priority(IntEnum):
    """Who waits: a person or crawler behind a URL, or a batch."""

    LIVE = 0
    BATCH = 1


@dataclass(eq=False, slots=True)
class Job(Generic[P, R]):
    """One execution of the task, and everybody who waits for it."""

    sequence: int
    payload: P
    priority: Priority
    key: str | None
    timeout: float
    queued_at: float
    started_at: float = 0.0
    retried: bool = False
    waiters: set[asyncio.Future[R]] = field(default_factory=set)

    def succeed(self, result: R) -> None:
        """Give every waiter the result."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(result)

    def fail(self, error: Callable[[], BaseException]) -> None:
        """Give every waiter an error of its own: a shared one would collect the traceback of each who raises it."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_exception(error())


class JobQueue(Generic[P, R]):
    """Live jobs before batch jobs, each kind in order of arrival and with its own room.

    Because the rooms are separate, no number of batch jobs can refuse a live one.
    """

    def __init__(self, live_limit: int, batch_limit: int) -> None:
        self._limits = (live_limit, batch_limit)
        self._lanes: tuple[OrderedDict[Job[P, R], None], ...] = (OrderedDict(), OrderedDict())

    def __contains__(self, job: Job[P, R]) -> bool:
        return job in self._lanes[job.priority]

    def waiting(self, priority: Priority) -> int:
        """How many jobs of this priority wait."""
        return len(self._lanes[priority])

    def limit(self, priority: Priority) -> int:
        """How many jobs of this priority may wait."""
        return self._limits[priority]

    def is_full(self, priority: Priority) -> bool:
        """Whether one more job of this priority must be refused."""
        return len(self._lanes[priority]) >= self._limits[priority]

    def push(self, job: Job[P, R]) -> None:
        """Add at the end of its lane. The limit is the caller's business: it decides what a refusal looks like."""
        self._lanes[job.priority][job] = None

    def push_front(self, job: Job[P, R]) -> None:
        """Put back a job that had its turn already."""
        self.push(job)
        self._lanes[job.priority].move_to_end(job, last=False)

    def pop(self, *, batch: bool) -> Job[P, R] | None:
        """The next job; a batch job only if `batch` allows it."""
        for lane in self._lanes if batch else self._lanes[:1]:
            if lane:
                return lane.popitem(last=False)[0]
        return None

    def promote(self, job: Job[P, R]) -> None:
        """Make a waiting batch job a live one."""
        self.remove(job)
        job.priority = Priority.LIVE
        self.push(job)

    def remove(self, job: Job[P, R]) -> None:
        """Forget a waiting job."""
        del self._lanes[job.priority][job]

    def clear(self) -> list[Job[P, R]]:
        """Take out every job."""
        jobs = [job for lane in self._lanes for job in lane]
        for lane in self._lanes:
            lane.clear()
        return jobs
