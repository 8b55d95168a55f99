"""CPU time and peak memory of a server and of its render processes, also of those that have ended meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_LOOK_SECONDS = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Seen:
    """What one process has used: CPU seconds of its own, and the most memory it ever held, in MB."""

    name: str
    cpu_seconds: float
    peak_megabytes: float


@dataclass(slots=True)
class Watch:
    """Processes by id. CPU time counts from the first look on, peaks from the start of the process."""

    server: int
    seen: dict[int, Seen] = field(default_factory=dict)
    _before: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Read the kernel's numbers once."""
        for pid in (self.server, *children_of(self.server)):
            try:
                cpu, peak = _cpu_seconds(pid), _peak_megabytes(pid)
            except (OSError, ValueError):  # it ended at this moment
                continue
            if pid not in self.seen:
                name = "server" if pid == self.server else f"render process {len(self.seen)}"
                self.seen[pid] = Seen(name, 0.0, 0.0)
                self._before[pid] = cpu
            self.seen[pid].cpu_seconds = cpu - self._before[pid]
            self.seen[pid].peak_megabytes = peak


def children_of(pid: int) -> list[int]:
    """Processes that a process has started, oldest first."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return sorted(found)


@contextmanager
def watching(server: int) -> Iterator[Watch]:
    """Look again and again, and once more at the end."""
    watch, stop = Watch(server), threading.Event()
    watch.look()

    def keep_looking() -> None:
        while not stop.wait(_LOOK_SECONDS):
            watch.look()

    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
        watch.look()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError("a process that has ended holds no memory")
