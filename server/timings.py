"""How long the steps of one request took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Timings:
    """Named durations in the order in which the steps first began, for Server-Timing."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        self._seconds.setdefault(name, 0.0)
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] += time.perf_counter() - started

    def add(self, seconds: Mapping[str, float]) -> None:
        """Take over durations measured elsewhere, e.g. in a render process."""
        for name, duration in seconds.items():
            self._seconds[name] = self._seconds.get(name, 0.0) + duration

    def items(self) -> list[tuple[str, float]]:
        """Names and seconds."""
        return list(self._seconds.items())
