"""Everything that batches need, over one data folder and one database: each part can be killed and started again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from loadtests.receiver import SECRET
from server.edge import free_loopback_address
from tests.batch_crash.faulty_task import noted
from tests.batch_crash.programs import Program
from tests.brokers import RedisServer
from tests.databases import PostgreSQL
from tests.server.live_server import API_KEY, write_template

WORKERS = 2
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
    """A server, which renders batches itself unless there is a Redis: then workers do.

    `kills` are what may happen to it, by name; after each of them everything runs again. Killed workers take a moment
    for that, while others work.
    """

    def __init__(
        self, folder: Path, draw: random.Random, database: PostgreSQL | None = None, redis: RedisServer | None = None
    ) -> None:
        self.folder = folder
        self.address = free_loopback_address()
        self.deaths = 0
        self._draw = draw
        self._database = database
        self._redis = redis
        self._server = Program("serve", folder, self._environment(), self._answers)
        self._workers = [
            Program("worker", folder, self._environment(), lambda: True) for _ in range(WORKERS if redis else 0)
        ]
        write_template(folder / "templates" / "card", "<body>{{ title }}</body>", TEMPLATE)

    @property
    def kills(self) -> Mapping[str, Callable[[], None]]:
        """What may happen."""
        kills = {"server": self.kill_server, "render process": self._kill_renderer}
        if self._database is not None:
            kills["database"] = self._kill_database
        if self._redis is not None:
            kills |= {"worker": self._kill_worker, "Redis": self._kill_redis, "messages": self._redis.empty}
        return kills

    @property
    def uploads(self) -> Path:
        """Where uploads lie until they are read."""
        return self.folder / "data" / "batches"

    def start(self) -> None:
        """Start everything."""
        for program in (self._server, *self._workers):
            program.start()

    def end(self) -> None:
        """Kill everything."""
        for program in (self._server, *self._workers):
            program.kill()

    def kill_server(self) -> None:
        """And start it again."""
        self._server.kill()
        self._server.start()

    def use_edge(self, url: str) -> None:
        """Start the server again with an edge through which pictures are fetched."""
        self._server.environment["SIGNET_EDGE_URL"] = url
        self.kill_server()

    def revive(self) -> None:
        """Start again what a row has killed."""
        for program in (self._server, *self._workers):
            if program.is_dead:
                self.deaths += 1
                program.kill()  # its render processes, if they live
                program.start()

    def renders(self) -> list[str]:
        """The titles of all renders that were begun so far."""
        return list(noted(self.folder))

    def _kill_renderer(self) -> None:
        self._draw.choice(self._workers or [self._server]).kill_child(self._draw)

    def _kill_worker(self) -> None:
        worker = self._draw.choice(self._workers)
        worker.kill()
        worker.start()

    def _kill_database(self) -> None:
        assert self._database is not None
        self._database.kill()
        time.sleep(self._draw.uniform(0.0, 0.5))
        self._database.start()

    def _kill_redis(self) -> None:
        assert self._redis is not None
        self._redis.kill()
        time.sleep(self._draw.uniform(0.0, 0.5))
        self._redis.start()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/livez", trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _environment(self) -> dict[str, str]:
        host, _, port = self.address.rpartition(":")
        settings = {
            "HOST": host,
            "PORT": port,
            "PUBLIC_URL": f"http://{self.address}",
            "DATA_DIR": str(self.folder / "data"),
            "TEMPLATES_DIR": str(self.folder / "templates"),
            "RENDERERS": "1" if self._redis else "2",
            "API_KEYS": API_KEY,
            "WEBHOOK_SECRETS": SECRET,
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        if self._database is not None:
            settings["DATABASE_URL"] = self._database.url("crash")
        if self._redis is not None:
            settings |= {"BATCH_ENGINE": "celery", "CELERY_BROKER": self._redis.url}
        return {f"SIGNET_{name}": value for name, value in settings.items()}


@contextmanager
def running_deployment(
    folder: Path, draw: random.Random, database: PostgreSQL | None = None, redis: RedisServer | None = None
) -> Iterator[Deployment]:
    """A deployment that runs; all of it ends with the test."""
    if database is not None:
        database.new_database("crash")
    deployment = Deployment(folder, draw, database, redis)
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.end()
