"""Circuit breakers: an origin that keeps failing is left alone, but for one probe every few seconds.

    closed ── five failures in a row ──► open ── some seconds ──► one probe ──┬─ success ─► closed
                                           ▲                                  │
                                           └────── failure, twice the wait ───┘

Only what tells of the origin's health counts: no connection, no answer in time, a broken answer, a status of 5xx. A 404
or too large a body is an answer. Michael Nygard, Release It!, names the pattern.
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

_FAILURES: Final = 5  # in a row, after which an origin counts as down
_FIRST_WAIT: Final = 2.0  # seconds until the first probe
_LONGEST_WAIT: Final = 15.0
_ORIGINS: Final = 4096


@dataclass(slots=True)
class _Circuit:
    """What is known of one origin. `epoch` tells requests begun in one state from those of another."""

    failures: int = 0
    epoch: int = 0
    wait: float = _FIRST_WAIT
    probe_at: float | None = None  # None: closed
    probing: bool = False


class Attempt:
    """One request on its way; it says what became of it, or nothing if it was given up."""

    __slots__ = ("epoch", "healthy", "probe")

    def __init__(self, epoch: int, *, probe: bool) -> None:
        self.epoch = epoch
        self.probe = probe
        self.healthy: bool | None = None


class Breakers:
    """One circuit an origin. `clock` counts seconds from anywhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._circuits: LRUCache[Origin, _Circuit] = LRUCache(_ORIGINS)

    @property
    def open(self) -> int:
        """How many origins are left alone at this moment."""
        return sum(circuit.probe_at is not None for circuit in self._circuits.values())

    def check(self, origin: Origin) -> None:
        """Raises CircuitOpen while the origin is down and there is nothing to probe yet."""
        circuit = self._circuits.get(origin)
        if (
            circuit is not None
            and circuit.probe_at is not None
            and (circuit.probing or self._clock() < circuit.probe_at)
        ):
            raise CircuitOpen

    @contextmanager
    def attempt(self, origin: Origin) -> Iterator[Attempt]:
        """Around one request: set `healthy` of what is given, and the circuit learns from it.

        Raises:
            CircuitOpen: the origin is down, and it is not this request's turn to probe.
        """
        self.check(origin)
        circuit = self._circuits.get(origin)
        if circuit is None:
            circuit = self._circuits[origin] = _Circuit()
        circuit.probing = circuit.probe_at is not None
        attempt = Attempt(circuit.epoch, probe=circuit.probing)
        try:
            yield attempt
        finally:
            self._learn(circuit, attempt)

    def _learn(self, circuit: _Circuit, attempt: Attempt) -> None:
        if attempt.probe:
            circuit.probing = False
        if attempt.healthy is None:
            return
        if attempt.healthy:
            if circuit.probe_at is not None:
                # Failures of requests that were begun before say nothing about the origin of now.
                circuit.epoch += 1
            circuit.failures, circuit.wait, circuit.probe_at = 0, _FIRST_WAIT, None
        elif attempt.probe:
            circuit.wait = min(2 * circuit.wait, _LONGEST_WAIT)
            circuit.probe_at = self._clock() + circuit.wait
        elif attempt.epoch == circuit.epoch and circuit.probe_at is None:
            circuit.failures += 1
            if circuit.failures >= _FAILURES:
                circuit.epoch += 1
                circuit.probe_at = self._clock() + circuit.wait
