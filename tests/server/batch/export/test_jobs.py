"""Exports of whole jobs, asked for over the API: to a real S3 of moto, and to storages that fail, refuse and hang."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.edge import free_loopback_address
from tests.server.batch.export.storages import BUCKET, FORBIDDEN, S3, ScriptedStorage, running_s3
from tests.server.batch.machines import JOBS, Works
from tests.server.batch.orders import Time, path_of, retried, titles
from tests.server.live_server import live_server

EXPORT = {"bucket": BUCKET, "prefix": "launch/"}


@contextmanager
def exporting(folder: Path, templates: Path, url: str, clock: Time | None = None) -> Iterator[Works]:
    """A server that may export to two buckets of a storage."""
    buckets = (BUCKET, "no-such-bucket")
    with live_server(
        folder / "data", templates, clock or Time(), export_buckets=buckets, export_endpoint=url
    ) as server:
        yield Works(server, database=f"sqlite:///{folder}/data/signet.db")


@pytest.fixture(scope="module")
def works(running: S3, tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[Works]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIDTESTS")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests")
        with exporting(tmp_path_factory.mktemp("exporting"), live_templates, running.url) as opened:
            yield opened


def manifest(s3: S3, prefix: str = "launch/") -> list[dict[str, Any]]:
    return [json.loads(line) for line in s3.read(f"{prefix}manifest.ndjson").splitlines()]


def test_callers_are_told_where_they_may_export_to(works: Works) -> None:
    assert works.server.call("/v1/exports").json() == {"buckets": [BUCKET, "no-such-bucket"]}


def test_every_picture_is_in_the_bucket_and_in_the_manifest(works: Works, s3: S3) -> None:
    rows: list[dict[str, object]] = [*titles("Exported", 30), {"count": 1}]
    wanted = {"formats": ["png", "jpg"], "names": "{title}.{ext}", "metadata": {"season": "autumn"}}
    batch = works.submit(rows, export=EXPORT, **wanted)
    job = works.settled(batch)
    assert (job["outcome"], job["warnings"]) == ("partial", [])
    assert (job["counts"]["exported"], job["counts"]["succeeded"]) == (60, 30)
    lines = manifest(s3)
    names = {line["name"] for line in lines}
    assert s3.keys() == sorted({*names, "launch/manifest.json", "launch/manifest.ndjson"})
    assert len(names) == len(lines) == 60
    for line in lines[::15]:
        picture = works.server.ask(path_of(line["url"]))
        assert s3.read(line["name"]) == picture.body
        assert picture.headers["etag"] == f'"{line["etag"]}"'
        assert line["variables"] == {"title": f"Exported {line['index']}"}
    summary = json.loads(s3.read("launch/manifest.json"))
    assert (summary["pictures"], summary["rows"]["failed"], summary["metadata"]) == (60, 1, {"season": "autumn"})
    assert {output["file"] for row in works.rows(batch) for output in row["outputs"]} == names


def test_rows_that_are_rendered_again_are_exported_again(works: Works, s3: S3) -> None:
    batch = works.submit(titles("Twice", 6), export=EXPORT)
    assert works.settled(batch)["counts"]["exported"] == 6
    s3.empty()
    job = retried(works, batch, rows=[2, 3])
    assert (job["run"], job["counts"]["exported"], job["warnings"]) == (2, 6, [])
    assert s3.keys() == ["launch/2.png", "launch/3.png", "launch/manifest.json", "launch/manifest.ndjson"]
    assert [line["index"] for line in manifest(s3)] == list(range(6))


def test_pictures_that_the_store_has_forgotten_are_counted_once_for_all_pieces(works: Works, s3: S3) -> None:
    batch = works.submit(titles("Forgotten", 450), export=EXPORT)
    assert works.settled(batch)["warnings"] == []
    # As if the store had been too small, and the server had ended before anything was exported.
    for index in (3, 203, 403):
        etag = works.rows(batch)[index]["etag"]
        lost = "UPDATE batch_rows SET outputs = replace(replace(outputs, :etag, :none), :file, 'null')"
        where = " WHERE batch = :b AND number = :n"
        file = f'"launch/{index:03}.png"'
        works.query(lost + where, etag=etag, none="0" * 64, file=file, b=batch, n=index)
    works.query(
        "UPDATE batch_chunks SET state = 'pending' WHERE batch = :b AND kind IN ('export', 'manifest')", b=batch
    )
    works.query("UPDATE batches SET status = 'finalizing', outcome = NULL, exported = 447 WHERE id = :b", b=batch)
    job = works.settled(batch)
    assert set(job["warnings"]) == {
        "The store had forgotten pictures before they could be exported.",
        "3 pictures are not in the bucket: to export what has no `file` yet, retry its row.",
    }
    assert job["counts"]["exported"] == 447
    assert [row["index"] for row in works.rows(batch) if "file" not in row["outputs"][0]] == [3, 203, 403]
    again = retried(works, batch, rows=[3, 203, 403])
    assert (again["counts"]["exported"], again["warnings"]) == (450, [])


@pytest.mark.parametrize(
    ("export", "name"),
    [
        ({"bucket": "launch-pictuers"}, "export.bucket"),
        ({"bucket": BUCKET, "prefix": "../"}, "export.prefix"),
        ({"bucket": "Not A Bucket"}, "export.bucket"),
    ],
)
def test_what_may_not_be_exported_is_refused_at_once(works: Works, export: dict[str, str], name: str) -> None:
    answer = works.server.call(JOBS, {"template": "card", "rows": titles("No", 1), "export": export})
    problems: Any = answer.json()["problems"]
    assert (answer.status, [each["name"] for each in problems]) == (422, [name])


def test_a_server_without_buckets_exports_nothing(embedded: Works) -> None:
    answer = embedded.server.call(JOBS, {"template": "card", "rows": titles("No", 1), "export": EXPORT})
    assert (answer.status, "SIGNET_EXPORT_BUCKETS" in str(answer.json())) == (422, True)


def test_a_bucket_that_is_gone_costs_a_warning(works: Works) -> None:
    batch = works.submit(titles("Gone", 5), export={"bucket": "no-such-bucket"})
    job = works.settled(batch)
    assert (job["outcome"], job["counts"]["succeeded"], job["counts"]["exported"]) == ("succeeded", 5, 0)
    assert job["warnings"] == ["The export failed: The bucket no-such-bucket does not exist."]


def test_a_storage_that_refuses_costs_a_warning(tmp_path: Path, live_templates: Path) -> None:
    storage = ScriptedStorage(403, body=FORBIDDEN)
    with storage.running() as url, exporting(tmp_path, live_templates, url) as works:
        job = works.settled(works.submit([*titles("Refused", 250), {}], export=EXPORT))
        assert (job["status"], job["outcome"], job["counts"]["succeeded"]) == ("completed", "partial", 250)
        (warning,) = job["warnings"]
        assert "does not let this server write to the bucket" in warning
        assert "AKID" not in json.dumps(job)


def test_an_export_goes_on_when_the_storage_is_back(tmp_path: Path, live_templates: Path) -> None:
    address, clock = free_loopback_address(), Time()
    with exporting(tmp_path, live_templates, f"http://{address}", clock) as works:
        batch = works.submit(titles("Later", 20), export=EXPORT)
        failed = "SELECT count(*) FROM batch_chunks WHERE kind = 'export' AND state = 'pending' AND attempts = 1"
        works.until(batch, lambda _: works.query(failed) == [(1,)])
        assert works.job(batch)["status"] == "finalizing"
        with running_s3(int(address.rpartition(":")[2])) as s3:
            clock.moved += 10  # until then it is left alone
            job = works.settled(batch)
            assert (job["outcome"], job["counts"]["exported"], job["warnings"]) == ("succeeded", 20, [])
            assert len(manifest(s3)) == 20


def test_a_job_whose_storage_hangs_is_cancelled_at_once(tmp_path: Path, live_templates: Path) -> None:
    storage = ScriptedStorage(200, gate=threading.Event())
    with storage.running() as url, exporting(tmp_path, live_templates, url) as works:
        batch = works.submit(titles("Hanging", 20), export=EXPORT)
        works.until(batch, lambda _: bool(storage.asked))
        asked = time.monotonic()
        works.order(batch, "cancel")
        job = works.settled(batch)
        assert (job["status"], job["counts"]["succeeded"]) == ("cancelled", 20)
        assert time.monotonic() - asked < 6  # two seconds, where nobody else needs the machine
