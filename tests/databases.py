"""Databases for tests: SQLite in a file, and a PostgreSQL of its own for each test session."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from server.edge import free_loopback_address

START_SECONDS = 30.0


def postgresql_programs() -> Path | None:
    """The folder of initdb and postgres: Debian keeps it off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    program = shutil.which("postgres")
    return Path(program).resolve().parent if program and shutil.which("initdb") else None


@dataclass(slots=True)
class PostgreSQL:
    """A running server; it may be killed and started again."""

    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        # Those that serve connections would notice soon, but until then nobody else may open the data.
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (self.process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)

    def start(self) -> None:
        """Start it again after it was killed, and wait until it answers."""
        command = self.process.args
        assert isinstance(command, list)
        self.process = subprocess.Popen(command, cwd="/")
        _wait(self)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://tests@127.0.0.1:{self.port}/{name}"

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
    """A PostgreSQL in a folder of its own on a free port of loopback. It refuses to run as root."""
    as_other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="signet-postgresql-") as name:
        folder = Path(name)
        if as_other:
            account = pwd.getpwnam("nobody")
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        initdb = [*as_other, str(programs / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        port = int(free_loopback_address().partition(":")[2])
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "log_min_messages=fatal"]
        process = subprocess.Popen([*as_other, str(programs / "postgres"), "-D", str(data), *options], cwd=folder)
        server = PostgreSQL(port, process)
        try:
            _wait(server)
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)  # which, unlike SIGTERM, does not wait for its clients
            server.process.wait(30)


def _wait(server: PostgreSQL) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert server.process.poll() is None, "PostgreSQL ended"
        engine = create_engine(server.url("postgres"))
        try:
            with engine.connect():
                return
        except Exception:
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)
        finally:
            engine.dispose()
