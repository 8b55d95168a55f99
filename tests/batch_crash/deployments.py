"""Signet's processes over one data folder and one database: each can be killed, and is started again then."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from loadtests.watching import children_of
from server.edge import free_loopback_address
from tests.batch_crash.faulty_task import noted
from tests.databases import PostgreSQL
from tests.server.live_server import API_KEY, REPOSITORY, wait_until, write_template

RENDERERS = 2
TEMPLATE = """\
[variables.title]
type = "text"
required = true
[variables.pause]
type = "number"
default = 0
[variables.fault]
type = "text"
default = ""
"""


class Deployment:
    """The embedded engine: a server with its render processes, and PostgreSQL if it keeps its ledger there.

    `kills` are what may happen to it, by name; after each of them everything runs again.
    """

    def __init__(self, folder: Path, database: PostgreSQL | None, draw: random.Random) -> None:
        self.folder = folder
        self.address = free_loopback_address()
        self.deaths = 0
        self._database = database
        self._draw = draw
        self._server: subprocess.Popen[bytes] | None = None
        write_template(folder / "templates" / "card", "<body>{{ title }}</body>", TEMPLATE)

    @property
    def kills(self) -> Mapping[str, Callable[[], None]]:
        """What may happen."""
        mine = {"server": self.kill_server, "render process": self.kill_renderer}
        return mine if self._database is None else {**mine, "database": self.kill_database}

    @property
    def uploads(self) -> Path:
        """Where uploads lie until they are read."""
        return self.folder / "data" / "batches"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        host, _, port = self.address.rpartition(":")
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "SIGNET_HOST": host,
            "SIGNET_PORT": port,
            "SIGNET_DATA_DIR": str(self.folder / "data"),
            "SIGNET_TEMPLATES_DIR": str(self.folder / "templates"),
            "SIGNET_RENDERERS": str(RENDERERS),
            "SIGNET_API_KEYS": API_KEY,
        }
        if self._database is not None:
            environment["SIGNET_DATABASE_URL"] = self._database.url("crash")
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.batch_crash"], env=environment, cwd=self.folder, stdout=log, stderr=log
            )
        wait_until(lambda: self.is_dead or self.answers())
        assert not self.is_dead, (self.folder / "log").read_text()[-3000:]

    @property
    def is_dead(self) -> bool:
        """Whether the server has ended, whoever ended it."""
        return self._server is None or self._server.poll() is not None

    def answers(self) -> bool:
        """Whether the server listens and has its services."""
        try:
            return httpx.get(f"http://{self.address}/livez", trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def end(self) -> None:
        """SIGKILL to the server and, as they have groups of their own, to its render processes."""
        if self._server is None:
            return
        family = [self._server.pid]
        if self._server.poll() is None:
            family += children_of(self._server.pid)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.wait(20)
        self._server = None

    def kill_server(self) -> None:
        """And start it again."""
        self.end()
        self.start()

    def kill_renderer(self) -> None:
        """One of them; the server itself starts another one."""
        assert self._server is not None
        family = children_of(self._server.pid)
        if family:  # else they were killed a moment ago
            with suppress(ProcessLookupError):
                os.kill(self._draw.choice(family), signal.SIGKILL)

    def kill_database(self) -> None:
        """And start it again after a moment."""
        assert self._database is not None
        self._database.kill()
        time.sleep(self._draw.uniform(0.0, 0.5))
        self._database.start()

    def revive(self) -> bool:
        """Start the server again if a row has killed it; whether it has."""
        if not self.is_dead:
            return False
        self.deaths += 1
        self.end()
        self.start()
        return True

    def renders(self) -> list[str]:
        """The titles of all renders that were begun so far."""
        return list(noted(self.folder))


@contextmanager
def running_deployment(folder: Path, database: PostgreSQL | None, draw: random.Random) -> Iterator[Deployment]:
    """A deployment that runs; all of it ends with the test."""
    if database is not None:
        database.new_database("crash")
    deployment = Deployment(folder, database, draw)
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.end()
