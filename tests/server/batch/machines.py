"""Batches at work in each of the ways in which they can be: by the server alone, or by workers beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.brokers import RedisServer
from tests.databases import PostgreSQL
from tests.server.live_server import PATIENCE, REPOSITORY, LiveServer, live_server, wait_until

JOBS = "/v1/batches"
OVER = ("completed", "failed", "cancelled", "awaiting_approval")


class WorkerProcess:
    """`signet worker`, with one render process."""

    def __init__(self, folder: Path, environment: Mapping[str, str], name: str) -> None:
        self.log = folder / f"{name}.log"
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; it takes a moment until it `listens`."""
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "server", "worker"]
            self._process = subprocess.Popen(
                command, env=self._environment, cwd=self.log.parent, stdout=log, stderr=log
            )

    @property
    def listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-3000:]
        return " ready." in self.log.read_text()

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def stop(self) -> int:
        """End it in order; its exit status."""
        self.signal(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """End it at once; its render processes see that and end too."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


class Works:
    """A server that takes batches, and those who render them."""

    def __init__(
        self,
        server: LiveServer,
        workers: Sequence[WorkerProcess] = (),
        database: str = "",
        redis: RedisServer | None = None,
    ) -> None:
        self.server = server
        self.workers = workers
        self._database = database
        self._redis = redis

    @property
    def redis(self) -> RedisServer:
        assert self._redis is not None
        return self._redis

    def submit(self, rows: Sequence[Mapping[str, object]], **options: object) -> str:
        """A new job's id."""
        answer = self.server.call(JOBS, {"template": "card", "rows": rows, **options})
        assert answer.status == 202, answer.body
        return str(answer.json()["id"])

    def order(self, batch: str, action: str) -> None:
        """Cancel, continue or retry it."""
        answer = self.server.call(f"{JOBS}/{batch}/{action}", method="POST")
        assert answer.status in (200, 202), answer.body

    def job(self, batch: str) -> dict[str, Any]:
        answer = self.server.call(f"{JOBS}/{batch}")
        assert answer.status == 200, answer.body
        return answer.json()

    def counts(self, batch: str) -> dict[str, int]:
        counts: dict[str, int] = self.job(batch)["counts"]
        return counts

    def until(self, batch: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while not reached(job := self.job(batch)):
            assert time.monotonic() < deadline, job
            time.sleep(0.02)
        return job

    def settled(self, batch: str) -> dict[str, Any]:
        """The job, once it is over or waits for somebody."""
        return self.until(batch, lambda job: job["status"] in OVER)

    def begun(self, batch: str) -> dict[str, Any]:
        """The job, once there are pictures."""
        return self.until(batch, lambda job: job["counts"]["succeeded"] > 0 or job["status"] in OVER)

    def rows(self, batch: str) -> list[dict[str, Any]]:
        """All rows of a job, in order."""
        found: list[dict[str, Any]] = []
        path = f"{JOBS}/{batch}/rows?limit=500"
        cursor = ""
        while True:
            page: dict[str, Any] = self.server.call(path + cursor).json()
            found += page["rows"]
            if "next_cursor" not in page:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def query(self, statement: str, **values: object) -> list[Any]:
        """Ask or change the ledger itself."""
        engine = create_engine(self._database)
        with engine.begin() as connection:
            result = connection.execute(text(statement), values)
            found = list(result) if result.returns_rows else []
        engine.dispose()
        return found

    def held_by(self, worker: WorkerProcess) -> list[Any]:
        """Number and generation of the pieces that a worker has at this moment."""
        mine = f"%/{worker.pid}-%"
        return self.query(
            "SELECT number, generation FROM batch_chunks WHERE state = 'leased' AND holder LIKE :mine", mine=mine
        )

    def expire(self, worker: WorkerProcess) -> None:
        """As if the time were over for which a worker has its pieces."""
        past, mine = time.time() - 1, f"%/{worker.pid}-%"
        self.query(
            "UPDATE batch_chunks SET leased_until = :past WHERE state = 'leased' AND holder LIKE :mine",
            past=past,
            mine=mine,
        )

    def holders(self, batch: str) -> set[int]:
        """The processes that rendered a job, by their ids."""
        names = self.query("SELECT DISTINCT holder FROM batch_chunks WHERE batch = :b AND kind = 'render'", b=batch)
        return {int(name.rpartition("/")[2].partition("-")[0]) for (name,) in names}


@contextmanager
def embedded_works(folder: Path, templates: Path) -> Iterator[Works]:
    """The server renders its batches itself."""
    with live_server(folder / "data", templates) as server:
        yield Works(server)


@contextmanager
def distributed_works(
    folder: Path, templates: Path, postgresql: PostgreSQL, redis: RedisServer, workers: int = 2
) -> Iterator[Works]:
    """Workers of their own render them."""
    database = postgresql.new_database("works")
    redis.empty()
    shared: dict[str, Any] = {"batch_engine": "celery", "database_url": database, "celery_broker": redis.url}
    with live_server(folder / "data", templates, **shared) as server:
        alike = {
            **shared,
            "data_dir": str(folder / "data"),
            "templates_dir": str(templates),
            "public_url": server.url,
            "renderers": "1",
        }
        environment = {f"SIGNET_{name.upper()}": str(value) for name, value in alike.items()}
        crew = [WorkerProcess(folder, environment, f"worker-{number}") for number in range(workers)]
        try:
            for worker in crew:
                worker.start()
            wait_until(lambda: all(worker.listens for worker in crew))
            yield Works(server, crew, database, redis)
        finally:
            for worker in crew:
                worker.end()
