"""A Redis of its own for each test session."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis

from loadtests.backing import START_SECONDS, redis_command, wait_for_redis
from server.edge import free_loopback_address


@dataclass(slots=True)
class RedisServer:
    """A running server that keeps nothing on disk; it may be stopped, killed and started again, and then is empty."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Redis:
        return Redis(port=self.port, socket_timeout=START_SECONDS)

    def empty(self) -> None:
        """Forget everything."""
        with self.client() as client:
            client.flushall()

    def messages(self, queue: str = "signet") -> int:
        """How many messages wait."""
        with self.client() as client:
            count = client.llen(queue)
        assert isinstance(count, int)
        return count

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(START_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(START_SECONDS)

    def start(self) -> None:
        """Start it again after its end, and wait until it answers."""
        self.process = _started(self.port)
        wait_for_redis(self.port, self.process)


def redis_program() -> str | None:
    """Redis, if it is installed."""
    return shutil.which("redis-server")


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """A Redis on a free port of loopback."""
    port = int(free_loopback_address().partition(":")[2])
    server = RedisServer(port, _started(port))
    try:
        wait_for_redis(port, server.process)
        yield server
    finally:
        server.stop()


def _started(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(redis_command(port), stdout=subprocess.DEVNULL)
