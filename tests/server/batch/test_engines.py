"""What batches promise whoever does the work, and what workers on other machines promise beyond that."""

from __future__ import annotations

import logging
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.server.batch.machines import Works, distributed_works, embedded_works
from tests.server.live_server import wait_until


@pytest.fixture(scope="module")
def distributed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, live_templates: Path
) -> Iterator[Works]:
    """A server and two workers, PostgreSQL and Redis."""
    postgresql, redis = request.getfixturevalue("postgresql"), request.getfixturevalue("redis")
    with distributed_works(tmp_path_factory.mktemp("distributed"), live_templates, postgresql, redis) as works:
        yield works


@pytest.fixture(scope="module", params=["embedded", "celery"])
def works(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, live_templates: Path
) -> Iterator[Works]:
    """Each engine."""
    if request.param == "celery":
        yield request.getfixturevalue("distributed")
        return
    with embedded_works(tmp_path_factory.mktemp("embedded"), live_templates) as embedded:
        yield embedded


def cards(name: str, count: int) -> list[Mapping[str, object]]:
    return [{"title": f"{name} {number}", "_id": f"{name}-{number}"} for number in range(count)]


def by_status(works: Works, batch: str) -> Counter[str]:
    rows = works.rows(batch)
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert all(("error" in row) == (row["status"] == "failed") for row in rows)
    return Counter(row["status"] for row in rows)


def complete(works: Works, batch: str, rows: int) -> None:
    """All rows have pictures, none was rendered for nothing."""
    job = works.settled(batch)
    assert (job["status"], job["outcome"]) == ("completed", "succeeded"), job
    assert job["counts"]["succeeded"] == rows
    assert job["counts"]["rendered"] + job["counts"]["reused"] == rows
    assert by_status(works, batch) == {"succeeded": rows}


def test_every_row_of_a_job_gets_its_picture(works: Works) -> None:
    batch = works.submit(cards("all", 120))
    complete(works, batch, 120)
    before = works.server.services.metrics.renders
    for row in works.rows(batch)[::40]:
        assert row["url"].startswith(works.server.url)
        answer = works.server.ask(row["url"].removeprefix(works.server.url))
        assert (answer.status, len(answer.body)) == (200, row["bytes"])
    # What a worker has rendered is in the server's store.
    assert works.server.services.metrics.renders == before


def test_bad_rows_stop_nothing(works: Works) -> None:
    rows = [*cards("good", 100), {"count": 3}, {"title": "x", "count": 77}, {"title": "x" * 41}]
    job = works.settled(batch := works.submit(rows))
    assert (job["status"], job["outcome"]) == ("completed", "partial")
    assert by_status(works, batch) == {"succeeded": 100, "failed": 3}
    assert [row["error"]["field"] for row in works.rows(batch)[100:]] == ["title", "count", "title"]


def test_a_pilot_waits_for_approval(works: Works) -> None:
    batch = works.submit(cards("pilot", 90), pilot=10)
    assert works.settled(batch)["status"] == "awaiting_approval"
    assert by_status(works, batch) == {"succeeded": 10, "pending": 80}
    works.order(batch, "continue")
    complete(works, batch, 90)


def test_a_cancelled_job_ends_soon(works: Works) -> None:
    batch = works.submit(cards("cancelled", 2500))
    works.begun(batch)
    works.order(batch, "cancel")
    job = works.settled(batch)
    assert job["status"] == "cancelled"
    found = by_status(works, batch)
    assert found["cancelled"] > 0
    assert found["cancelled"] + found["succeeded"] == 2500
    assert found["succeeded"] == job["counts"]["succeeded"]


def test_failed_rows_are_rendered_again_on_request(works: Works) -> None:
    batch = works.submit(cards("again", 60))
    complete(works, batch, 60)
    answer = works.server.call(f"/v1/batches/{batch}/retry", {"rows": [3, 4]})
    assert answer.status in (200, 202)
    job = works.settled(batch)
    assert (job["run"], job["outcome"], job["counts"]["succeeded"]) == (2, "succeeded", 60)


def test_what_a_killed_worker_had_is_done_by_another(distributed: Works) -> None:
    batch = distributed.submit(cards("killed", 600))
    distributed.begun(batch)
    victim, other = distributed.workers

    def caught() -> bool:
        """Stopped while it has work, so that it can't come to an end before it is killed."""
        victim.signal(signal.SIGSTOP)
        if distributed.held_by(victim):
            return True
        victim.signal(signal.SIGCONT)
        return False

    wait_until(caught)
    victim.kill()
    left = distributed.held_by(victim)
    assert left
    distributed.expire(victim)
    complete(distributed, batch, 600)
    for number, generation in left:
        ((holder, now),) = distributed.query(
            "SELECT holder, generation FROM batch_chunks WHERE batch = :b AND number = :n", b=batch, n=number
        )
        assert now == generation + 1
        assert f"/{other.pid}-" in holder
    assert "attempt 2" in other.log.read_text()
    victim.start()


def test_a_worker_that_is_told_to_end_finishes_what_it_has(distributed: Works) -> None:
    batch = distributed.submit(cards("ended", 600))
    distributed.begun(batch)
    _, ended = distributed.workers
    assert ended.stop() == 0
    left = distributed.held_by(ended)
    ended.start()
    assert left == []
    complete(distributed, batch, 600)
    assert distributed.query("SELECT number FROM batch_chunks WHERE batch = :b AND attempts > 1", b=batch) == []


def test_a_redis_that_forgets_everything_delays_nothing(distributed: Works) -> None:
    batch = distributed.submit(cards("forgotten", 600))
    while distributed.job(batch)["status"] not in ("completed", "failed"):
        distributed.redis.empty()
    complete(distributed, batch, 600)
    complete(distributed, distributed.submit(cards("afterwards", 60)), 60)


def test_work_goes_on_when_redis_is_back(distributed: Works, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "server.batch.distributed")
    begun = distributed.submit(cards("begun", 600))
    distributed.begun(begun)
    distributed.redis.kill()
    later = distributed.submit(cards("later", 120))
    wait_until(lambda: "Redis fails" in caplog.text)
    assert distributed.server.ask("/livez").status == 200
    assert b"\nsignet_batch_broker_up 0\n" in distributed.server.ask("/metrics").body
    distributed.redis.start()
    complete(distributed, begun, 600)
    complete(distributed, later, 120)
    wait_until(lambda: "Redis is back" in caplog.text)
    assert b"\nsignet_batch_broker_up 1\n" in distributed.server.ask("/metrics").body


def test_messages_are_few_however_much_work_there_is(distributed: Works) -> None:
    batch = distributed.submit(cards("many", 5000))
    distributed.begun(batch)
    most = 0
    while distributed.job(batch)["status"] not in ("completed", "failed") and most == 0:
        most = max(most, distributed.redis.messages())
    assert 0 < most <= 64
    distributed.order(batch, "cancel")
    assert distributed.settled(batch)["status"] == "cancelled"


def test_all_workers_take_part_whatever_they_have_been_through(distributed: Works) -> None:
    wanted = {worker.pid for worker in distributed.workers}
    names = iter(range(100))

    def all_in_one_job() -> bool:
        batch = distributed.submit(cards(f"shared {next(names)}", 300))
        complete(distributed, batch, 300)
        return distributed.holders(batch) == wanted

    # One of them may have found Redis away, and waits some seconds before it looks again.
    wait_until(all_in_one_job)
