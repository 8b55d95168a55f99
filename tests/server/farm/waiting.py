"""Waiting for what other processes do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until the condition holds."""
    while not condition():  # noqa: ASYNC110 - what is waited for happens in other processes and sets no event
        await asyncio.sleep(0.002)


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def are_gone(*pids: int) -> bool:
    """Whether none of the processes runs."""
    return not any(map(is_running, pids))


class Gate:
    """What `tasks.wait_for_file` waits for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> None:
        """Let the waiting tasks go on."""
        self.path.touch()

    def passed(self) -> list[str]:
        """Names of the tasks that have begun, in order."""
        log = self.path.with_suffix(".log")
        return log.read_text().split() if log.exists() else []

    async def until_begun(self, count: int) -> list[str]:
        """Wait for so many tasks to begin; gives their names."""
        await until(lambda: len(self.passed()) >= count)
        return self.passed()
