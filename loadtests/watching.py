"""CPU time and peak memory of programs and of the processes they start, also of those that have ended meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from loadtests.measuring import resident_megabytes

_LOOK_SECONDS = 0.2
_LOOKS_A_SHARE = 10  # to tell proportional memory the kernel walks through all of it
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Seen:
    """CPU seconds that were used, and the most memory that was ever held, in MB."""

    name: str
    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0


class Watch:
    """What has been seen so far. CPU time counts from the first look on.

    Programs and their render processes are told one by one, with peaks from the start of each process. A service is
    told as one with all processes that it starts: they share most of their memory, so its peak is of the sum of
    proportional shares (PSS), as often as was looked.
    """

    def __init__(self, programs: Mapping[str, int], services: Mapping[str, int] | None = None) -> None:
        """Both by their names."""
        self._programs = programs
        self._services = services or {}
        self._seen: dict[int, Seen] = {}
        self._shared = {name: Seen(name) for name in self._services}
        self._cpu: dict[int, float] = {}
        self._looks = 0

    @property
    def seen(self) -> list[Seen]:
        """Programs with the processes of each, then services."""
        order = [*self._programs, *self._services]
        found = [*self._seen.values(), *self._shared.values()]
        return sorted(found, key=lambda seen: order.index(seen.name.partition(": ")[0]))

    def look(self) -> None:
        """Read the kernel's numbers once."""
        for name, parent in self._programs.items():
            for pid in _family(parent):
                self._look_at(name, parent, pid)
        for name, parent in self._services.items():
            for pid in _family(parent):
                self._shared[name].cpu_seconds += self._more_cpu(pid)
            if self._looks % _LOOKS_A_SHARE == 0:
                peak = max(self._shared[name].peak_megabytes, sum(map(_proportional_megabytes, _family(parent))))
                self._shared[name].peak_megabytes = peak
        self._looks += 1

    def resident(self) -> dict[str, float]:
        """What each program holds at this moment in MB, without its render processes."""
        return {name: resident_megabytes(pid) for name, pid in self._programs.items()}

    def _look_at(self, program: str, parent: int, pid: int) -> None:
        try:
            peak = _peak_megabytes(pid)
        except (OSError, ValueError):  # it ended at this moment
            return
        if pid not in self._seen:
            number = sum(seen.name.startswith(f"{program}: ") for seen in self._seen.values()) + 1
            self._seen[pid] = Seen(program if pid == parent else f"{program}: render process {number}")
        self._seen[pid].cpu_seconds += self._more_cpu(pid)
        self._seen[pid].peak_megabytes = peak

    def _more_cpu(self, pid: int) -> float:
        """CPU seconds since the look before. What is there at the first look of all has run before."""
        try:
            now = _cpu_seconds(pid)
        except OSError:
            return 0.0
        before = self._cpu.get(pid, 0.0 if self._looks else now)
        self._cpu[pid] = now
        return now - before


def children_of(pid: int) -> list[int]:
    """Processes that a process has started, oldest first."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # this thread has just ended
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


@contextmanager
def watching(programs: Mapping[str, int], services: Mapping[str, int] | None = None) -> Iterator[Watch]:
    """Look again and again, and once more at the end."""
    watch, stop = Watch(programs, services), threading.Event()
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


def _family(pid: int) -> list[int]:
    return [pid, *children_of(pid)]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_megabytes(pid: int) -> float:
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:") * 1024 / 1e6


def _proportional_megabytes(pid: int) -> float:
    try:
        return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") * 1024 / 1e6
    except (OSError, ValueError):  # it ended at this moment
        return 0.0


def _kilobytes(path: Path, name: str) -> int:
    """A number of a process. Raises OSError or ValueError if that has ended."""
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise ValueError("a process that has ended holds no memory")
