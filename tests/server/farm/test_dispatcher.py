"""The farm with real worker processes: answers, errors, order, sharing, limits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from renderer.errors import SourcePosition, TemplateSyntaxError, ValueProblem, ValuesError
from server.farm.dispatcher import Farm
from server.farm.errors import FarmClosed, QueueFull, RemoteTraceback, TaskFailed
from server.farm.jobs import Priority
from tests.server.farm.waiting import Gate, until

pytestmark = pytest.mark.anyio
TASKS = "tests.server.farm.tasks"
GatedFarm = Farm[tuple[Path, str], str]


def gated(
    workers: int = 1, queue_limit: int = 10, batch_queue_limit: int | None = None, reserve_for_live: int = 0
) -> GatedFarm:
    return Farm(
        f"{TASKS}:wait_for_file",
        workers=workers,
        queue_limit=queue_limit,
        batch_queue_limit=batch_queue_limit,
        reserve_for_live=reserve_for_live,
    )


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {"title": "Grüße", "tags": ["a", "b"]},
        b"x" * 100,
        b"y" * 3_000_000,
        (b"a" * 20_000, "between", b"b" * 30_000, b""),
        list(range(100_000)),
        b"z" * 20_000_000,
    ],
    ids=["none", "object", "bytes", "large bytes", "several", "large pickle", "above what is kept"],
)
async def test_a_value_travels_there_and_back(payload: object) -> None:
    async with Farm[object, object](f"{TASKS}:echo", workers=1) as farm:
        assert await farm.run(payload) == payload
        assert await farm.run("small after it") == "small after it"


async def test_jobs_are_spread_over_the_workers(gate: Gate) -> None:
    async with gated(workers=2) as farm:
        first = asyncio.create_task(farm.run((gate.path, "one")))
        second = asyncio.create_task(farm.run((gate.path, "two")))
        assert sorted(await gate.until_begun(2)) == ["one", "two"]
        assert farm.stats().running == 2
        gate.open()
        assert [await first, await second] == ["one", "two"]
        stats = farm.stats()
        assert stats.counters.completed == stats.ran.count == stats.waited.count == 2


async def test_renderer_errors_keep_their_attributes() -> None:
    async with Farm[str, object](f"{TASKS}:fail", workers=1) as farm:
        with pytest.raises(ValuesError) as values:
            await farm.run("values")
        with pytest.raises(TemplateSyntaxError) as syntax:
            await farm.run("syntax")
    assert values.value.problems == [ValueProblem("price", "is no number", "number", "'x'")]
    assert syntax.value.position == SourcePosition("template.html", 3, 7)
    assert isinstance(syntax.value.__cause__, RemoteTraceback)
    assert "tasks.py" in str(syntax.value.__cause__)


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("needs two", "NeedsTwoError", "one two"),
        ("unpicklable error", "ValueError", "lambda"),
        ("stop iteration", "StopIteration", ""),
        ("unpicklable result", "", "lambda"),
    ],
)
async def test_what_cannot_travel_becomes_a_task_failure(how: str, kind: str, words: str) -> None:
    async with Farm[str, object](f"{TASKS}:fail", workers=1) as farm:
        with pytest.raises((TaskFailed, AttributeError, TypeError)) as failure:
            await farm.run(how)
        if kind:
            assert isinstance(failure.value, TaskFailed)
            assert failure.value.kind == kind
        assert words in str(failure.value)
        with pytest.raises(ValuesError):  # the worker still works
            await farm.run("values")
        assert farm.stats().counters.crashes == 0


async def test_a_payload_that_cannot_be_pickled_fails_only_its_caller() -> None:
    async with Farm[object, object](f"{TASKS}:echo", workers=1) as farm:
        with pytest.raises(TaskFailed, match="payload"):
            await farm.run(lambda: None)
        assert await farm.run(1) == 1


async def test_live_before_batch_in_order_of_arrival(gate: Gate) -> None:
    async with gated() as farm:
        calls = [asyncio.create_task(farm.run((gate.path, "first")))]
        await gate.until_begun(1)
        for name, priority in [
            ("b1", Priority.BATCH),
            ("b2", Priority.BATCH),
            ("l1", Priority.LIVE),
            ("l2", Priority.LIVE),
        ]:
            calls.append(asyncio.create_task(farm.run((gate.path, name), priority=priority)))
            await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*calls)
    assert await gate.until_begun(5) == ["first", "l1", "l2", "b1", "b2"]


async def test_a_full_queue_refuses_at_once_and_batch_never_takes_the_room_of_live(gate: Gate) -> None:
    async with gated(queue_limit=2) as farm:
        calls = [asyncio.create_task(farm.run((gate.path, "first")))]
        await gate.until_begun(1)
        for priority in (Priority.BATCH, Priority.LIVE):
            calls += [asyncio.create_task(farm.run((gate.path, "more"), priority=priority)) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(QueueFull) as refusal:
                await farm.run((gate.path, "too many"), priority=priority)
            assert refusal.value.limit == 2
            assert refusal.value.retry_after >= 1
        stats = farm.stats()
        assert (stats.queued_live, stats.queued_batch, stats.counters.rejected) == (2, 2, 2)
        gate.open()
        await asyncio.gather(*calls)


async def test_equal_keys_share_one_run_and_one_cancellation_harms_nobody_else(gate: Gate) -> None:
    async with gated(workers=2) as farm:
        calls = [asyncio.create_task(farm.run((gate.path, "shared"), key="k")) for _ in range(5)]
        await gate.until_begun(1)
        calls[0].cancel()
        late = asyncio.create_task(farm.run((gate.path, "shared"), key="k"))
        await asyncio.sleep(0)
        gate.open()
        assert await asyncio.gather(*calls[1:], late) == ["shared"] * 5
        assert calls[0].cancelled()
        assert farm.stats().counters.shared == 5
        assert await farm.run((gate.path, "again"), key="k") == "again"
    assert await gate.until_begun(2) == ["shared", "again"]


async def test_sharing_callers_each_get_an_error_of_their_own() -> None:
    async with Farm[str, object](f"{TASKS}:fail", workers=1) as farm:
        errors = await asyncio.gather(*(farm.run("values", key="k") for _ in range(3)), return_exceptions=True)
    assert all(isinstance(error, ValuesError) for error in errors)
    assert len({id(error) for error in errors}) == 3


async def test_a_queued_job_that_nobody_waits_for_is_dropped(gate: Gate) -> None:
    async with gated() as farm:
        first = asyncio.create_task(farm.run((gate.path, "first")))
        await gate.until_begun(1)
        waiting = [asyncio.create_task(farm.run((gate.path, "dropped"), key="k")) for _ in range(2)]
        await asyncio.sleep(0)
        for call in waiting:
            assert farm.stats().queued_live == 1
            call.cancel()
            await asyncio.wait([call])
        assert farm.stats().queued_live == 0
        assert farm.stats().counters.abandoned == 1
        gate.open()
        await first
        assert await farm.run((gate.path, "last")) == "last"
    assert await gate.until_begun(2) == ["first", "last"]


async def test_a_live_call_promotes_the_batch_job_it_joins(gate: Gate) -> None:
    async with gated(queue_limit=1, batch_queue_limit=5) as farm:
        calls = [asyncio.create_task(farm.run((gate.path, "first")))]
        await gate.until_begun(1)
        for name in ("b1", "b2"):
            calls.append(asyncio.create_task(farm.run((gate.path, name), priority=Priority.BATCH, key=name)))
            await asyncio.sleep(0)
        calls.append(asyncio.create_task(farm.run((gate.path, "b2"), key="b2")))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):  # no room to promote another
            await farm.run((gate.path, "b1"), key="b1")
        gate.open()
        await asyncio.gather(*calls)
    assert await gate.until_begun(3) == ["first", "b2", "b1"]


async def test_batch_leaves_a_worker_free_while_live_jobs_come_in(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.farm.dispatcher._RESERVE_SECONDS", 1000.0)
    async with gated(workers=2, reserve_for_live=1) as farm:
        already_open = Gate(tmp_path / "open")
        already_open.open()
        await farm.run((already_open.path, "live"))
        calls = [asyncio.create_task(farm.run((gate.path, "batch"), priority=Priority.BATCH)) for _ in range(2)]
        await gate.until_begun(1)
        await until(lambda: farm.health().ready == 2)
        assert farm.stats().queued_batch == 1
        assert await farm.run((already_open.path, "another live")) == "another live"
        assert farm.stats().queued_batch == 1
        gate.open()
        await asyncio.gather(*calls)


async def test_batch_takes_all_workers_once_no_live_job_has_come_for_a_while(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.farm.dispatcher._RESERVE_SECONDS", 0.1)
    async with gated(workers=2, reserve_for_live=1) as farm:
        already_open = Gate(tmp_path / "open")
        already_open.open()
        await farm.run((already_open.path, "live"))
        calls = [asyncio.create_task(farm.run((gate.path, "batch"), priority=Priority.BATCH)) for _ in range(2)]
        await gate.until_begun(2)
        gate.open()
        await asyncio.gather(*calls)


async def test_drain_finishes_what_was_accepted_and_refuses_the_rest(gate: Gate) -> None:
    async with gated() as farm:
        calls = [asyncio.create_task(farm.run((gate.path, str(n)))) for n in range(3)]
        await gate.until_begun(1)
        assert not await farm.drain(0.01)
        with pytest.raises(FarmClosed):
            await farm.run((gate.path, "late"))
        gate.open()
        assert await farm.drain(30)
        assert await asyncio.gather(*calls) == ["0", "1", "2"]


async def test_stop_ends_running_and_queued_jobs(gate: Gate) -> None:
    farm = gated()
    farm.start()
    calls = [asyncio.create_task(farm.run((gate.path, str(n)))) for n in range(2)]
    await gate.until_begun(1)
    await farm.stop()
    assert [type(e) for e in await asyncio.gather(*calls, return_exceptions=True)] == [FarmClosed, FarmClosed]
    assert farm.worker_pids() == []


async def test_a_farm_needs_a_worker_and_a_place() -> None:
    with pytest.raises(ValueError, match="at least one"):
        gated(workers=0)
    with pytest.raises(ValueError, match="at least one"):
        gated(queue_limit=0)
