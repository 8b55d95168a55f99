"""Rows on their way to pictures, with templates that change, data that fails and images that never come."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from tests.server.batch.machines import Works
from tests.server.batch.orders import codes, path_of, retried, titles
from tests.server.live_server import live_server, wait_until, write_template
from tests.server.outgoing.origin import Origin, drip, png, reply, serving

PHOTO = '[variables.photo]\ntype = "image"\n[variables.title]\ntype = "text"\n'
PHOTO_HTML = "<body style='margin: 0'><img style='width: 40px; height: 40px' src='{{ photo }}'>{{ title }}</body>"
USER = '[variables.user]\ntype = "text"\ndefault = "ada"\n'
STATS = USER + '[bindings.stats]\nurl = "{}stats/{{{{ user }}}}"\nttl = "60s"\n'
STATS_HTML = "<body style='margin: 0; background: {{ stats.color }}'></body>"
PLAIN = '[variables.title]\ntype = "text"\n'
PLAIN_HTML = "<body style='margin: 0; background: {}'>{{{{ title }}}}</body>"


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    """Where images and data come from."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Path:
    folder = tmp_path_factory.mktemp("templates")
    write_template(folder / "photo", PHOTO_HTML, PHOTO)
    write_template(folder / "stats", STATS_HTML, STATS.format(origin.url("/")))
    for name in ("plain", "edited", "pinned"):
        write_template(folder / name, PLAIN_HTML.format("red"), PLAIN)
    return folder


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory, templates: Path, origin: Origin) -> Iterator[Works]:
    """A server that may fetch from the origin."""
    folder = tmp_path_factory.mktemp("rendering")
    with live_server(folder, templates, allowed_hosts=("127.0.0.1",), fetch_timeout="20s") as server:
        yield Works(server)


def version_of(works: Works, template: str) -> str:
    return works.server.services.registry.get(template, None).version


def asked(origin: Origin, start: str) -> int:
    """How often the origin was asked for paths that begin so."""
    return sum(each.path.startswith(start) for each in origin.asked)


def color_of(works: Works, url: str) -> tuple[int, ...]:
    with Image.open(io.BytesIO(works.server.ask(path_of(url)).body)) as picture:
        pixel = picture.convert("RGB").getpixel((100, 50))
        assert isinstance(pixel, tuple)
        return pixel


def test_each_row_gets_its_own_live_data(works: Works, origin: Origin) -> None:
    colors = {"ada": "#ff0000", "bob": "#00ff00", "eve": "#0000ff"}
    for user, color in colors.items():
        origin.answers[f"/stats/{user}"] = reply(200, json.dumps({"color": color}).encode())
    batch = works.submit([{"user": user} for user in colors] * 5, template="stats")
    job = works.settled(batch)
    assert (job["outcome"], job["counts"]["succeeded"]) == ("succeeded", 15)
    rows = works.rows(batch)
    assert {output["state"] for row in rows for output in row["outputs"]} == {"fresh"}
    assert [color_of(works, row["url"]) for row in rows[:3]] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert asked(origin, "/stats/") == 3


def test_data_that_is_away_costs_its_rows_and_comes_with_a_retry(works: Works, origin: Origin) -> None:
    origin.answers["/stats/cyd"] = reply(200, b'{"color": "#ff0000"}')
    origin.answers["/stats/dan"] = reply(502)
    batch = works.submit([{"user": "cyd"}, {"user": "dan"}], template="stats")
    job = works.settled(batch)
    assert (job["outcome"], job["actions"]) == ("partial", ["retry", "delete"])
    good, bad = works.rows(batch)
    assert (good["status"], good["attempts"]) == ("succeeded", 1)
    assert (bad["error"]["code"], bad["error"]["retryable"], bad["attempts"]) == ("binding-unavailable", True, 3)
    origin.answers["/stats/dan"] = reply(200, b'{"color": "#00ff00"}')
    wait_until(lambda: retried(works, batch)["outcome"] == "succeeded")  # it is left alone for a moment
    assert color_of(works, works.rows(batch)[1]["url"]) == (0, 255, 0)


def test_rows_that_wait_for_an_image_hold_up_nobody(works: Works, origin: Origin) -> None:
    origin.answers["/slow.png"] = drip
    origin.answers["/good.png"] = reply(200, png(), {"Content-Type": "image/png"})
    slow, good = origin.url("/slow.png"), origin.url("/good.png")
    rows = [{"photo": f"{slow}?{n}" if n % 20 == 7 else good, "title": f"Row {n}"} for n in range(100)]
    batch = works.submit(rows, template="photo")
    other = works.submit(titles("Other", 40), template="plain")
    wait_until(lambda: asked(origin, "/slow") == 5)
    assert works.settled(other)["counts"]["succeeded"] == 40
    started = time.monotonic()
    live = works.server.ask(works.server.path("plain", title="Live"))
    assert (live.status, time.monotonic() - started < 5) == (200, True)
    works.order(batch, "cancel")
    job = works.settled(batch)
    assert time.monotonic() - started < 8  # two seconds, where nobody else needs the machine
    counts = job["counts"]
    assert job["status"] == "cancelled"
    assert (counts["cancelled"], counts["succeeded"]) == (5, 95)


def test_an_image_that_fails_is_a_finding(works: Works, origin: Origin) -> None:
    origin.answers["/gone.png"] = reply(404)
    batch = works.submit([{"photo": origin.url("/gone.png"), "title": "x"}], template="photo")
    job = works.settled(batch)
    assert (job["outcome"], job["counts"]["suspicious"]) == ("succeeded", 1)
    (row,) = works.rows(batch)
    assert codes(row) == ["image-unresolved"]
    assert row["outputs"][0]["state"] == "fallback"


def test_rows_tell_which_version_they_show(works: Works, templates: Path) -> None:
    batch = works.submit(titles("Version", 60), template="edited", pilot=10)
    old = works.settled(batch)["version"]
    write_template(templates / "edited", PLAIN_HTML.format("lime"), PLAIN)
    wait_until(lambda: version_of(works, "edited") != old)
    works.order(batch, "continue")
    job = works.settled(batch)
    assert (job["outcome"], job["version"]) == ("succeeded", old)
    versions = [row["outputs"][0]["version"] for row in works.rows(batch)]
    new = version_of(works, "edited")
    assert versions == [old] * 10 + [new] * 50
    assert color_of(works, works.rows(batch)[-1]["url"]) == (0, 255, 0)


def test_a_pinned_version_stays_what_it_is(works: Works, templates: Path) -> None:
    old = version_of(works, "pinned")
    batch = works.submit(titles("Pinned", 20), template="pinned", options={"_v": old}, pilot=5)
    works.settled(batch)
    write_template(templates / "pinned", PLAIN_HTML.format("lime"), PLAIN)
    wait_until(lambda: version_of(works, "pinned") != old)
    works.order(batch, "continue")
    assert works.settled(batch)["outcome"] == "succeeded"
    rows = works.rows(batch)
    assert {row["outputs"][0]["version"] for row in rows} == {old}
    assert color_of(works, rows[-1]["url"]) == (255, 0, 0)


def test_equal_rows_of_two_jobs_at_once_are_rendered_once(works: Works) -> None:
    before = works.server.services.metrics.renders
    with ThreadPoolExecutor(2) as both:
        batches = list(both.map(lambda _: works.submit(titles("Shared", 150), template="plain"), range(2)))
    jobs = [works.settled(batch) for batch in batches]
    assert [job["counts"]["succeeded"] for job in jobs] == [150, 150]
    assert sum(job["counts"]["rendered"] for job in jobs) >= 150
    # Two pieces with equal rows may be begun in the same moment; whoever comes later than that finds the picture.
    assert works.server.services.metrics.renders - before <= 150 + 50


def test_readers_are_answered_during_a_batch(works: Works) -> None:
    batch = works.submit(titles("Many", 1500), template="plain")
    works.begun(batch)
    for number in range(10):
        assert works.server.ask(works.server.path("plain", title=f"Reader {number}")).status == 200
    assert works.job(batch)["status"] == "in_progress"
    works.order(batch, "cancel")
    assert works.settled(batch)["status"] == "cancelled"
