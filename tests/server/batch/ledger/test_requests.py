"""Requests that are repeated, limits of callers, and what is forgotten, in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from server.batch.errors import IdempotencyConflict, TooManyJobs, TooManyRows, UnknownBatch
from server.batch.ledger import Allowance, LeaseLost, NewJob, NewRow, RowPage
from server.batch.options import BatchOptions
from tests.server.batch.ledger.conftest import HOME, Book

pytestmark = pytest.mark.anyio


def new_job(name: str, key: str | None = None, digest: str = "d") -> NewJob:
    options = BatchOptions.model_validate({"template": "card"})
    return NewJob(f"batch_{name}", "owner", HOME, "v1", options, {"file": "f", "kind": "csv"}, digest, key)


async def test_a_repeated_request_gets_its_job_again(book: Book) -> None:
    first, new = await book.ledger.create(new_job("a", "key"), Allowance())
    again, other = await book.ledger.create(new_job("b", "key"), Allowance())
    assert (new, other, again.id) == (True, False, first.id)
    with pytest.raises(IdempotencyConflict):
        await book.ledger.create(new_job("c", "key", "another"), Allowance())
    found = await book.ledger.repeated("owner", "key", "d")
    assert found is not None
    assert found.id == first.id
    book.now += 86_401
    assert await book.ledger.repeated("owner", "key", "another") is None


async def test_equal_requests_at_once_are_one_job(book: Book) -> None:
    made = await asyncio.gather(*(book.ledger.create(new_job(f"{number}", "key"), Allowance()) for number in range(6)))
    assert len({job.id for job, _ in made}) == 1
    assert sum(new for _, new in made) == 1
    assert len(await book.ledger.page(None, 10)) == 1


async def test_callers_have_limits(book: Book) -> None:
    await book.job("a", rows=30)
    with pytest.raises(TooManyJobs, match="not finished"):
        await book.ledger.create(new_job("b"), Allowance(open_jobs=1))
    await book.work_off()
    await book.ledger.check_allowance("owner", Allowance(open_jobs=1, rows_per_day=31))
    with pytest.raises(TooManyJobs, match="30 rows") as refused:
        await book.ledger.check_allowance("owner", Allowance(rows_per_day=30))
    assert 86_000 < (refused.value.retry_after or 0) <= 86_400
    await book.ledger.check_allowance("other", Allowance(open_jobs=1, rows_per_day=1))
    book.now += 86_401
    await book.ledger.check_allowance("owner", Allowance(rows_per_day=30))


async def test_rows_of_one_job_are_no_more_than_a_caller_may_send_in_a_day(book: Book) -> None:
    await book.job("a", rows=30)
    await book.job("b", rows=0)  # fails
    await book.made("c")
    held = await book.take(rendering=False)
    rows = [NewRow(n, n + 2, None, {"title": "x"}) for n in range(12)]
    await book.ledger.commit_intake(held, rows[:10], 40)
    with pytest.raises(TooManyRows, match="30 rows beside these"):
        await book.ledger.commit_intake(held, rows[10:], 40)
    assert (await book.ledger.get(held.batch)).counts.total == 10
    await book.ledger.fail_job(held, "too-many-rows", "There are too many.")
    await book.ledger.check_allowance("owner", Allowance(rows_per_day=31))
    book.now += 86_401
    await book.made("d")
    await book.ledger.commit_intake(await book.take(rendering=False), rows, 12)


async def test_a_key_is_known_for_a_day(book: Book) -> None:
    await book.ledger.create(new_job("a", "key"), Allowance())
    assert await book.ledger.is_known("owner", "key")
    assert not await book.ledger.is_known("other", "key")
    book.now += 86_401
    assert not await book.ledger.is_known("owner", "key")


async def test_jobs_are_listed_from_the_newest(book: Book) -> None:
    for name in "abc":
        await book.made(name)
    found = await book.ledger.page(None, 2)
    assert [job.id for job in found] == ["batch_c", "batch_b"]
    rest = await book.ledger.page((found[-1].created_at, found[-1].id), 2)
    assert [job.id for job in rest] == ["batch_a"]


async def test_a_job_is_forgotten_with_all_its_rows(book: Book) -> None:
    job = await book.job(rows=30)
    held = await book.take()
    results = await book.results(held)
    await book.ledger.forget(job.id)
    with pytest.raises(LeaseLost):
        await book.ledger.commit_rows(held, results)
    assert await book.ledger.rows(job.id, RowPage()) == []
    for asked in (book.ledger.get(job.id), book.ledger.cancel(job.id), book.ledger.forget(job.id)):
        with pytest.raises(UnknownBatch):
            await asked


async def test_old_jobs_are_forgotten_unless_they_run_again(book: Book) -> None:
    old = await book.job("a", rows=3)
    await book.job("b", rows=3, repeat={"every": 3600})
    await book.work_off()
    open_job = await book.job("c", rows=3)
    book.now += 1000
    assert [job.id for job in await book.ledger.forget_old(999)] == [old.id]
    assert await book.ledger.forget_old(999) == []
    assert (await book.ledger.get(open_job.id)).status == "queued"


async def test_jobs_and_rows_are_counted_for_whoever_watches(book: Book) -> None:
    assert set((await book.ledger.tally()).jobs.values()) == {0}
    await book.job("a", rows=30)
    await book.work_off()
    await book.job("b", rows=120, pilot=50)
    await book.job("c", rows=30, bad=(1,))
    await book.take()
    tally = await book.ledger.tally()
    assert {status: count for status, count in tally.jobs.items() if count} == {"in_progress": 1, "queued": 1}
    assert tally.pending == 149
