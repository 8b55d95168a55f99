"""What the ledger promises, in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from server.batch.answers import current_rate
from server.batch.errors import WrongState
from server.batch.ledger import LeaseLost, NewRow, RowPage, Taker
from server.batch.ledger.chunks import LEASE_SECONDS
from server.batch.records import Counts
from tests.server.batch.ledger.conftest import HOME, Book, output

pytestmark = pytest.mark.anyio


async def test_a_job_goes_from_its_upload_to_its_end(book: Book) -> None:
    job = await book.job(rows=120, bad=(7, 119))
    assert (job.status, job.counts.total, job.counts.failed, job.counts.pending) == ("queued", 120, 2, 118)
    held = await book.take()
    assert (held.kind, held.first, held.last) == ("render", 0, 49)
    assert (await book.ledger.get(job.id)).status == "in_progress"
    await book.ledger.commit_rows(held, await book.results(held))
    await book.work_off()
    job = await book.ledger.get(job.id)
    assert (job.status, job.outcome) == ("completed", "partial")
    assert job.counts == Counts(120, succeeded=118, failed=2, rendered=118, changed=118, bytes=118_000)
    assert job.finished_at is not None
    assert book.events == [(job.id, "batch.completed")]
    assert await book.nothing_to_do()


async def test_rows_come_in_order_and_by_status(book: Book) -> None:
    job = await book.job(rows=60, bad=(3, 50))
    await book.work_off(failing=(10,))
    everything = [row async for row in book.ledger.all_rows(job.id)]
    assert [row.number for row in everything] == list(range(60))
    failed = await book.ledger.rows(job.id, RowPage(status="failed"))
    assert [(row.number, row.line, row.custom_id) for row in failed] == [
        (3, 5, "id-3"),
        (10, 12, "id-10"),
        (50, 52, "id-50"),
    ]
    assert failed[0].error is not None
    assert (failed[0].error.field, failed[0].attempts, failed[1].attempts) == ("title", 0, 3)
    assert everything[0].outputs == (output(0),)
    assert everything[0].values == {"title": "0"}
    assert [row.number for row in await book.ledger.rows(job.id, RowPage(10, 2))] == [10, 11]


async def test_every_change_counts(book: Book) -> None:
    job = await book.job()
    before = job.sequence
    held = await book.take()
    await book.ledger.commit_rows(held, await book.results(held))
    assert (await book.ledger.get(job.id)).sequence > before


async def test_jobs_take_turns(book: Book) -> None:
    await book.job("a", rows=150)
    await book.job("b", rows=150)
    taken = [(await book.take(f"w{n}")).batch for n in range(4)]
    assert taken == ["batch_a", "batch_b", "batch_a", "batch_b"]


async def test_jobs_take_turns_also_when_the_clock_goes_back(book: Book) -> None:
    await book.job("a", rows=150)
    await book.take()
    book.now -= 5 * 3600
    await book.job("b", rows=150)
    taken = [(await book.take(f"w{n}")).batch for n in range(4)]
    assert taken == ["batch_a", "batch_b", "batch_a", "batch_b"]


async def test_a_clock_that_goes_back_makes_no_rate(book: Book) -> None:
    job = await book.job(rows=100)
    held = await book.take()
    book.now -= 3600
    await book.ledger.commit_rows(held, await book.results(held))
    await book.work_off()
    job = await book.ledger.get(job.id)
    assert job.status == "completed"
    assert current_rate(job, book.now) < 100


async def test_nobody_gets_the_same_work_at_the_same_time(book: Book) -> None:
    await book.job(rows=500)
    held = await asyncio.gather(*(book.ledger.lease(Taker(f"w{n}", HOME)) for n in range(14)))
    numbers = [each.number for each in held if each is not None]
    assert len(numbers) == len(set(numbers)) == 13  # a slice of the intake of 75 rows is two pieces, one of 50 is one


async def test_a_lease_that_is_over_is_somebody_elses_and_the_first_commits_nothing(book: Book) -> None:
    job = await book.job(rows=40)
    first = await book.take("first")
    book.now += LEASE_SECONDS + 1
    second = await book.take("second")
    assert (second.number, second.generation, second.attempts) == (first.number, first.generation + 1, 2)
    results = await book.results(second)
    with pytest.raises(LeaseLost):
        await book.ledger.commit_rows(first, results)
    with pytest.raises(LeaseLost):
        await book.ledger.keep(first)
    assert (await book.ledger.get(job.id)).counts.succeeded == 0
    await book.ledger.commit_rows(second, results)
    with pytest.raises(LeaseLost):
        await book.ledger.commit_rows(second, results)
    assert (await book.ledger.get(job.id)).counts.succeeded == 40


async def test_a_lease_that_is_kept_stays(book: Book) -> None:
    await book.job(rows=40)
    held = await book.take()
    for _ in range(5):
        book.now += LEASE_SECONDS - 1
        await book.ledger.keep(held)
    assert await book.nothing_to_do()
    assert await book.ledger.status_of(held) == "in_progress"


async def test_a_clock_that_goes_back_by_hours_holds_nothing_up(book: Book) -> None:
    await book.job(rows=40)
    held = await book.take("first")
    book.now -= 7200
    again = await book.take("second")
    assert again.number == held.number


async def test_what_is_given_back_counts_as_never_taken(book: Book) -> None:
    await book.job(rows=40)
    for _ in range(6):
        held = await book.take()
        assert (held.attempts, held.last) == (1, 39)
        await book.ledger.release(held)


async def test_what_failed_is_tried_later(book: Book) -> None:
    await book.job(rows=40)
    await book.ledger.release(await book.take(), failed_for=5)
    assert await book.nothing_to_do()
    book.now += 6
    assert (await book.take()).attempts == 2


async def test_rows_that_end_their_workers_are_split_out(book: Book) -> None:
    job = await book.job(rows=3)
    poison = 1
    for _ in range(2):
        held = await book.take()
        assert (held.first, held.last) == (0, 2)
        assert await book.ledger.reclaim(f"{HOME}/") == 1
    deaths = 0
    while (single := await book.ledger.lease(Taker(f"{HOME}/worker", HOME))) is not None:
        assert single.first == single.last
        if single.first == poison:
            deaths += 1
            await book.ledger.reclaim(f"{HOME}/")
        else:
            await book.ledger.commit_rows(single, await book.results(single))
    job = await book.ledger.get(job.id)
    (failed,) = await book.ledger.rows(job.id, RowPage(status="failed"))
    assert failed.error is not None
    assert (failed.number, failed.error.code, deaths) == (poison, "worker_crashed", 3)
    assert (job.outcome, job.counts.succeeded, job.counts.failed) == ("partial", 2, 1)


async def test_an_upload_whose_reading_is_cut_off_goes_on_where_it_was(book: Book) -> None:
    job = await book.job(rows=75)
    again = await book.made("b")
    held = await book.take(rendering=False)
    assert held.batch == again.id
    await book.ledger.reclaim(f"{HOME}/")
    new = await book.take(rendering=False)
    assert (new.kind, new.generation) == ("ingest", 2)
    with pytest.raises(LeaseLost):
        await book.ledger.commit_intake(held, [])
    assert (await book.ledger.get(job.id)).status == "queued"


async def test_reading_that_goes_on_each_time_is_never_given_up(book: Book) -> None:
    job = await book.made()
    for number in range(6):
        held = await book.take(rendering=False)
        await book.ledger.commit_intake(held, [NewRow(number, number + 2, None, {"title": "x"})])
        await book.ledger.reclaim(f"{HOME}/")
    assert (await book.ledger.get(job.id)).counts.total == 6
    for _ in range(3):
        assert (await book.take(rendering=False)).kind == "ingest"
        await book.ledger.reclaim(f"{HOME}/")
    assert await book.ledger.lease(Taker("worker", HOME, rendering=False)) is None
    job = await book.ledger.get(job.id)
    assert job.error is not None
    assert (job.status, job.error["code"]) == ("failed", "worker_crashed")


async def test_uploads_are_read_where_they_are(book: Book) -> None:
    await book.made()
    assert await book.ledger.lease(Taker("elsewhere/1", "elsewhere")) is None
    assert await book.ledger.lease(Taker("worker", HOME, reading=False)) is None
    assert (await book.take()).kind == "ingest"


async def test_what_there_is_to_do_is_counted_for_whoever_asks(book: Book) -> None:
    await book.job(rows=120)
    taker = Taker("worker", "", reading=False)
    assert await book.ledger.waiting(taker) == 3
    await book.take()
    assert await book.ledger.waiting(taker) == 2
    book.now += LEASE_SECONDS + 1
    assert await book.ledger.waiting(taker) == 3


async def test_a_pilot_waits_for_its_approval(book: Book) -> None:
    job = await book.job(rows=120, pilot=60)
    await book.work_off()
    job = await book.ledger.get(job.id)
    assert (job.status, job.counts.succeeded) == ("awaiting_approval", 60)
    assert book.events == [(job.id, "batch.awaiting_approval")]
    with pytest.raises(WrongState):
        await book.ledger.retry(job.id)
    await book.ledger.approve(job.id)
    assert (await book.ledger.approve(job.id)).approved  # asked twice
    await book.work_off()
    assert (await book.ledger.get(job.id)).counts.succeeded == 120


async def test_a_pilot_of_everything_waits_for_nobody(book: Book) -> None:
    job = await book.job(rows=20, pilot=60)
    await book.work_off()
    assert (await book.ledger.get(job.id)).status == "completed"


async def test_a_job_that_is_cancelled_keeps_what_it_has(book: Book) -> None:
    job = await book.job(rows=120)
    held = await book.take()
    assert (await book.ledger.cancel(job.id)).status == "cancelling"
    assert await book.ledger.status_of(held) == "cancelling"
    assert await book.nothing_to_do()
    done = (await book.results(held))[:10]
    await book.ledger.commit_rows(held, done, complete=False)
    job = await book.ledger.get(job.id)
    assert (job.status, job.outcome) == ("cancelled", "partial")
    assert (job.counts.succeeded, job.counts.cancelled, job.counts.pending) == (10, 110, 0)
    assert book.events == [(job.id, "batch.cancelled")]
    assert (await book.ledger.cancel(job.id)).status == "cancelled"
    assert await book.nothing_to_do()


async def test_a_cancelled_job_may_go_on_after_all(book: Book) -> None:
    job = await book.job(rows=30)
    await book.ledger.cancel(job.id)
    await book.ledger.retry(job.id)
    await book.work_off()
    job = await book.ledger.get(job.id)
    assert (job.status, job.outcome, job.counts.succeeded, job.counts.cancelled) == ("completed", "succeeded", 30, 0)


async def test_a_job_that_is_cancelled_while_its_upload_is_read(book: Book) -> None:
    job = await book.made()
    held = await book.take()
    await book.ledger.cancel(job.id)
    await book.ledger.release(held)
    assert (await book.ledger.get(job.id)).status == "cancelled"


async def test_failed_rows_are_rendered_again(book: Book) -> None:
    job = await book.job(rows=120, bad=(5,))
    await book.work_off(failing=(3, 60, 61, 119))
    assert (await book.ledger.get(job.id)).counts.failed == 5
    job = await book.ledger.retry(job.id)
    assert (job.status, job.run, job.counts.pending, job.counts.failed) == ("queued", 2, 5, 0)
    await book.work_off(failing=(5,))
    job = await book.ledger.get(job.id)
    assert (job.outcome, job.counts.succeeded, job.counts.failed) == ("partial", 119, 1)
    assert [event for _, event in book.events] == ["batch.completed"] * 2


async def test_chosen_rows_are_rendered_again(book: Book) -> None:
    job = await book.job(rows=20)
    await book.work_off()
    job = await book.ledger.retry(job.id, [2, 900], ["id-7"])
    assert job.counts.pending == 2
    pending = await book.ledger.rows(job.id, RowPage(status="pending"))
    assert [row.number for row in pending] == [2, 7]
    await book.work_off()
    assert (await book.ledger.get(job.id)).counts.succeeded == 20
    with pytest.raises(WrongState, match="No row"):
        await book.ledger.retry(job.id, [900])


async def test_a_dry_run_renders_nothing(book: Book) -> None:
    job = await book.job(rows=30, bad=(1,), dry_run=True)
    assert (job.status, job.outcome, job.counts.failed, job.counts.pending) == ("completed", "partial", 1, 29)
    assert await book.nothing_to_do()
    with pytest.raises(WrongState):
        await book.ledger.retry(job.id)


async def test_an_upload_without_rows_fails(book: Book) -> None:
    job = await book.job(rows=0)
    assert (job.status, job.error) == ("failed", {"code": "no-rows", "message": "The upload has no rows."})
    assert book.events == [(job.id, "batch.failed")]


async def test_rows_that_are_all_bad_are_a_completed_job(book: Book) -> None:
    job = await book.job(rows=3, bad=(0, 1, 2))
    assert (job.status, job.outcome) == ("completed", "failed")


async def test_what_follows_the_rendering_comes_in_order(book: Book) -> None:
    export = {"bucket": "launch"}
    job = await book.job(rows=250, warm_edge=True, export=export, checks={"duplicates": True})
    kinds = []
    while (held := await book.ledger.lease(Taker(f"{HOME}/worker", HOME))) is not None:
        kinds.append((held.kind, held.first, held.last))
        if held.kind == "render":
            await book.ledger.commit_rows(held, await book.results(held))
        else:
            assert (await book.ledger.get(job.id)).status == "finalizing"
            await book.ledger.commit_outputs(held, {}, Counts(warmed=1), ["It rained."])
    assert [kind for kind in kinds if kind[0] != "render"] == [
        ("compare", 0, 249),
        *[("export", 0, 199), ("export", 200, 249)],
        ("manifest", 0, 249),
        *[("warm", 0, 199), ("warm", 200, 249)],
    ]
    job = await book.ledger.get(job.id)
    assert (job.status, job.counts.warmed, job.warnings) == ("completed", 6, ["It rained."])


async def test_a_job_repeats_at_its_time(book: Book) -> None:
    job = await book.job(rows=30, bad=(4,), repeat={"every": 60})
    await book.work_off()
    assert await book.ledger.repeat_due() == []
    book.now += 61
    assert await book.ledger.repeat_due() == [job.id]
    job = await book.ledger.get(job.id)
    assert (job.run, job.status, job.counts.pending, job.counts.failed, job.counts.rendered) == (2, "queued", 29, 1, 0)
    await book.work_off()
    book.now += 30
    assert await book.ledger.repeat_due() == []
    assert (await book.ledger.cancel(job.id)).status == "cancelled"
    book.now += 3600
    assert await book.ledger.repeat_due() == []


async def test_a_job_repeats_when_its_data_is_pushed(book: Book) -> None:
    job = await book.job(rows=30, repeat={"on_push": "stock"})
    assert await book.ledger.pushed("card", "other") == 0
    assert await book.ledger.pushed("card", "stock") == 1  # while it runs: it runs again after its end
    await book.work_off()
    assert await book.ledger.repeat_due() == [job.id]
    await book.work_off()
    assert await book.ledger.repeat_due() == []
    await book.ledger.pushed("card", "stock")
    assert await book.ledger.repeat_due() == [job.id]


async def test_the_rate_follows_the_work(book: Book) -> None:
    job = await book.job(rows=150)
    for _ in range(2):
        held = await book.take()
        book.now += 0.5
        await book.ledger.commit_rows(held, await book.results(held))
    assert 60 < (await book.ledger.get(job.id)).rate < 110
