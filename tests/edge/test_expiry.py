"""What happens once a kept answer is too old, and while the origin fails or is gone; the origin is scripted.

nginx counts in seconds, so all URLs are asked for once, two seconds pass once, and then each test looks at its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.edge.servers import Answer, Edge, ScriptedOrigin, running_nginx

SHORT = {"Cache-Control": "public, max-age=1", "ETag": '"old"'}
REVALIDATING = {"Cache-Control": "public, max-age=1, stale-while-revalidate=600", "ETag": '"old"'}
PROBLEM = {"Content-Type": "application/problem+json"}

PRIMED = {
    "/i/revalidating.png": Answer(b"old", headers=REVALIDATING),
    "/i/expired.png": Answer(b"old", headers=SHORT),
    "/i/unchanged.png": Answer(b"old", headers=SHORT),
    "/i/failing.png": Answer(b"old", headers=SHORT),
    "/i/overloaded.png": Answer(b"old", headers=SHORT),
    "/i/live.png": Answer(b"old", headers={"Cache-Control": "no-cache, max-age=0", "ETag": '"old"'}),
    "/i/live-changing.png": Answer(b"old", headers={"Cache-Control": "no-cache, max-age=0", "ETag": '"old"'}),
    "/i/forged.png": Answer(b"{}", 403, PROBLEM | {"Cache-Control": "no-store"}),
    "/i/invalid.png": Answer(b"{}", 422, PROBLEM | {"Cache-Control": "no-store"}),
    "/i/gone.png": Answer(b"{}", 410, PROBLEM),
    "/i/unknown.png": Answer(b"{}", 404, PROBLEM),
    "/i/crashed.png": Answer(b"{}", 500, PROBLEM),
    "/i/full.png": Answer(b"{}", 503, PROBLEM | {"Retry-After": "2"}),
    "/i/late.png": Answer(b"{}", 504, PROBLEM),
    "/i/limited.png": Answer(b"{}", 429, PROBLEM),
}


@pytest.fixture(scope="module")
def primed(origin: ScriptedOrigin, edge: Edge) -> Edge:
    """An edge that was asked for everything twice in a row, a while ago."""
    origin.answers |= PRIMED
    with edge.client() as client:
        for url in PRIMED:
            client.get(url)
            client.get(url)
    assert {url: len(origin.asked(url)) for url in PRIMED} == dict.fromkeys(PRIMED, 1)
    time.sleep(3.1)
    return edge


def status_and_cache(edge: Edge, url: str) -> tuple[int, str]:
    with edge.client() as client:
        answer = client.get(url)
        return answer.status_code, answer.headers["cache-status"].rpartition("edge; ")[2]


def test_a_crowd_sees_the_old_picture_while_one_request_fetches_the_new_one(
    origin: ScriptedOrigin, primed: Edge
) -> None:
    url = "/i/revalidating.png"
    gate = threading.Event()
    origin.answers[url] = Answer(b"new", headers=REVALIDATING | {"ETag": '"new"'}, gate=gate)

    def read(_: int) -> httpx.Response:
        # nginx has the connection of the request that began the fetch wait for its end before it reads another.
        with primed.client() as client:
            return client.get(url)

    with primed.client() as client:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(read, range(20)))
        assert {answer.content for answer in answers} == {b"old"}  # answered although the origin has not yet
        assert {answer.headers["cache-status"] for answer in answers} <= {
            "edge; hit; detail=stale",
            "edge; hit; detail=updating",
        }
        gate.set()
        while client.get(url).content != b"new":
            time.sleep(0.01)
    assert len(origin.asked(url)) == 2


def test_nothing_is_shown_for_longer_than_the_origin_allows(origin: ScriptedOrigin, primed: Edge) -> None:
    url = "/i/expired.png"
    origin.answers[url] = Answer(b"new", headers=SHORT | {"ETag": '"new"'})
    with primed.client() as client:
        answer = client.get(url)
    assert (answer.content, answer.headers["cache-status"]) == (b"new", "edge; fwd=stale; stored")


def test_an_unchanged_picture_is_not_sent_again(origin: ScriptedOrigin, primed: Edge) -> None:
    url = "/i/unchanged.png"
    assert status_and_cache(primed, url) == (200, "fwd=stale; fwd-status=304; stored")
    assert origin.asked(url)[-1].headers["if-none-match"] == '"old"'
    assert status_and_cache(primed, url) == (200, "hit")


@pytest.mark.parametrize(("url", "status"), [("/i/failing.png", 500), ("/i/overloaded.png", 503)])
def test_a_failing_origin_is_covered_by_the_last_good_picture(
    origin: ScriptedOrigin, primed: Edge, url: str, status: int
) -> None:
    origin.answers[url] = Answer(b"{}", status, PROBLEM)
    with primed.client() as client:
        answer = client.get(url)
    assert (answer.status_code, answer.content) == (200, b"old")
    assert answer.headers["cache-status"] == "edge; hit; detail=stale"
    assert len(origin.asked(url)) == 2


def test_a_live_picture_is_asked_for_again(origin: ScriptedOrigin, primed: Edge) -> None:
    assert status_and_cache(primed, "/i/live.png") == (200, "fwd=stale; fwd-status=304; stored")


def test_who_knows_a_live_picture_is_told_whether_it_still_is_the_present(origin: ScriptedOrigin, primed: Edge) -> None:
    url, live = "/i/live-changing.png", "no-cache, max-age=0"
    with primed.client() as client:
        unchanged = client.get(url, headers={"If-None-Match": '"old"'})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", '"old"')
        assert unchanged.headers["cache-control"] == live
        asked = len(origin.asked(url))
        assert asked == 2  # the edge did not take the reader's word, it asked
        origin.answers[url] = Answer(b"new", headers={"Cache-Control": live, "ETag": '"new"'})
        while (answer := client.get(url, headers={"If-None-Match": '"old"'})).status_code == 304:
            time.sleep(0.1)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"new", '"new"')
        assert answer.headers["cache-control"] == live
        assert client.get(url, headers={"If-None-Match": '"new"'}).status_code == 304
    assert len(origin.asked(url)) - asked <= 2  # one a second


@pytest.mark.parametrize(("url", "status"), [("/i/forged.png", 403), ("/i/invalid.png", 422)])
def test_refusals_are_soon_asked_again(origin: ScriptedOrigin, primed: Edge, url: str, status: int) -> None:
    assert status_and_cache(primed, url) == (status, "fwd=stale; stored")
    assert len(origin.asked(url)) == 2


def test_failures_are_asked_again_every_two_seconds_and_end_when_they_end(origin: ScriptedOrigin, primed: Edge) -> None:
    failures = {"/i/crashed.png": 500, "/i/full.png": 503, "/i/late.png": 504, "/i/limited.png": 429}
    for url, status in failures.items():
        # Without a good copy nginx repeats the old failure, but it must not ask for each reader.
        assert {status_and_cache(primed, url)[0] for _ in range(10)} == {status}
        assert len(origin.asked(url)) <= 3
    origin.answers |= dict.fromkeys(failures, Answer(b"new", headers=SHORT))
    with primed.client() as client:
        for url in failures:
            while client.get(url).content != b"new":
                time.sleep(0.1)


@pytest.mark.parametrize(("url", "status"), [("/i/gone.png", 410), ("/i/unknown.png", 404)])
def test_what_does_not_exist_is_kept_for_longer(origin: ScriptedOrigin, primed: Edge, url: str, status: int) -> None:
    assert status_and_cache(primed, url) == (status, "hit")
    assert len(origin.asked(url)) == 1


@pytest.fixture
def orphaned(tmp_path: Path) -> Iterator[Edge]:
    """An edge whose origin answered /i/old.png once and is gone."""
    origin = ScriptedOrigin()
    origin.answers["/i/old.png"] = Answer(b"old", headers=SHORT)
    try:
        with running_nginx(origin.address, tmp_path) as edge:
            with edge.client() as client:
                assert client.get("/i/old.png").content == b"old"
            origin.stop()
            time.sleep(2.1)
            yield edge
    finally:
        origin.stop()


def test_without_an_origin_old_pictures_go_on_and_new_ones_are_told_to_wait(orphaned: Edge) -> None:
    with orphaned.client() as client:
        old, new = client.get("/i/old.png"), client.get("/i/new.png")
    assert (old.status_code, old.content) == (200, b"old")
    assert (new.status_code, new.headers["retry-after"]) == (503, "2")
    assert new.headers["content-type"] == "application/problem+json"
    assert new.json()["code"] == "unavailable"


def test_only_misses_count_against_the_limit(origin: ScriptedOrigin, tmp_path: Path) -> None:
    origin.answers |= {
        f"/i/limit-{number}.png": Answer(headers={"Cache-Control": "public, max-age=600"}) for number in range(4)
    }

    def strict(configuration: str) -> str:
        strict = configuration.replace("rate=200r/s", "rate=1r/m").replace("burst=400 nodelay", "burst=1 nodelay")
        return strict.replace('127.0.0.1  "";', "")

    with running_nginx(origin.address, tmp_path, strict) as edge, edge.client() as client:
        assert [client.get("/i/limit-0.png").status_code for _ in range(10)] == [200] * 10
        assert client.get("/i/limit-1.png").status_code == 200
        refused = client.get("/i/limit-2.png")
        assert client.get("/i/limit-1.png").status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.json()["code"] == "too-many-requests"
    assert origin.asked("/i/limit-2.png") == []
