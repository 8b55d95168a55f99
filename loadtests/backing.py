"""PostgreSQL and Redis as Debian installs them, on free loopback ports, with nothing worth keeping.

Benchmarks run them; tests, which also kill them and start them again, take the commands from here.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotConnected
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from loadtests.servers import free_port

START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running server and where it is to be found."""

    url: str
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Cluster:
    """An empty PostgreSQL that can be started, as often as wanted."""

    command: list[str]
    port: int

    def url(self, name: str = "postgres") -> str:
        """Of a database."""
        return f"postgresql+psycopg://signet@127.0.0.1:{self.port}/{name}"


def postgresql_programs() -> Path | None:
    """The folder of initdb and postgres: Debian keeps it off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    program = shutil.which("postgres")
    return Path(program).resolve().parent if program and shutil.which("initdb") else None


@contextmanager
def new_cluster(programs: Path) -> Iterator[Cluster]:
    """A folder of its own for PostgreSQL, which refuses to run as root."""
    as_other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="signet-postgresql-") as name:
        folder = Path(name)
        if as_other:
            account = pwd.getpwnam("nobody")
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        initdb = [*as_other, str(programs / "initdb"), "-D", str(data), "-U", "signet", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        port = free_port()
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "log_min_messages=fatal"]
        yield Cluster([*as_other, str(programs / "postgres"), "-D", str(data), *options], port)


def redis_command(port: int) -> list[str]:
    """A Redis that keeps nothing on disk."""
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    return ["redis-server", *options]


def wait_for_postgresql(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it lets somebody in. Raises RuntimeError if it ends or takes too long."""
    engine = create_engine(url)

    def answers() -> bool:
        try:
            with engine.connect():
                return True
        except OperationalError:
            return False

    try:
        _wait("PostgreSQL", process, answers)
    finally:
        engine.dispose()


def wait_for_redis(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers. Raises RuntimeError if it ends or takes too long."""

    def answers() -> bool:
        try:
            return bool(client.ping())
        except NotConnected:
            return False

    with Redis(port=port, socket_timeout=START_SECONDS) as client:
        _wait("Redis", process, answers)


@contextmanager
def running_postgresql() -> Iterator[Service]:
    """A database of its own, with PostgreSQL's default settings."""
    programs = postgresql_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed (Debian: postgresql)")
    with new_cluster(programs) as cluster:
        process = subprocess.Popen(cluster.command, cwd="/")
        try:
            wait_for_postgresql(cluster.url(), process)
            yield Service(cluster.url(), process)
        finally:
            process.send_signal(signal.SIGINT)  # which, unlike SIGTERM, does not wait for its clients
            process.wait(START_SECONDS)


@contextmanager
def running_redis() -> Iterator[Service]:
    """A Redis of its own."""
    if shutil.which("redis-server") is None:
        raise RuntimeError("Redis is not installed (Debian: redis-server)")
    port = free_port()
    process = subprocess.Popen(redis_command(port), stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(port, process)
        yield Service(f"redis://127.0.0.1:{port}/0", process)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait(name: str, process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name} did not answer within {START_SECONDS:g} s")
        time.sleep(0.02)
