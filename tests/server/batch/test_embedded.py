"""The engine in the server goes on, whatever becomes of one piece of work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.batch.embedded import EmbeddedEngine
from server.batch.ledger import Allowance, Lease, Ledger, NewJob
from server.batch.options import BatchOptions
from server.batch.records import Job
from server.batch.work import Worker
from server.database import Database

pytestmark = pytest.mark.anyio

HOME = "home"


class Clock:
    """The time of day; or none, once or twice."""

    def __init__(self) -> None:
        self.broken = 0
        self.mended = threading.Event()

    def __call__(self) -> float:
        if self.broken:
            self.broken -= 1
            if not self.broken:
                self.mended.set()
            raise OSError("the clock stands still")
        return time.time()


class Bench:
    """An engine that only reads uploads, which here means: it notes which it has had."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.clock = Clock()
        self.ledger = Ledger(database, self.clock)
        self.read: asyncio.Queue[str] = asyncio.Queue()
        self.engine = EmbeddedEngine(self.ledger, Worker(self.ledger, {"ingest": self._ingest}), folder, HOME)

    async def job(self, name: str) -> None:
        options = BatchOptions.model_validate({"template": "card"})
        new = NewJob(f"batch_{name}", "owner", HOME, "v1", options, {"file": "f", "kind": "csv"}, "digest")
        await self.ledger.create(new, Allowance())
        self.engine.wake()

    async def until_read(self, name: str) -> None:
        async with asyncio.timeout(20):
            while await self.read.get() != f"batch_{name}":
                pass

    async def _ingest(self, job: Job, held: Lease, stop: asyncio.Event) -> None:
        self.read.put_nowait(job.id)
        if job.id == "batch_deleted":
            await self.ledger.forget(job.id)
            raise RuntimeError("nobody expected this")
        await self.ledger.fail_job(held, "no-rows", "There are none.")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    database = Database(f"sqlite:///{tmp_path / 'signet.db'}")
    await database.start()
    made = Bench(database, tmp_path)
    await made.engine.start()
    yield made
    await made.engine.stop()
    await database.close()


async def test_a_job_that_is_deleted_while_its_work_fails_ends_nothing(bench: Bench) -> None:
    await bench.job("deleted")
    await bench.until_read("deleted")
    for name in ("a", "b", "c"):
        await bench.job(name)
        await bench.until_read(name)


async def test_what_nobody_expects_is_logged_and_the_next_work_is_taken(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.job("before")
    await bench.until_read("before")
    bench.clock.broken = 2
    bench.engine.wake()
    assert await asyncio.to_thread(bench.clock.mended.wait, 20)
    for name in ("a", "b", "c"):
        await bench.job(name)
        await bench.until_read(name)
    assert "the clock stands still" in caplog.text


async def test_it_ends_whatever_it_is_doing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'signet.db'}")
    await database.start()
    for number in range(100):
        bench = Bench(database, tmp_path)
        await bench.engine.start()
        for _ in range(number % 10):
            bench.engine.wake()
            await asyncio.sleep(0.0005)
        bench.engine.wake()
        async with asyncio.timeout(20):
            await bench.engine.stop()
    await database.close()
