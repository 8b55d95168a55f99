"""No job stays where it is for good, whoever dies, and nothing of an earlier run counts in a later one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.batch.answers import actions, eta_seconds, job_document, revision
from server.batch.errors import WrongState
from server.batch.ledger import LeaseLost, NewRow, RowPage, Taker
from server.batch.ledger.chunks import LEASE_SECONDS
from server.batch.records import Counts
from tests.server.batch.ledger.conftest import HOME, Book, output

pytestmark = pytest.mark.anyio


async def test_a_job_is_cancelled_also_if_its_worker_is_dead(book: Book) -> None:
    job = await book.job(rows=120)
    held = await book.take("first")
    await book.ledger.commit_rows(held, await book.results(held))
    held = await book.take("dead")
    assert (await book.ledger.cancel(job.id)).status == "cancelling"
    await book.ledger.settle()
    assert (await book.ledger.get(job.id)).status == "cancelling"
    book.now += LEASE_SECONDS + 1
    await book.ledger.settle()
    ended = await book.ledger.get(job.id)
    assert (ended.status, ended.counts.succeeded, ended.counts.cancelled) == ("cancelled", 50, 70)
    with pytest.raises(LeaseLost):
        await book.ledger.commit_rows(held, await book.results(held))
    assert book.events == [(job.id, "batch.cancelled")]


async def test_whoever_still_has_work_of_a_run_before_commits_nothing_in_the_next(book: Book) -> None:
    job = await book.job(rows=40, checks={"duplicates": True})
    asleep = await book.take("asleep")
    results = await book.results(asleep)
    book.now += LEASE_SECONDS + 1
    held = await book.take("awake")
    await book.ledger.commit_rows(held, await book.results(held, failing=tuple(range(40))))
    compared = await book.take("awake")
    await book.ledger.commit_outputs(compared, {}, Counts())
    assert (await book.ledger.get(job.id)).outcome == "failed"
    await book.ledger.retry(job.id)
    again = await book.take("awake")
    assert again.number == asleep.number
    for lease in (asleep, held):
        with pytest.raises(LeaseLost):
            await book.ledger.commit_rows(lease, results)
    await book.ledger.commit_rows(again, await book.results(again))
    new = await book.take("awake")
    assert (new.kind, new.number) == ("compare", compared.number)
    with pytest.raises(LeaseLost):
        await book.ledger.commit_outputs(compared, {}, Counts(suspicious=1))
    counts = (await book.ledger.get(job.id)).counts
    assert (counts.succeeded, counts.failed, counts.suspicious) == (40, 0, 0)


async def test_rows_far_apart_that_end_their_worker_are_tried_alone_and_no_others(book: Book) -> None:
    job = await book.job(rows=400)
    await book.work_off(failing=(3, 200, 399))
    await book.ledger.retry(job.id)
    for _ in range(2):
        held = await book.take()
        assert (held.first, held.last) == (3, 399)
        await book.ledger.reclaim(f"{HOME}/")
    alone = []
    while (single := await book.ledger.lease(Taker(f"{HOME}/worker", HOME))) is not None:
        alone.append((single.first, single.last))
        await book.ledger.commit_rows(single, await book.results(single))
    assert alone == [(3, 3), (200, 200), (399, 399)]
    job = await book.ledger.get(job.id)
    assert (job.status, job.counts.succeeded, job.counts.rendered) == ("completed", 400, 400)


async def test_a_job_that_is_deleted_may_be_given_back(book: Book) -> None:
    job = await book.job(rows=40)
    held = await book.take()
    await book.ledger.forget(job.id)
    await book.ledger.release(held)
    await book.ledger.release(held, failed_for=5)
    assert await book.nothing_to_do()


async def test_rows_of_an_upload_that_fails_halfway_are_cancelled_and_not_rendered(book: Book) -> None:
    job = await book.made(repeat={"on_push": "stock"})
    held = await book.take()
    await book.ledger.commit_intake(held, [NewRow(n, n + 2, None, {"title": "x"}) for n in range(30)])
    await book.ledger.pushed("card", "stock")
    await book.ledger.fail_job(held, "unreadable-rows", "Line 32 is torn.")
    job = await book.ledger.get(job.id)
    assert (job.status, job.counts.pending, job.counts.cancelled, job.repeat_at) == ("failed", 0, 30, None)
    assert actions(job) == ["delete"]
    with pytest.raises(WrongState, match="not read to its end"):
        await book.ledger.retry(job.id)
    assert await book.nothing_to_do()


async def test_a_job_that_is_cancelled_before_it_was_read_is_not_taken_for_a_whole_one(book: Book) -> None:
    job = await book.made()
    held = await book.take()
    await book.ledger.commit_intake(held, [NewRow(n, n + 2, None, {"title": "x"}) for n in range(30)])
    await book.ledger.cancel(job.id)
    await book.ledger.release(held)
    assert actions(await book.ledger.get(job.id)) == ["delete"]
    with pytest.raises(WrongState, match="not read to its end"):
        await book.ledger.retry(job.id)


async def test_a_job_without_usable_rows_does_not_repeat(book: Book) -> None:
    job = await book.job(rows=3, bad=(0, 1, 2), repeat={"every": 60})
    book.now += 61
    await book.ledger.repeat_due()
    job = await book.ledger.get(job.id)
    assert (job.status, job.run, job.repeat_at) == ("completed", 1, None)
    assert await book.ledger.repeat_due() == []


async def test_a_cancelled_job_that_was_to_repeat_is_forgotten_in_time(book: Book) -> None:
    job = await book.job(rows=30, repeat={"on_push": "stock"})
    assert await book.ledger.pushed("card", "stock") == 1
    await book.ledger.cancel(job.id)
    assert (await book.ledger.get(job.id)).repeat_at is None
    book.now += 1000
    assert [old.id for old in await book.ledger.forget_old(999)] == [job.id]


async def test_what_waits_for_data_is_kept_and_what_only_speaks_of_it_is_not(book: Book) -> None:
    waiting = await book.job("a", rows=3, repeat={"on_push": "stock"})
    dry = await book.job("b", rows=3, dry_run=True, repeat={"on_push": "stock"})
    noted = await book.job("c", rows=3, metadata={"on_push": "stock"})
    await book.work_off()
    book.now += 1000
    assert {old.id for old in await book.ledger.forget_old(999)} == {dry.id, noted.id}
    assert await book.ledger.forget_old(999) == []
    kept = await book.ledger.get(waiting.id)
    assert kept.status == "completed"
    assert "expires_at" not in job_document(kept, "https://img.example.com", book.now, 999)
    assert await book.ledger.pushed("card", "stock") == 1


async def test_data_that_is_pushed_renders_no_dry_run_and_is_a_change_of_the_job(book: Book) -> None:
    dry = await book.job("a", rows=3, dry_run=True, repeat={"on_push": "stock"})
    job = await book.job("b", rows=3, repeat={"on_push": "stock"})
    assert await book.ledger.pushed("card", "stock") == 1
    assert (await book.ledger.get(dry.id)).repeat_at is None
    assert (await book.ledger.get(job.id)).sequence > job.sequence


async def test_what_waits_for_an_approval_is_cancelled_when_it_is_as_old_as_what_is_forgotten(book: Book) -> None:
    job = await book.job(rows=120, pilot=10)
    await book.work_off()
    assert await book.ledger.forget_old(1000) == []
    book.now += 1001
    assert await book.ledger.forget_old(1000) == []
    job = await book.ledger.get(job.id)
    assert (job.status, job.counts.succeeded, job.counts.cancelled) == ("cancelled", 10, 110)


async def test_warnings_are_those_of_the_last_run(book: Book) -> None:
    job = await book.job(rows=3, warm_edge=True)
    held = await book.take()
    await book.ledger.commit_rows(held, await book.results(held, failing=(1,)))
    await book.ledger.commit_outputs(await book.take(), {}, Counts(), ["It rained."])
    assert (await book.ledger.retry(job.id)).warnings == []


async def three_times(book: Book) -> None:
    """Whoever takes the next piece of work dies of it, three times."""
    for _ in range(3):
        await book.take()
        await book.ledger.reclaim(HOME)


async def test_what_is_given_up_after_the_rendering_says_for_how_many_rows_and_what_to_do(book: Book) -> None:
    job = await book.job(rows=450, bad=(0, 1), warm_edge=True)
    while (held := await book.take()).kind == "render":
        await book.ledger.commit_rows(held, await book.results(held, failing=(300,)))
    warmed = {n: [replace(output(n), edge="hit")] for n in range(held.first, held.last + 1) if n > 1}
    await book.ledger.commit_outputs(held, warmed, Counts(warmed=len(warmed)), ["It rained."])
    await three_times(book)
    await three_times(book)
    assert await book.nothing_to_do()
    job = await book.ledger.get(job.id)
    assert (job.status, job.outcome, job.counts.warmed) == ("completed", "partial", 198)
    assert job.warnings == [
        "Fetching pictures through the edge has failed, or ended its worker, three times and was given up for 249 "
        "rows, of which 200 is the first: `edge` of these is “failed: worker_crashed”. To try it again for all that "
        'lack it, retry one row: {"rows": [200]}.',
        "It rained.",
    ]
    rows = await book.ledger.rows(job.id, RowPage(0, 450, "succeeded"))
    assert {row.number: row.outputs[0].edge for row in rows} == {
        n: "hit" if n < 200 else "failed: worker_crashed" for n in range(2, 450) if n != 300
    }
    again = await book.ledger.retry(job.id, [200])
    assert (again.warnings, again.whole, "abandoned" in again.intake) == ([], True, False)


async def test_copies_export_and_manifest_that_are_given_up(book: Book) -> None:
    job = await book.job(rows=3, bad=(0,), export={"bucket": "launch"}, checks={"duplicates": True})
    held = await book.take()
    await book.ledger.commit_rows(held, await book.results(held))
    for _ in range(3):
        await three_times(book)
    assert await book.nothing_to_do()
    job = await book.ledger.get(job.id)
    assert (job.status, job.outcome, job.counts.exported) == ("completed", "partial", 0)
    assert [warning.partition(" has failed")[0] for warning in job.warnings] == [
        "Writing the manifest of the export",
        "The export of pictures",
        "Looking for pictures that are there twice",
    ]
    assert all("given up for 2 rows, of which 1 is the first" in warning for warning in job.warnings)
    assert all('retry one row: {"rows": [1]}.' in warning for warning in job.warnings)


async def test_counts_of_a_row_that_is_rendered_again_and_cancelled_are_right(book: Book) -> None:
    job = await book.job(rows=4)
    held = await book.take()
    marked = [replace(output(0), file="a.png", edge="hit"), *(output(n) for n in range(1, 4))]
    results = await book.results(held, failing=(3,))
    results = [replace(result, outputs=[marked[result.number]]) for result in results]
    await book.ledger.commit_rows(held, results)
    await book.ledger.retry(job.id, [0, 3])
    counts = (await book.ledger.get(job.id)).counts
    assert (counts.rendered, counts.exported, counts.warmed, counts.bytes) == (2, 0, 0, 2000)
    await book.ledger.cancel(job.id)
    await book.ledger.retry(job.id)
    await book.work_off()
    counts = (await book.ledger.get(job.id)).counts
    assert (counts.succeeded, counts.failed, counts.rendered, counts.bytes) == (4, 0, 4, 4000)


async def test_the_time_for_an_approval_is_no_part_of_the_rate(book: Book) -> None:
    job = await book.job(rows=400, pilot=75)
    for _ in range(2):
        held = await book.take()
        book.now += 1
        await book.ledger.commit_rows(held, await book.results(held))
    job = await book.ledger.get(job.id)
    book.now += 7200
    await book.ledger.approve(job.id)
    held = await book.take()
    book.now += 1
    await book.ledger.commit_rows(held, await book.results(held))
    after = await book.ledger.get(job.id)
    assert 40 < job.rate < 60
    assert 40 < after.rate < 60
    assert eta_seconds(after, book.now) in (5, 6)


async def test_what_the_document_tells_changes_only_with_its_revision(book: Book) -> None:
    job = await book.job(rows=400)
    assert revision(job, book.now + 3600) == revision(job, book.now)
    held = await book.take()
    book.now += 1
    await book.ledger.commit_rows(held, await book.results(held))
    job = await book.ledger.get(job.id)
    assert revision(job, book.now + 29) == revision(job, book.now)
    assert revision(job, book.now + 31) != revision(job, book.now)
    assert eta_seconds(job, book.now + 29) is not None
    assert eta_seconds(job, book.now + 31) is None


async def test_pending_rows_are_what_is_left(book: Book) -> None:
    job = await book.job(rows=120)
    held = await book.take()
    await book.ledger.commit_rows(held, (await book.results(held))[:20], complete=False)
    assert len(await book.ledger.rows(job.id, RowPage(0, 200, "pending"))) == 100
    await book.work_off()
    assert (await book.ledger.get(job.id)).counts == Counts(
        120, succeeded=120, rendered=120, changed=120, bytes=120_000
    )


async def test_pictures_that_the_store_can_not_hold_are_warned_of_once(book: Book) -> None:
    job = await book.job(rows=120)
    for _ in range(3):
        held = await book.take()
        await book.ledger.commit_rows(held, await book.results(held), store_bytes=100_000)
        warnings = (await book.ledger.get(job.id)).warnings
        assert len(warnings) == (held.first == 75)
    assert "SIGNET_DISK_CACHE_BYTES" in warnings[0]
