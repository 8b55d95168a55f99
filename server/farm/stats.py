"""Counters of the farm, in the shape that a metrics page wants."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds; upper bounds of the buckets
_SMOOTHING = 0.1  # weight of the newest duration in the moving average


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations in seconds; `buckets` counts those up to each of `BOUNDS` and then the longer ones, not cumulated."""

    buckets: tuple[int, ...]
    count: int
    total: float


class Durations:
    """Collects durations into a histogram and a moving average."""

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._total = 0.0
        self.recent: float | None = None

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._total += seconds
        self.recent = seconds if self.recent is None else self.recent + _SMOOTHING * (seconds - self.recent)

    def snapshot(self) -> Histogram:
        """The histogram as it stands."""
        return Histogram(tuple(self._buckets), sum(self._buckets), self._total)


@dataclass(slots=True)
class Counters:
    """What has happened since the farm started."""

    completed: int = 0  # jobs that gave a result
    failed: int = 0  # jobs whose task raised
    timeouts: int = 0
    crashes: int = 0  # jobs that lost their worker
    rejected: int = 0  # calls refused because the queue was full
    shared: int = 0  # calls that joined the execution of an equal key
    abandoned: int = 0  # jobs dropped from the queue because nobody waited any more
    restarts: int = 0  # workers replaced after they died or were killed
    recycled: int = 0  # workers replaced because of age or memory


@dataclass(frozen=True, slots=True)
class FarmStats:
    """A snapshot of the farm."""

    queued_live: int
    queued_batch: int
    running: int
    workers: int  # processes that exist, with those that start or retire
    ready: int  # processes that can take or hold a job
    counters: Counters
    waited: Histogram  # from the call to the start on a worker
    ran: Histogram  # from the start on a worker to the answer


@dataclass(frozen=True, slots=True)
class FarmHealth:
    """Whether the farm can work: `ok` is false while no worker is ready. `problem` is the last start-up failure."""

    ok: bool
    ready: int
    wanted: int
    startup_failures: int  # in a row, without a success between
    problem: str | None
