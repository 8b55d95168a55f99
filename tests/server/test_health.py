"""`/livez`, `/readyz` and `/metrics` of a running server."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.server.live_server import LiveServer, live_server, stopped, wait_until


def samples(server: LiveServer) -> dict[str, float]:
    """Metrics by name (Prometheus text format 0.0.4)."""
    answer = server.ask("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.body.decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_a_running_server_is_alive_and_ready(live: LiveServer) -> None:
    for path, status in (("/livez", "alive"), ("/readyz", "ready")):
        answer = live.ask(path)
        assert (answer.status, answer.json()["status"]) == (200, status)
        assert answer.headers["cache-control"] == "no-store"


def test_readiness_needs_no_template(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    with live_server(tmp_path / "data", tmp_path / "templates") as server:
        wait_until(lambda: server.services.farm.health().ok)
        assert server.ask("/readyz").status == 200


def test_a_server_without_a_templates_folder_serves_all_the_same(tmp_path: Path) -> None:
    with live_server(tmp_path / "data", tmp_path / "nowhere") as server:
        assert server.ask("/livez").status == 200
        assert server.call("/v1/templates").json() == {"templates": [], "broken": []}


def test_a_full_queue_is_not_ready_but_alive(frail: LiveServer) -> None:
    worker = stopped(frail)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(frail.ask, frail.path("card", title="One"))
        wait_until(lambda: frail.services.farm.stats().running == 1)
        second = pool.submit(frail.ask, frail.path("card", title="Two"))
        wait_until(lambda: frail.services.farm.stats().queued_live == 1)
        answer = frail.ask("/readyz")
        assert (answer.status, answer.json()["queue"]) == (503, "full")
        assert samples(frail)["signet_queue_live"] == 1
        assert frail.ask("/livez").status == 200
        os.kill(worker, signal.SIGCONT)
        assert {first.result().status, second.result().status} == {200}
    assert frail.ask("/readyz").status == 200


def test_counters_count(live: LiveServer) -> None:
    before = samples(live)
    path = live.path("card", title="Counted")
    tag = live.ask(path).headers["etag"]
    live.ask(path)
    live.ask(path, headers={"If-None-Match": tag})
    live.ask(path + "x")
    after = samples(live)
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    for name, count in {"image_requests": 4, "renders": 1, "store_hits": 1, "not_modified": 1, "refused": 1}.items():
        assert grown[f"signet_{name}_total"] == count


def test_batches_are_counted(tmp_path: Path, live_templates: Path) -> None:
    with live_server(tmp_path, live_templates) as server:
        rows = [{"title": f"Row {number}"} for number in range(4)]
        answer = server.call("/v1/batches", {"template": "card", "rows": [{"count": 1}, *rows], "pilot": 3})
        assert answer.status == 202
        waiting = 'signet_batch_jobs{status="awaiting_approval"}'
        wait_until(lambda: samples(server)[waiting] == 1)
        found = samples(server)
        assert found["signet_batch_rows_pending"] == 2
        assert (found["signet_batch_rows_total"], found["signet_failed_batch_rows_total"]) == (2, 0)
        assert found['signet_batch_jobs{status="queued"}'] == 0
        text = server.ask("/metrics").body.decode()
        assert text.count("# TYPE signet_batch_jobs gauge") == 1
