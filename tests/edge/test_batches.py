"""Batches whose pictures are fetched through a real nginx, so that its cache has them before the first reader asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.edge import free_loopback_address
from tests.edge.servers import Answer, Edge, ScriptedOrigin, running_nginx
from tests.server.batch.machines import Works
from tests.server.batch.orders import path_of, retried, titles
from tests.server.conftest import CARD, CARD_HTML
from tests.server.live_server import live_server, write_template
from tests.server.url_vectors import NEW, OLD

ROWS = 60


@pytest.fixture(scope="module")
def live_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the template `card`."""
    folder = tmp_path_factory.mktemp("templates")
    write_template(folder / "card", CARD_HTML, CARD, {"title": "Hello"})
    return folder


@contextmanager
def warmed_by(edge_url: str, folder: Path, templates: Path, port: int = 0) -> Iterator[Works]:
    """A server whose edge is there."""
    keys = (OLD, NEW)
    with live_server(folder / "data", templates, port=port, edge_url=edge_url, signing_keys=keys) as server:
        yield Works(server)


@pytest.fixture(scope="module", params=["plain", "gate"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, live_templates: Path
) -> Iterator[tuple[Works, Edge]]:
    """A server behind nginx, which verifies signatures itself in one of both variants."""
    folder, origin = tmp_path_factory.mktemp("site"), free_loopback_address()
    keys = (OLD, NEW) if request.param == "gate" else ()
    port = int(origin.rpartition(":")[2])
    with (
        running_nginx(origin, folder, keys=keys) as edge,
        warmed_by(edge.base_url, folder, live_templates, port) as works,
    ):
        yield works, edge


def seen_at(edge: Edge, works: Works, rows: list[dict[str, Any]]) -> list[str]:
    """What nginx says of each picture of rows."""
    said = []
    with edge.client() as client:
        for output in (output for row in rows for output in row["outputs"]):
            answer = client.get(path_of(output["url"]))
            assert (answer.status_code, len(answer.content)) == (200, output["bytes"])
            said.append(answer.headers["cache-status"].rpartition(", ")[2])
    return said


def test_every_picture_is_warm_when_the_job_is_done(site: tuple[Works, Edge]) -> None:
    works, edge = site
    batch = works.submit(titles("Warm", ROWS), warm_edge=True, formats=["png", "webp"], variants=[None, "dark"])
    job = works.settled(batch)
    assert (job["outcome"], job["warnings"]) == ("succeeded", [])
    assert job["counts"]["warmed"] == job["counts"]["rendered"] == 4 * ROWS
    rows = works.rows(batch)
    assert {output["edge"] for row in rows for output in row["outputs"]} == {"hit"}
    renders = works.server.services.metrics.renders
    assert set(seen_at(edge, works, rows)) == {"edge; hit"}
    assert works.server.services.metrics.renders == renders


def test_a_row_that_is_rendered_again_is_warm_once(site: tuple[Works, Edge]) -> None:
    works, _ = site
    batch = works.submit(titles("Again", 8), warm_edge=True)
    assert works.settled(batch)["counts"]["warmed"] == 8
    job = retried(works, batch, rows=[1, 2])
    assert (job["run"], job["counts"]["warmed"]) == (2, 8)


def test_pictures_of_a_batch_that_are_not_warm_are_not_rendered_again(site: tuple[Works, Edge]) -> None:
    works, edge = site
    batch = works.submit(titles("Cold", ROWS))
    assert works.settled(batch)["counts"]["warmed"] == 0
    renders = works.server.services.metrics.renders
    rows = works.rows(batch)[:50]
    assert set(seen_at(edge, works, rows)) == {"edge; fwd=uri-miss; stored"}
    assert set(seen_at(edge, works, rows)) == {"edge; hit"}
    assert works.server.services.metrics.renders == renders


def test_an_edge_that_is_down_costs_a_warning(tmp_path: Path, live_templates: Path) -> None:
    with warmed_by(f"http://{free_loopback_address()}", tmp_path, live_templates) as works:
        job = works.settled(batch := works.submit(titles("Down", 450), warm_edge=True))
        assert (job["status"], job["outcome"], job["counts"]["warmed"]) == ("completed", "succeeded", 0)
        (warning,) = job["warnings"]
        assert warning == "Some pictures are not warm at the edge; it answered: failed: ConnectError."
        assert works.rows(batch)[0]["outputs"][0]["edge"] == "failed: ConnectError"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_edge_that_refuses_costs_a_warning(tmp_path: Path, live_templates: Path, status: int) -> None:
    edge = ScriptedOrigin()
    edge.default = Answer(b"no", status)
    try:
        with warmed_by(f"http://{edge.address}", tmp_path, live_templates) as works:
            job = works.settled(works.submit(titles("Refused", 100), warm_edge=True))
            assert (job["outcome"], job["counts"]["succeeded"], job["counts"]["warmed"]) == ("succeeded", 100, 0)
            assert job["warnings"] == [f"Some pictures are not warm at the edge; it answered: status {status}."]
    finally:
        edge.stop()


def test_a_cache_that_keeps_nothing_warms_nothing(tmp_path: Path, live_templates: Path) -> None:
    edge = ScriptedOrigin()
    edge.default = Answer(b"picture", headers={"Cache-Status": "edge; fwd=miss"})
    try:
        with warmed_by(f"http://{edge.address}", tmp_path, live_templates) as works:
            batch = works.submit(titles("Forgotten", 3), warm_edge=True)
            job = works.settled(batch)
            assert job["counts"]["warmed"] == 0
            assert job["warnings"] == ["Some pictures are not warm at the edge; it answered: miss."]
            assert [row["outputs"][0]["edge"] for row in works.rows(batch)] == ["miss"] * 3
            assert len(edge.asked(path_of(works.rows(batch)[0]["url"]))) == 2
    finally:
        edge.stop()


def test_a_job_whose_edge_hangs_is_cancelled_at_once(tmp_path: Path, live_templates: Path) -> None:
    edge = ScriptedOrigin()
    gate = edge.default.gate = threading.Event()
    try:
        with warmed_by(f"http://{edge.address}", tmp_path, live_templates) as works:
            batch = works.submit(titles("Hanging", 100), warm_edge=True)
            works.until(batch, lambda job: job["status"] == "finalizing" and bool(edge.seen))
            asked = time.monotonic()
            works.order(batch, "cancel")
            job = works.settled(batch)
            assert (job["status"], job["counts"]["succeeded"]) == ("cancelled", 100)
            assert time.monotonic() - asked < 6  # two seconds, where nobody else needs the machine
    finally:
        gate.set()
        edge.stop()
