"""Signet's programs as processes that can be killed with all that they have started."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from loadtests.watching import children_of
from tests.server.live_server import REPOSITORY, wait_until


class Program:
    """A server or a worker with its render processes."""

    def __init__(self, kind: str, folder: Path, environment: Mapping[str, str], is_ready: Callable[[], bool]) -> None:
        """`folder` becomes its working folder, which is where it notes what it renders."""
        self.log = folder / f"{kind}.log"
        self._command = [sys.executable, "-m", "tests.batch_crash", kind]
        self._folder = folder
        self.environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **environment}
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_dead(self) -> bool:
        """Whether it has ended, whoever ended it."""
        return self._process is None or self._process.poll() is not None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self.environment, cwd=self._folder, stdout=log, stderr=log
            )
        wait_until(lambda: self.is_dead or self._is_ready())
        assert not self.is_dead, self.log.read_text()[-3000:]

    def kill(self) -> None:
        """SIGKILL to it and, as they have groups of their own, to its render processes."""
        if self._process is None:
            return
        family = [self._process.pid]
        if self._process.poll() is None:
            family += children_of(self._process.pid)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(20)
        self._process = None

    def kill_child(self, draw: random.Random) -> None:
        """SIGKILL to one of its render processes, if there is one at this moment."""
        assert self._process is not None
        family = children_of(self._process.pid)
        if family:
            with suppress(ProcessLookupError):
                os.kill(draw.choice(family), signal.SIGKILL)
