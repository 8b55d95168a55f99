"""A ledger in both kinds of database, with a clock that stands still until it is told otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection

from server.batch.ledger import Allowance, Lease, Ledger, NewJob, NewRow, RowPage, RowResult, Taker
from server.batch.options import BatchOptions
from server.batch.records import Job, Output, RowError
from server.database import Database
from tests.databases import PostgreSQL

HOME = "home"
UNBOUNDED = Allowance()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'signet.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database("ledger")


@dataclass
class Book:
    """A ledger, its clock, and the events that it has announced."""

    database: Database
    now: float = 1_800_000_000.0
    events: list[tuple[str, str]] = field(default_factory=list)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.database, lambda: self.now, self._announce)

    def _announce(self, connection: Connection, job: Job, event: str, now: float) -> None:
        self.events.append((job.id, event))

    async def job(self, name: str = "a", rows: int = 120, bad: tuple[int, ...] = (), **options: object) -> Job:
        """A job whose upload is read."""
        job = await self.made(name, **options)
        held = await self.take()
        assert held.batch == job.id
        new = [NewRow(n, n + 2, f"id-{n}", {"title": str(n)}, BAD if n in bad else None) for n in range(rows)]
        for start in range(0, rows, 75):
            await self.ledger.commit_intake(held, new[start : start + 75])
        await self.ledger.end_intake(held)
        return await self.ledger.get(job.id)

    async def made(self, name: str = "a", **options: object) -> Job:
        """A job whose upload is not read yet."""
        self.now += 1
        wanted = BatchOptions.model_validate({"template": "card", **options})
        new = NewJob(f"batch_{name}", "owner", HOME, "v1", wanted, {"file": "f", "kind": "csv"}, "digest")
        job, _ = await self.ledger.create(new, UNBOUNDED)
        return job

    async def take(self, holder: str = "worker", **kinds: bool) -> Lease:
        """The next piece of work; the clock goes on a little, as clocks do."""
        self.now += 0.01
        held = await self.ledger.lease(Taker(f"{HOME}/{holder}", HOME, **kinds))
        assert held is not None
        return held

    async def nothing_to_do(self) -> bool:
        return await self.ledger.lease(Taker("worker", HOME)) is None

    async def results(self, held: Lease, failing: tuple[int, ...] = ()) -> list[RowResult]:
        """What the rows of a piece of work become."""
        rows = await self.ledger.rows(held.batch, RowPage(held.first, 1000, "pending", held.last))
        return [
            RowResult(row.number, [], FAILED, 3, 5.0)
            if row.number in failing
            else RowResult(row.number, [output(row.number)], None, 1, 5.0)
            for row in rows
        ]

    async def work_off(self, failing: tuple[int, ...] = ()) -> None:
        """All the rendering there is."""
        while (held := await self.ledger.lease(Taker(f"{HOME}/worker", HOME))) is not None:
            assert held.kind == "render"
            await self.ledger.commit_rows(held, await self.results(held, failing))


BAD = RowError("invalid-values", "is required", "title")
FAILED = RowError("render-failed", "The render failed.", retryable=True)


def output(number: int) -> Output:
    return Output("png", None, f"/i/card.png?n={number}", f"{number:064x}", 1000, 1200, 630, False, 5.0, "fresh", "v1")


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    database = Database(database_url)
    await database.start()
    yield Book(database)
    await database.close()
