"""Circuit breakers: an origin that keeps failing is left alone, but for one probe every few seconds.

    closed ── three failures in a row ──► open ── 5 s ──► one probe ──┬─ success ─► closed
                                            ▲                         │
                                            └──── failure: 10 s ──────┘

Only what tells of the origin's health counts: no connection, no answer in time, a broken answer, a status of 5xx. A 404
or too large a body is an answer. A request that was given up by whoever asked counts neither way. A failure counts only
if its request was begun after the last success: what was slow to fail says nothing about the origin of now. While the
circuit is open nobody but the probe has a say. Michael Nygard, Release It!, names the pattern.

An origin that answers 429 with Retry-After (RFC 6585 section 4) is left alone for that long, and closed afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from server.outgoing.errors import CircuitOpen

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_FAILURES: Final = 3  # in a row, after which an origin counts as down
_FIRST_WAIT: Final = 5.0  # seconds until the first probe
_LONGEST_WAIT: Final = 10.0
_LONGEST_PAUSE: Final = 30.0  # seconds for which an origin may ask to be left alone
_CLOSED: Final = 4096  # origins of which is known how they did
_OPEN: Final = 1024  # apart from those, so that none is forgotten because many others are well


class Attempt:
    """One request on its way. What became of it is told by `healthy`, None if nothing can be said.

    `pause` is for how many seconds the origin has asked to be left alone.
    """

    __slots__ = ("healthy", "number", "pause")

    def __init__(self, number: int) -> None:
        self.number = number
        self.healthy: bool | None = None
        self.pause = 0.0


@dataclass(slots=True)
class _Closed:
    """An origin that is asked. Failures of requests up to number `since` are out of date."""

    failures: int = 0
    since: int = 0


@dataclass(slots=True)
class _Open:
    """An origin that is left alone. `wait` is how long it was the last time; 0: it has asked for a pause itself."""

    until: float
    wait: float
    probe: Attempt | None = None


class Breakers:
    """One circuit an origin. `clock` counts seconds from anywhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed: LRUCache[Origin, _Closed] = LRUCache(_CLOSED)
        self._open: LRUCache[Origin, _Open] = LRUCache(_OPEN)
        self._begun = 0

    @property
    def open(self) -> int:
        """How many origins are left alone at this moment, or were until nobody asked them any more."""
        return len(self._open)

    def check(self, origin: Origin) -> None:
        """Pass if the origin may be asked now.

        Raises:
            CircuitOpen: it is down or has asked for a pause, and it is not time to probe.
        """
        circuit = self._open.get(origin)
        if circuit is None:
            return
        if circuit.probe is not None or self._clock() < circuit.until:
            raise CircuitOpen(paused=not circuit.wait)
        if not circuit.wait:
            del self._open[origin]

    @contextmanager
    def attempt(self, origin: Origin, *, insistent: bool = False) -> Iterator[Attempt]:
        """Around one request: say what became of it by what is given, and the circuit learns from it.

        Raises:
            CircuitOpen: see `check`; never if the request is `insistent`.
        """
        if not insistent:
            self.check(origin)
        self._begun += 1
        attempt = Attempt(self._begun)
        circuit = self._open.get(origin)
        if circuit is not None and circuit.wait and circuit.probe is None:
            circuit.probe = attempt
        try:
            yield attempt
        finally:
            self._learn(origin, attempt)

    def _learn(self, origin: Origin, attempt: Attempt) -> None:
        circuit = self._open.get(origin)
        if circuit is not None and circuit.wait:
            if circuit.probe is not attempt:
                return
            circuit.probe = None
            if attempt.healthy:
                del self._open[origin]
            elif attempt.healthy is False:
                circuit.wait = min(2 * circuit.wait, _LONGEST_WAIT)
                circuit.until = self._clock() + circuit.wait
        if attempt.healthy:
            self._closed[origin] = _Closed(since=self._begun)
            if attempt.pause > 0:
                self._open[origin] = _Open(self._clock() + min(attempt.pause, _LONGEST_PAUSE), 0.0)
        elif attempt.healthy is False and (circuit is None or not circuit.wait):
            self._count_failure(origin, attempt)

    def _count_failure(self, origin: Origin, attempt: Attempt) -> None:
        closed = self._closed.get(origin)
        if closed is None:
            closed = self._closed[origin] = _Closed()
        if attempt.number <= closed.since:
            return
        closed.failures += 1
        if closed.failures >= _FAILURES:
            del self._closed[origin]
            self._open[origin] = _Open(self._clock() + _FIRST_WAIT, _FIRST_WAIT)
