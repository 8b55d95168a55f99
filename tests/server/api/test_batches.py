"""Batches over HTTP, against a running server."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from tests.databases import PostgreSQL
from tests.server.api.batch_calls import JOBS, document, job_of, path_of, rows_of, settled, submit, table, until
from tests.server.live_server import API_KEY, PATIENCE, LiveServer, live_server, write_template

MAX_ROWS = 3000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    """A server that takes batches of few rows."""
    data = tmp_path_factory.mktemp("batches")
    with live_server(data, live_templates, batch_max_rows=MAX_ROWS, batch_upload_bytes=2_000_000) as running:
        yield running


def test_every_url_is_warm_when_the_job_is_done(server: LiveServer) -> None:
    answer = submit(server, table(120))
    assert answer.headers["location"].startswith(f"{JOBS}/batch_")
    assert answer.headers["retry-after"] == "2"
    job = job_of(server, answer)
    assert (job["status"], job["outcome"]) == ("completed", "succeeded")
    assert job["counts"]["total"] == job["counts"]["succeeded"] == job["counts"]["rendered"] == 120
    renders = server.services.metrics.renders
    for row in rows_of(server, job["id"], "limit=500")[::10]:
        picture = server.ask(path_of(row["url"]))
        assert (picture.status, len(picture.body)) == (200, row["bytes"])
        assert picture.headers["etag"] == f'"{row["etag"]}"'
    assert server.services.metrics.renders == renders


def test_rows_as_json_keep_their_types_and_share_values(server: LiveServer) -> None:
    rows = [
        {"title": "00501", "tags": ["a", "b"], "_id": 7},
        {"title": "Own count", "count": 3, "_d": 2},
        {"title": "Dark", "_variant": "dark"},
        {"count": 1},
        {"title": "x", "cuont": 1},
    ]
    job = job_of(server, server.call(JOBS, {"template": "card", "variables": {"count": 5}, "rows": rows}))
    assert (job["outcome"], job["counts"]["failed"]) == ("partial", 2)
    found = rows_of(server, job["id"])
    assert "title=00501&" in found[0]["url"]
    assert "count=5" in found[0]["url"]
    assert quote('["a","b"]') in found[0]["url"]
    assert (found[0]["custom_id"], found[0]["values"]["title"]) == ("7", "00501")
    assert found[1]["outputs"][0]["width"] == 2 * found[0]["outputs"][0]["width"]
    assert "_variant=dark" in found[2]["url"]
    assert (found[3]["error"]["field"], found[3]["error"]["retryable"]) == ("title", False)
    assert found[4]["error"]["field"] == "cuont"
    assert "count" in found[4]["error"]["message"]


def test_a_row_has_a_picture_of_each_format_and_variant(server: LiveServer) -> None:
    job = job_of(server, submit(server, table(2, prefix="Variant"), "template=card&formats=png,webp&variants=,dark"))
    outputs = rows_of(server, job["id"])[0]["outputs"]
    assert [(each["format"], each.get("variant")) for each in outputs] == [
        *[("png", None), ("webp", None)],
        *[("png", "dark"), ("webp", "dark")],
    ]
    assert job["counts"]["rendered"] == 8
    for each in outputs:
        with Image.open(io.BytesIO(server.ask(path_of(each["url"])).body)) as picture:
            assert picture.format == each["format"].upper()


def test_equal_rows_are_rendered_once(server: LiveServer) -> None:
    renders = server.services.metrics.renders
    job = job_of(server, submit(server, "title\n" + "The same\n" * 200))
    assert job["counts"]["succeeded"] == 200
    assert server.services.metrics.renders - renders <= 4  # pieces that are worked on at the same time
    assert job["counts"]["rendered"] <= 4
    assert job["counts"]["reused"] == 200 - job["counts"]["rendered"]
    again = job_of(server, submit(server, "title\n" + "The same\n" * 200))
    assert (again["counts"]["reused"], again["counts"]["rendered"]) == (200, 0)


def test_columns_are_mapped(server: LiveServer) -> None:
    columns = quote(json.dumps({"Product name": "title", "SKU": "_id", "Internal": ""}))
    text = "SKU;Product name;Internal\n007;Süßes;secret\n"
    job = job_of(server, submit(server, text.encode("cp1252"), f"template=card&columns={columns}"))
    (row,) = rows_of(server, job["id"])
    assert (row["custom_id"], row["status"]) == ("007", "succeeded")
    assert quote("Süßes") in row["url"]
    assert "secret" not in row["url"]


def test_bad_rows_stop_nothing_and_come_back_to_be_mended(server: LiveServer) -> None:
    lines = [f"sku-{n},{'' if n % 20 == 0 else f'Good {n}'},{n % 9}" for n in range(200)]
    lines[7] = "sku-7,too,many,cells"
    lines[30] = "sku-29,Same id as before,1"
    job = job_of(server, submit(server, "_id,title,count\r\n" + "\r\n".join(lines)))
    assert (job["outcome"], job["counts"]["failed"], job["counts"]["succeeded"]) == ("partial", 12, 188)
    failed = {row["index"]: row["error"] for row in rows_of(server, job["id"], "status=failed")}
    assert failed[0]["field"] == "title"
    assert failed[7]["code"] == "unreadable-row"
    assert (failed[30]["field"], "line 31" in failed[30]["message"]) == ("_id", True)
    errors = server.call(f"{JOBS}/{job['id']}/errors.csv").body.decode("utf-8-sig")
    mended = errors.replace("sku-20,,", "sku-20,Mended,")
    again = job_of(server, submit(server, mended.encode("utf-8")))
    assert (again["counts"]["succeeded"], again["counts"]["total"]) == (2, 12)  # and the id that was there twice


def test_a_repeated_request_makes_no_second_job(server: LiveServer) -> None:
    first = submit(server, table(3, prefix="Twice"), Idempotency_Key="launch-1")
    again = submit(server, table(3, prefix="Twice"), Idempotency_Key="launch-1")
    assert document(again, 200)["id"] == job_of(server, first)["id"]
    other = document(submit(server, table(4, prefix="Twice"), Idempotency_Key="launch-1"), 422)
    assert other["code"] == "idempotency-conflict"
    assert (
        document(submit(server, table(1), Idempotency_Key="x" * 256), 422)["problems"][0]["name"] == "Idempotency-Key"
    )


def test_a_dry_run_tells_what_is_wrong_and_renders_nothing(server: LiveServer) -> None:
    renders = server.services.metrics.renders
    job = job_of(
        server,
        submit(
            server, "title\nGood\n\nBad because it is far longer than forty letters\n", "template=card&dry_run=true"
        ),
    )
    assert (job["outcome"], job["counts"]["failed"], job["counts"]["pending"]) == ("partial", 1, 1)
    assert rows_of(server, job["id"], "status=failed")[0]["line"] == 4
    assert server.services.metrics.renders == renders


def test_a_pilot_is_looked_at_first(server: LiveServer) -> None:
    job = job_of(server, submit(server, table(100, prefix="Pilot"), "template=card&pilot=12"))
    assert (job["status"], job["counts"]["succeeded"]) == ("awaiting_approval", 12)
    assert job["actions"] == ["continue", "cancel", "delete"]
    document(server.call(f"{JOBS}/{job['id']}/continue", b"", method="POST"))
    assert settled(server, job["id"])["counts"]["succeeded"] == 100
    refused = document(server.call(f"{JOBS}/{job['id']}/retry", b"", method="POST"), 409)
    assert refused["code"] == "wrong-state"


def test_a_job_that_is_cancelled_stops_at_once(server: LiveServer) -> None:
    answer = submit(server, table(MAX_ROWS, prefix="Cancelled"))
    batch = document(answer, 202)["id"]
    until(server, batch, lambda job: job["counts"]["succeeded"] > 0)
    asked = time.monotonic()
    document(server.call(f"{JOBS}/{batch}/cancel", b"", method="POST"))
    job = settled(server, batch)
    assert time.monotonic() - asked < 10  # how long it takes is measured elsewhere; this machine may be busy
    assert job["status"] == "cancelled"
    counts = job["counts"]
    assert counts["succeeded"] + counts["cancelled"] == MAX_ROWS
    assert counts["cancelled"] > 0
    renders = server.services.metrics.renders
    time.sleep(0.3)
    assert server.services.metrics.renders == renders


def test_rows_that_failed_are_rendered_again_once_there_is_what_they_need(server: LiveServer) -> None:
    missing = "http://127.0.0.1:9/none.png"
    job = job_of(server, server.call(JOBS, {"template": "card", "rows": [{"title": "A", "picture": missing}]}))
    assert job["counts"]["succeeded"] == 1  # without its picture
    unlucky = job_of(server, submit(server, "title,picture\nx,asset:none-yet\n"))
    assert unlucky["status"] == "completed"


def test_jobs_and_rows_come_in_pages(server: LiveServer) -> None:
    job = job_of(server, submit(server, table(25, prefix="Paged")))
    seen, cursor = [], ""
    while True:
        page = document(server.call(f"{JOBS}/{job['id']}/rows?limit=10{cursor}"))
        seen += [row["index"] for row in page["rows"]]
        if "next_cursor" not in page:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == list(range(25))
    first = document(server.call(f"{JOBS}?limit=1"))
    assert first["batches"][0]["id"] == job["id"]
    second = document(server.call(f"{JOBS}?limit=1&cursor={first['next_cursor']}"))
    assert second["batches"][0]["id"] != job["id"]


def test_a_job_that_has_not_changed_is_304(server: LiveServer) -> None:
    job = job_of(server, submit(server, table(1)))
    answer = server.call(f"{JOBS}/{job['id']}")
    again = server.call(f"{JOBS}/{job['id']}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_results_in_every_form(server: LiveServer) -> None:
    job = job_of(
        server, submit(server, table(12) + "bad,\n", "template=card&formats=png,jpg&names=" + quote("{_id}.{ext}"))
    )
    at = f"{JOBS}/{job['id']}"
    lines = list(csv.DictReader(io.StringIO(server.call(f"{at}/results.csv").body.decode("utf-8-sig"))))
    assert len(lines) == 12 * 2 + 1
    assert [line["format"] for line in lines[:2]] == ["png", "jpg"]
    whole = json.loads(server.call(f"{at}/results.json").body)
    assert (whole["batch"]["id"], len(whole["rows"])) == (job["id"], 13)
    each = [json.loads(line) for line in server.call(f"{at}/results.ndjson").body.splitlines()]
    assert each == whole["rows"]
    with zipfile.ZipFile(io.BytesIO(server.call(f"{at}/results.zip").body)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(f"sku-{n}.{ext}" for n in range(12) for ext in ("jpg", "png"))
        assert archive.read("sku-3.png") == server.ask(path_of(lines[6]["url"])).body
    for name in ("results.csv", "results.zip", "errors.csv"):
        assert "attachment" in server.call(f"{at}/{name}").headers["content-disposition"]


def events(lines: Iterator[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Id, name and data of each event."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield fields.get("id", ""), fields["event"], json.loads(fields["data"])
            fields = {}


def test_events_tell_what_happens_and_go_on_where_they_were(server: LiveServer) -> None:
    batch = document(submit(server, table(600, prefix="Event")), 202)["id"]
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=PATIENCE) as client:
        with client.stream("GET", f"{JOBS}/{batch}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            last, name, data = next(events(answer.iter_lines()))
        assert (name, data["id"], str(data["sequence"])) == ("progress", batch, last)
        with client.stream("GET", f"{JOBS}/{batch}/events", headers={"Last-Event-ID": last}) as answer:
            rest = list(events(answer.iter_lines()))
    assert [name for _, name, _ in rest][-1] == "done"
    assert all(int(identity) > int(last) for identity, _, _ in rest)
    assert rest[-1][2]["counts"]["succeeded"] == 600
    sequences = [int(identity) for identity, _, _ in rest]
    assert sequences == sorted(set(sequences))


def test_a_job_is_deleted_with_its_upload(server: LiveServer) -> None:
    batch = document(submit(server, table(MAX_ROWS, prefix="Deleted")), 202)["id"]
    assert document(server.call(f"{JOBS}/{batch}", method="DELETE"))["deleted"]
    for method, path in (("GET", ""), ("GET", "/rows"), ("GET", "/events"), ("POST", "/cancel"), ("DELETE", "")):
        assert server.call(f"{JOBS}/{batch}{path}", method=method).status == 404
    folder = server.services.batches.folder
    deadline = time.monotonic() + PATIENCE
    while (folder / batch).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [path.name for path in folder.glob("*.part")] == []


def test_a_template_that_goes_away(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    write_template(templates / "gone", "<body>{{ title }}</body>", '[variables.title]\ntype = "text"\n')
    with live_server(tmp_path / "data", templates) as server:
        job = job_of(server, submit(server, table(40), "template=gone&pilot=5"))
        for path in sorted((templates / "gone").iterdir()):
            path.unlink()
        (templates / "gone").rmdir()
        deadline = time.monotonic() + PATIENCE
        while "gone" in server.services.registry.names:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        document(server.call(f"{JOBS}/{job['id']}/continue", b"", method="POST"))
        job = settled(server, job["id"])
        assert (job["outcome"], job["counts"]["succeeded"], job["counts"]["failed"]) == ("partial", 5, 35)
        assert rows_of(server, job["id"], "status=failed")[0]["error"]["code"] == "unknown-template"


def test_pushed_data_lets_a_job_run_again(server: LiveServer) -> None:
    server.call("/v1/bindings/stock/level", {"left": 3}, method="PUT")
    repeat = quote('{"on_push": "level"}')
    job = job_of(server, submit(server, '{"_id": "a"}\n', f"template=stock&repeat={repeat}", "application/x-ndjson"))
    before = rows_of(server, job["id"])[0]["etag"]
    server.call("/v1/bindings/stock/level", {"left": 2}, method="PUT")
    job = until(server, job["id"], lambda job: job["run"] == 2 and job["status"] == "completed")
    assert job["counts"]["changed"] == 1
    assert rows_of(server, job["id"])[0]["etag"] != before
    document(server.call(f"{JOBS}/{job['id']}/cancel", b"", method="POST"))


def test_data_that_is_pushed_while_the_ledger_is_away_lets_jobs_run_again_later(
    postgresql: PostgreSQL, tmp_path: Path, live_templates: Path
) -> None:
    with live_server(tmp_path, live_templates, database_url=postgresql.new_database("away")) as server:
        server.call("/v1/bindings/stock/level", {"left": 3}, method="PUT")
        repeat = quote('{"on_push": "level"}')
        job = job_of(
            server, submit(server, '{"_id": "a"}\n', f"template=stock&repeat={repeat}", "application/x-ndjson")
        )
        postgresql.admit("away", False)
        postgresql.disconnect("away")
        asyncio.run(server.services.batches.pushed("stock", "level"))  # the push itself was kept a moment ago
        postgresql.admit("away", True)
        until(server, job["id"], lambda job: job["run"] == 2 and job["status"] == "completed")
