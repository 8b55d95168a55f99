"""What is seen of a batch while it runs: on a terminal one line that changes, elsewhere a line now and then."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from typing import Final, TextIO

from server.commands.batch.answers import Job
from server.commands.batch.telling import duration_text

_DRAW_SECONDS: Final = 0.1
_LINE_SECONDS: Final = 5.0
_WIDEST_BAR: Final = 30
_NARROWEST_BAR: Final = 8
_CLEAR: Final = "\r\x1b[K"


class Display:
    """Writes to one stream. Nothing that commands a terminal is written to anything else."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._moves = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._blocks = "█░" if _takes(stream, "█░") else "#-"
        self._drawn = ""
        self._written_at = -_LINE_SECONDS
        self._trouble = ""

    def show(self, job: Job) -> None:
        """Tell how far the batch is. May take a moment, so that nothing flickers and what is shown is never old."""
        self._trouble = ""
        if job.finished:
            return
        due = self._written_at + (_DRAW_SECONDS if self._moves else _LINE_SECONDS) - self._clock()
        if self._moves:
            time.sleep(max(due, 0))
            self._drawn = bar(job, _columns(), self._blocks)
            self._write(f"{_CLEAR}{self._drawn}")
        elif due <= 0:
            self._write(f"{progress(job)}\n")
        else:
            return
        self._written_at = self._clock()

    def say(self, line: str) -> None:
        """A line that stays, above the one that changes."""
        self._write(f"{_CLEAR if self._drawn else ''}{line}\n{self._drawn}")

    def trouble(self, words: str) -> None:
        """The server is lost for a while; told once until it is back."""
        if words != self._trouble:
            self._trouble = words
            self.say(f"{words} Trying again.")

    def close(self) -> None:
        """Take the line away that changes."""
        if self._drawn:
            self._write(_CLEAR)
        self._drawn = ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def bar(job: Job, columns: int, blocks: str = "█░") -> str:
    """The state of a batch on one line of at most so many characters."""
    text, counts = progress(job), job.counts
    width = min(_WIDEST_BAR, columns - len(text) - 1)
    if width < _NARROWEST_BAR or job.status == "validating":
        return text[:columns]
    filled = width * counts.done // counts.total if counts.total else 0
    return f"{blocks[0] * filled}{blocks[1] * (width - filled)} {text}"


def progress(job: Job) -> str:
    """The state of a batch in words."""
    counts = job.counts
    if job.status == "validating":
        parts = [f"{counts.total:,} rows read"]
    else:
        share = 100 * counts.done // counts.total if counts.total else 0
        parts = [f"{share}%", f"{counts.done:,}/{counts.total:,} rows"]
    if job.status in ("in_progress", "cancelling"):
        parts += [f"{job.rate:.0f}/s"] if job.rate else []
    if job.status == "finalizing":
        parts += [f"{number:,} {name}" for name, number in _finishing(job) if number]
    if job.status not in ("validating", "in_progress"):
        parts.append(job.status.replace("_", " "))
    if job.eta_seconds is not None:
        parts.append(f"{duration_text(job.eta_seconds)} left")
    if counts.failed:
        parts.append(f"{counts.failed:,} failed")
    return ", ".join(parts)


def _finishing(job: Job) -> list[tuple[str, int]]:
    return [("exported", job.counts.exported), ("warm at the edge", job.counts.warmed)]


def _columns() -> int:
    return max(10, shutil.get_terminal_size().columns - 1)  # the last column would begin another line


def _takes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
