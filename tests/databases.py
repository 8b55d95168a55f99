"""Databases for tests: SQLite in a file, and a PostgreSQL of its own for each test session."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine, text

from loadtests.backing import START_SECONDS, Cluster, new_cluster, postgresql_programs, wait_for_postgresql

__all__ = ["PostgreSQL", "postgresql_programs", "running_postgresql"]


class PostgreSQL:
    """A running server; it may be killed and started again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.start()

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        # Those that serve connections would notice soon, but until then nobody else may open the data.
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (self.process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)

    def start(self) -> None:
        """Start it, also after it was killed, and wait until it answers."""
        self.process = subprocess.Popen(self._cluster.command, cwd="/")
        wait_for_postgresql(self.url("postgres"), self.process)

    def url(self, name: str) -> str:
        return self._cluster.url(name)

    def new_database(self, name: str) -> str:
        """The URL of an empty database."""
        self._order(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._order(f"CREATE DATABASE {name}")
        return self.url(name)

    def disconnect(self, name: str) -> None:
        """End all connections to a database."""
        self._order("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name", name=name)

    def admit(self, name: str, admitted: bool) -> None:
        """Let nobody connect to a database any more, or again."""
        self._order(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {admitted}")

    def _order(self, statement: str, **values: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement), values)
        engine.dispose()


@contextmanager
def running_postgresql(programs: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL in a folder of its own on a free port of loopback."""
    with new_cluster(programs) as cluster:
        server = PostgreSQL(cluster)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)  # which, unlike SIGTERM, does not wait for its clients
            server.process.wait(START_SECONDS)
