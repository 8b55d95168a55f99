"""CPU time of single calls, memory of processes, and the table that benchmarks print."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path


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
    numbers = range(warm_up, warm_up + count)
    return statistics.median(cpu_milliseconds(partial(call, number)) for number in numbers)


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def markdown(rows: Iterable[Row], heading: str) -> str:
    """A section with a table."""
    lines = [f"### {heading}", "", "| | measured | goal |", "|---|---:|---:|"]
    lines += [f"| {row.what} | {row.value} | {row.goal} |" for row in rows]
    return "\n".join(lines) + "\n"
