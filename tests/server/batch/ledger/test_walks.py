"""Whatever is done in whatever order: counts are those of the rows, and every job comes to its end."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from server.batch.errors import WrongState
from server.batch.ledger import Lease, LeaseLost, RowPage, RowResult, Taker
from server.batch.ledger.chunks import LEASE_SECONDS
from server.batch.ledger.rows import counted
from server.batch.records import EDGE_HIT, Counts, Job
from tests.server.batch.ledger.conftest import FAILED, HOME, Book, output

pytestmark = pytest.mark.anyio

STEPS = 300


class Walk:
    """Random orders of callers, and workers that die, fail, or end with half of their work."""

    def __init__(self, book: Book, seed: int) -> None:
        self.book = book
        self.random = Random(seed)  # noqa: S311 - for a test
        self.jobs: list[str] = []
        self.held: list[Lease] = []

    async def begin(self) -> None:
        wanted: tuple[dict[str, object], ...] = (
            {"repeat": {"every": 60}},
            {"pilot": 30},
            {"warm_edge": True, "checks": {"duplicates": True}},
        )
        for number, options in enumerate(wanted):
            bad = tuple(self.random.sample(range(60), 5))
            self.jobs.append(
                (await self.book.job(f"{number}", rows=self.random.choice([60, 130]), bad=bad, **options)).id
            )

    async def step(self) -> None:
        ledger, batch = self.book.ledger, self.random.choice(self.jobs)
        with suppress(WrongState, LeaseLost):
            match self.random.choices(("take", "end", "order", "time"), (10, 10, 3, 1))[0]:
                case "take":
                    taker = Taker(f"{HOME}/{self.random.randrange(3)}", HOME)
                    self.held += filter(None, [await ledger.lease(taker)])
                case "end" if self.held:
                    await self._end(self.held.pop(self.random.randrange(len(self.held))))
                case "order":
                    await self._order(batch)
                case "time":
                    self.book.now += self.random.choice([1, LEASE_SECONDS + 1])
                    await ledger.settle()
                    await ledger.repeat_due()

    async def _order(self, batch: str) -> None:
        ledger = self.book.ledger
        match self.random.randrange(5):
            case 0:
                await ledger.cancel(batch)
            case 1:
                await ledger.retry(batch)
            case 2:
                await ledger.retry(batch, [self.random.randrange(60) for _ in range(9)], ["id-3"])
            case 3:
                await ledger.approve(batch)
            case 4:
                await ledger.reclaim(f"{HOME}/{self.random.randrange(3)}")

    async def _end(self, held: Lease) -> None:
        ledger, dice = self.book.ledger, self.random.random()
        if dice < 0.1:
            return  # it died
        if dice < 0.2:
            await ledger.release(held, failed_for=self.random.choice([0, 5]))
        elif held.kind == "render":
            results = await self._results(held)
            kept = results if dice < 0.9 else results[: len(results) // 2]
            await ledger.commit_rows(held, kept, complete=len(kept) == len(results))
        elif held.kind == "warm":
            rows = await ledger.rows(held.batch, RowPage(held.first, 200, "succeeded", held.last))
            cold = sum(each.edge != EDGE_HIT for row in rows for each in row.outputs)
            warm = {row.number: [replace(each, edge=EDGE_HIT) for each in row.outputs] for row in rows}
            await ledger.commit_outputs(held, warm, Counts(warmed=cold))
        else:
            await ledger.commit_outputs(held, {}, Counts())

    async def _results(self, held: Lease) -> list[RowResult]:
        rows = await self.book.ledger.rows(held.batch, RowPage(held.first, 200, "pending", held.last))
        results = []
        for row in rows:
            both = [output(row.number), replace(output(row.number), format="webp", cached=True)]
            bad = self.random.random() < 0.2
            results.append(RowResult(row.number, both[:1] if bad else both, FAILED if bad else None, 1, 5.0))
        return results

    async def check(self) -> list[Job]:
        """The jobs, whose counts are those of their rows."""
        jobs = [await self.book.ledger.get(batch) for batch in self.jobs]
        for job in jobs:
            rows = [row async for row in self.book.ledger.all_rows(job.id)]
            found = Counter(dict.fromkeys(("succeeded", "failed", "cancelled"), 0))
            found.update(row.status for row in rows if row.status != "pending")
            made = [each for row in rows if row.status in ("succeeded", "failed") for each in row.outputs]
            assert job.counts == Counts(total=len(rows), **found, **counted(made))
        return jobs

    async def finish(self) -> None:
        """Nobody dies any more, and nobody wants anything."""
        for _ in range(30):
            self.book.now += LEASE_SECONDS + 1
            await self.book.ledger.settle()
            while (held := await self.book.ledger.lease(Taker("last", HOME))) is not None:
                if held.kind == "render":
                    await self.book.ledger.commit_rows(held, await self.book.results(held))
                else:
                    await self.book.ledger.commit_outputs(held, {}, Counts())


@pytest.mark.parametrize("seed", range(3))
async def test_counts_are_right_and_jobs_end(book: Book, seed: int) -> None:
    walk = Walk(book, seed)
    await walk.begin()
    for number in range(STEPS):
        await walk.step()
        if number % 25 == 0:
            await walk.check()
    await walk.finish()
    for job in await walk.check():
        assert job.status in ("completed", "cancelled", "awaiting_approval")
        if job.status != "awaiting_approval":
            assert job.counts.pending == 0
