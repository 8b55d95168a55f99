"""CPU time of single calls, and the table that benchmarks print."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a result: what was measured, the value with its unit, the goal or an empty text."""

    what: str
    value: str
    goal: str = ""


def cpu_milliseconds(call: Callable[[], object]) -> float:
    """CPU time, of all threads, that one call takes in this process."""
    started = time.process_time_ns()
    call()
    return (time.process_time_ns() - started) / 1e6


def median_cpu(call: Callable[[int], object], count: int, *, warm_up: int = 10) -> float:
    """Median CPU time of `call(number)` in ms, with another number each time."""
    for number in range(warm_up):
        call(number)
    return statistics.median(
        cpu_milliseconds(lambda number=number: call(number)) for number in range(warm_up, warm_up + count)
    )


def markdown(rows: Iterable[Row], heading: str) -> str:
    """A section with a table."""
    lines = [f"### {heading}", "", "| | measured | goal |", "|---|---:|---:|"]
    lines += [f"| {row.what} | {row.value} | {row.goal} |" for row in rows]
    return "\n".join(lines) + "\n"
