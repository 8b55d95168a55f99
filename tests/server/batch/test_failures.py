"""The ground gives way beneath running batches: disks fill up, the database goes, the clock jumps, processes die."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.databases import PostgreSQL
from tests.server.batch.machines import JOBS, Works
from tests.server.batch.orders import Time, retried, titles, uploaded
from tests.server.live_server import live_server, wait_until

HOURS = 5 * 3600.0


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A folder with little room."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount file systems")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Take all the room there is, but some bytes."""
    status = os.statvfs(folder)
    path = folder / "filler"
    with path.open("wb") as file, suppress(OSError):
        file.write(bytes(status.f_bavail * status.f_frsize - leave))
    return path


def by_status(works: Works, batch: str) -> Counter[str]:
    rows = works.rows(batch)
    assert [row["index"] for row in rows] == list(range(len(rows)))
    return Counter(row["status"] for row in rows)


def test_a_disk_without_room_for_pictures(tmp_path: Path, live_templates: Path, postgresql: PostgreSQL) -> None:
    database = postgresql.new_database("brimful")
    with (
        small_disk(tmp_path / "disk", "3m") as disk,
        live_server(disk, live_templates, database_url=database) as server,
    ):
        works = Works(server)
        works.settled(works.submit(titles("Before", 3)))
        filler = fill(disk, leave=64_000)  # for the upload
        batch = works.submit(titles("Full", 60))
        job = works.settled(batch)
        assert job["status"] == "completed"
        assert job["counts"]["failed"] >= 40
        errors = [row["error"] for row in works.rows(batch) if row["status"] == "failed"]
        assert {(error["code"], error["retryable"]) for error in errors} == {("not-kept", True)}
        filler.unlink()
        job = retried(works, batch)
        assert (job["outcome"], job["counts"]["succeeded"]) == ("succeeded", 60)
        assert by_status(works, batch) == {"succeeded": 60}


def test_a_disk_without_room_for_an_upload(tmp_path: Path, live_templates: Path, postgresql: PostgreSQL) -> None:
    database = postgresql.new_database("brimful")
    with (
        small_disk(tmp_path / "disk", "3m") as disk,
        live_server(disk, live_templates, database_url=database) as server,
    ):
        works = Works(server)
        filler = fill(disk)
        refused = server.call(JOBS, {"template": "card", "rows": titles("None", 3000)})
        assert (refused.status, refused.json()["code"]) == (507, "storage-full")
        assert list(server.services.batches.folder.glob("*.part")) == []
        filler.unlink()
        assert works.settled(works.submit(titles("Room", 5)))["outcome"] == "succeeded"


def test_a_disk_without_room_for_the_ledger(tmp_path: Path, live_templates: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk, live_server(disk, live_templates) as server:
        works = Works(server)
        batch = works.submit(titles("Ledger", 500))
        works.begun(batch)
        filler = fill(disk)
        wait_until(lambda: server.call(JOBS, {"template": "card", "rows": titles("No", 2)}).status in (503, 507))
        time.sleep(1)
        assert server.ask("/livez").status == 200
        filler.unlink()
        job = works.settled(batch)
        assert job["status"] == "completed", job
        if job["outcome"] != "succeeded":
            assert {row["error"]["code"] for row in works.rows(batch) if row["status"] == "failed"} == {"not-kept"}
            job = retried(works, batch)
        assert (job["outcome"], job["counts"]["succeeded"]) == ("succeeded", 500)
        assert by_status(works, batch) == {"succeeded": 500}


def test_a_database_that_goes_away_in_the_middle(tmp_path: Path, live_templates: Path, postgresql: PostgreSQL) -> None:
    with live_server(tmp_path, live_templates, database_url=postgresql.new_database("gone")) as server:
        works = Works(server)
        batch = works.submit(titles("Database", 500))
        works.begun(batch)
        postgresql.admit("gone", False)
        postgresql.disconnect("gone")
        for answer in (
            server.call(f"{JOBS}/{batch}"),
            server.call(JOBS, {"template": "card", "rows": titles("Away", 1)}),
            server.call(f"{JOBS}/{batch}/rows"),
            server.call(f"{JOBS}/{batch}/cancel", method="POST"),
        ):
            assert (answer.status, answer.json()["code"]) == (503, "database-unavailable")
        assert server.ask(server.path("card", title="Still there")).status == 200
        time.sleep(2)
        postgresql.admit("gone", True)
        job = works.settled(batch)
        assert (job["status"], job["outcome"], job["counts"]["succeeded"]) == ("completed", "succeeded", 500)
        assert job["counts"]["rendered"] + job["counts"]["reused"] == 500
        assert by_status(works, batch) == {"succeeded": 500}
        assert {row["attempts"] for row in works.rows(batch)} == {1}
        assert list(server.services.batches.folder.glob("*.part")) == []


def test_a_database_that_goes_away_while_an_upload_is_read(
    tmp_path: Path, live_templates: Path, postgresql: PostgreSQL
) -> None:
    with live_server(tmp_path, live_templates, database_url=postgresql.new_database("gone")) as server:
        works = Works(server)
        body = "_id,title,count\n" + "".join(f"{n},Row {n},{n % 11}\n" for n in range(4000))
        batch = uploaded(works, body, "template=card&dry_run=true")
        works.until(batch, lambda job: job["counts"]["total"] > 0)
        postgresql.disconnect("gone")
        job = works.settled(batch)
        assert (job["status"], job["counts"]["total"], job["counts"]["failed"]) == ("completed", 4000, 363)
        assert len(works.rows(batch)) == 4000


@pytest.mark.parametrize("jump", [HOURS, -HOURS])
def test_a_clock_that_jumps(tmp_path: Path, live_templates: Path, jump: float) -> None:
    clock = Time()
    with live_server(tmp_path, live_templates, clock) as server:
        works = Works(server)
        batch = works.submit(titles(f"Clock {jump}", 300))
        works.begun(batch)
        clock.moved += jump
        later = works.submit(titles(f"Later {jump}", 50))
        jobs = [works.settled(batch), works.settled(later)]
        assert [job["outcome"] for job in jobs] == ["succeeded", "succeeded"]
        assert [job["counts"]["succeeded"] for job in jobs] == [300, 50]
        assert by_status(works, batch) == {"succeeded": 300}
        assert {row["attempts"] for row in works.rows(batch)} == {1}
        clock.moved -= jump
        assert works.settled(works.submit(titles(f"Back {jump}", 20)))["outcome"] == "succeeded"


def test_render_processes_that_are_killed_cost_no_row(tmp_path: Path, live_templates: Path) -> None:
    with live_server(tmp_path, live_templates, renderers=2) as server:
        works = Works(server)
        batch = works.submit(titles("Killed", 400))
        works.begun(batch)
        os.kill(server.services.farm.worker_pids()[0], signal.SIGKILL)
        job = works.settled(batch)
        assert (job["status"], job["outcome"]) == ("completed", "succeeded"), job
        assert by_status(works, batch) == {"succeeded": 400}
