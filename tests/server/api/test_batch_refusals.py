"""What is refused about batches, and told over HTTP."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.server.api.batch_calls import JOBS, document, job_of, submit, table
from tests.server.live_server import LiveServer, live_server

MAX_ROWS = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    """A server that takes batches of few rows."""
    data = tmp_path_factory.mktemp("refusals")
    with live_server(data, live_templates, batch_max_rows=MAX_ROWS, batch_upload_bytes=2_000_000) as running:
        yield running


@pytest.mark.parametrize(
    ("body", "query", "names"),
    [
        ("Titel,count\nx,1\n", "template=card", ["Titel", "title"]),
        ("title,titel\nx,y\n", "template=card", ["titel"]),
        ("count\n1\n", "template=card", ["title"]),
        ("title\nx\n", "template=card&variants=drak", ["_variant"]),
        ("title\nx\n", "template=card&columns=" + quote('{"Name": "title"}'), ["columns.Name"]),
        ("title\nx\n", "template=card&variables=" + quote('{"cuont": 1}'), ["variables.cuont"]),
        ("title\nx\n", "template=card&names=" + quote("{titel}.png"), ["names"]),
        ("title\nx\n", "template=card&repeat=" + quote('{"on_push": "level"}'), ["repeat.on_push"]),
    ],
)
def test_what_can_not_work_is_refused_before_it_is_promised(
    server: LiveServer, body: str, query: str, names: list[str]
) -> None:
    problem = document(submit(server, body, query), 422)
    assert [each["name"] for each in problem["problems"]] == names
    unknown = [each["name"] for each in problem["problems"] if each.get("code") == "unknown-column"]
    assert unknown == [name for name in names if name.casefold() == "titel"]


def test_a_column_with_a_long_name_is_told_by_the_name_that_maps_it(server: LiveServer) -> None:
    name = "x" * 200
    (problem,) = document(submit(server, f"title,{name}\nx,y\n"), 422)["problems"]
    assert problem["name"] == name
    query = f"template=card&dry_run=true&columns={quote(json.dumps({name: ''}))}"
    assert job_of(server, submit(server, f"title,{name}\nx,y\n", query))["counts"]["pending"] == 1


def test_a_template_that_is_not_there(server: LiveServer) -> None:
    assert document(submit(server, "title\nx\n", "template=nothing"), 404)["code"] == "unknown-template"
    assert document(submit(server, "title\nx\n", "template=card&_v=0000000000000000"), 404)["code"] == "unknown-version"


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=501", "limit=x"),
        *("cursor=!", "cursor=W10", "cursor=e30", "cursor=eyJyb3ciOiAtMX0"),
        *("status=odd", "finding=", "finding=A", "finding=blank,"),
    ],
)
def test_impossible_pages(server: LiveServer, query: str) -> None:
    job = job_of(server, submit(server, table(1)))
    assert document(server.call(f"{JOBS}/{job['id']}/rows?{query}"), 422)["code"] == "invalid-values"


@pytest.mark.parametrize("place", [{"time": 1}, {"time": 1, "id": "\0"}, {"time": 1, "id": "\ud800"}, {"time": "x"}])
def test_impossible_places_in_the_list_of_jobs(server: LiveServer, place: dict[str, object]) -> None:
    cursor = urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    assert document(server.call(f"{JOBS}?cursor={cursor}"), 422)["problems"][0]["name"] == "cursor"


@pytest.mark.parametrize("chosen", [{"rows": [2**63]}, {"rows": [-1]}, {"custom_ids": ["\0"]}, {"rows": [[0]]}])
def test_rows_that_can_not_be(server: LiveServer, chosen: dict[str, object]) -> None:
    job = job_of(server, submit(server, table(1)))
    assert document(server.call(f"{JOBS}/{job['id']}/retry", chosen), 422)["code"] == "invalid-values"


def test_whoever_has_no_key_sees_nothing(server: LiveServer) -> None:
    job = job_of(server, submit(server, table(1)))
    for path in ("", f"/{job['id']}", f"/{job['id']}/rows", f"/{job['id']}/events", f"/{job['id']}/results.zip"):
        assert server.call(f"{JOBS}{path}", key=None).status == 401
    assert server.ask(JOBS, "POST", {"Content-Type": "text/csv"}, table(1).encode()).status == 401


def test_too_many_rows(server: LiveServer) -> None:
    job = job_of(server, submit(server, table(MAX_ROWS + 1)))
    assert (job["status"], job["error"]["code"]) == ("failed", "too-many-rows")
    assert f"{MAX_ROWS:,}" in job["error"]["message"]


def test_a_body_that_is_torn_is_refused(server: LiveServer) -> None:
    refused = document(server.call(f"{JOBS}?template=card", b'[{"title": "a"}, {"title":'), 400)
    assert "row 1" in refused["detail"]


def test_limits_of_a_key(tmp_path: Path, live_templates: Path) -> None:
    with live_server(tmp_path, live_templates, batch_open_jobs=1, batch_rows_per_day=30) as server:
        waiting = job_of(server, submit(server, table(10), "template=card&pilot=1"))
        refused = submit(server, table(1))
        assert (refused.status, int(refused.headers["retry-after"]) > 0) == (429, True)
        document(server.call(f"{JOBS}/{waiting['id']}/cancel", b"", method="POST"))
        huge = job_of(server, submit(server, table(21)))
        assert (huge["status"], huge["error"]["code"], huge["counts"]["rendered"]) == ("failed", "too-many-rows", 0)
        kept = submit(server, table(20), Idempotency_Key="the last of the day")
        job_of(server, kept)
        assert document(submit(server, table(1)), 429)["code"] == "too-many-jobs"
        assert document(submit(server, table(1), Idempotency_Key="another"), 429)["code"] == "too-many-jobs"
        again = submit(server, table(20), Idempotency_Key="the last of the day")
        assert document(again)["id"] == document(kept, 202)["id"]


def test_a_server_that_keeps_no_pictures_takes_dry_runs_only(tmp_path: Path, live_templates: Path) -> None:
    with live_server(tmp_path, live_templates, disk_cache_bytes=0) as server:
        assert document(submit(server, table(1)), 507)["code"] == "no-store"
        assert job_of(server, submit(server, table(1), "template=card&dry_run=true"))["outcome"] == "succeeded"
