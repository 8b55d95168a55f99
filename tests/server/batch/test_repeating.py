"""Jobs that run again by the clock: only pictures whose key has changed are rendered anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.batch.machines import JOBS, Works
from tests.server.batch.orders import Time, titles
from tests.server.live_server import live_server, write_template
from tests.server.outgoing.origin import Origin, reply, serving

STATS = '[variables.user]\ntype = "text"\n[bindings.stats]\nurl = "{}stats/{{{{ user }}}}"\nttl = "60s"\n'
STATS_HTML = "<body style='margin: 0; background: {{ stats.color }}'></body>"
USERS = [{"user": "ada"}, {"user": "bob"}, {"user": "eve"}]
HOUR = 3600


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving() as running:
        for user in ("ada", "bob", "eve"):
            says(running, user, "#ff0000")
        yield running


def says(origin: Origin, user: str, color: str) -> None:
    origin.answers[f"/stats/{user}"] = reply(200, json.dumps({"color": color}).encode())


@pytest.fixture
def clock() -> Time:
    return Time()


@contextmanager
def serving_batches(folder: Path, origin: Origin, clock: Time) -> Iterator[Works]:
    """A server that renders live data of the origin."""
    write_template(folder / "templates" / "stats", STATS_HTML, STATS.format(origin.url("/")))
    with live_server(folder / "data", folder / "templates", clock, allowed_hosts=("127.0.0.1",)) as server:
        yield Works(server)


@pytest.fixture
def works(tmp_path: Path, origin: Origin, clock: Time) -> Iterator[Works]:
    with serving_batches(tmp_path, origin, clock) as opened:
        yield opened


def after_run(works: Works, batch: str, run: int) -> dict[str, Any]:
    return works.until(batch, lambda job: job["run"] == run and job["status"] == "completed")


def test_only_what_has_changed_is_rendered_again(works: Works, origin: Origin, clock: Time) -> None:
    batch = works.submit([*USERS, {"user": 7, "nonsense": 1}], template="stats", repeat={"every": HOUR})
    first = after_run(works, batch, 1)
    assert first["outcome"] == "partial"
    assert (first["counts"]["rendered"], first["counts"]["changed"], first["counts"]["failed"]) == (3, 3, 1)
    assert "expires_at" not in first
    etags = [row.get("etag") for row in works.rows(batch)]
    says(origin, "bob", "#0000ff")
    clock.moved += HOUR + 1
    second = after_run(works, batch, 2)
    counts = second["counts"]
    assert (counts["rendered"], counts["reused"], counts["changed"], counts["failed"]) == (1, 2, 1, 1)
    assert (counts["succeeded"], counts["total"], second["outcome"]) == (3, 4, "partial")
    rows = works.rows(batch)
    assert [row.get("etag") != etag for row, etag in zip(rows, etags, strict=True)] == [False, True, False, False]
    assert [row["outputs"][0]["changed"] for row in rows[:3]] == [False, True, False]
    assert second["repeat_at"] > first["repeat_at"]
    clock.moved += HOUR + 1
    assert after_run(works, batch, 3)["counts"]["changed"] == 0


def test_a_job_is_repeated_until_it_is_cancelled(works: Works, clock: Time) -> None:
    batch = works.submit(USERS, template="stats", repeat={"every": 60})
    assert "cancel" in after_run(works, batch, 1)["actions"]
    works.order(batch, "cancel")
    job = works.job(batch)
    assert (job["status"], "repeat_at" in job, job["counts"]["succeeded"]) == ("cancelled", False, 3)
    clock.moved += HOUR
    other = works.submit(USERS, template="stats", repeat={"every": 60})
    after_run(works, other, 1)
    clock.moved += HOUR
    after_run(works, other, 2)
    assert works.job(batch)["run"] == 1


def test_data_that_is_away_costs_a_run_its_rows_and_no_more(works: Works, origin: Origin, clock: Time) -> None:
    batch = works.submit(USERS, template="stats", repeat={"every": 2 * 86400})
    after_run(works, batch, 1)
    origin.answers["/stats/eve"] = reply(503)
    clock.moved += 3 * 86400  # nothing that old is shown
    job = after_run(works, batch, 2)
    assert job["outcome"] == "partial"
    state = [row["outputs"][0]["state"] if row["outputs"] else row["error"]["code"] for row in works.rows(batch)]
    assert state == ["fresh", "fresh", "binding-unavailable"]


def test_what_was_due_while_the_server_was_away_is_made_up_for(tmp_path: Path, origin: Origin, clock: Time) -> None:
    with serving_batches(tmp_path, origin, clock) as works:
        batch = works.submit(USERS, template="stats", repeat={"every": HOUR})
        after_run(works, batch, 1)
    clock.moved += 10 * HOUR
    with serving_batches(tmp_path, origin, clock) as works:
        assert after_run(works, batch, 2)["counts"]["reused"] == 3


@pytest.mark.parametrize("repeat", [{}, {"every": 59}, {"every": "soon"}, {"on_push": "stats"}, {"often": 60}])
def test_times_that_are_none(embedded: Works, repeat: dict[str, object]) -> None:
    body = {"template": "card", "rows": titles("Never", 1), "repeat": repeat}
    assert embedded.server.call(JOBS, body).status == 422
