"""An independent shared cache: Varnish does with our headers what we mean by them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from server.urls import Options
from tests.http.counting import Count
from tests.http.varnish import PROGRAM, running_varnish
from tests.server.live_server import LiveServer, live_server, wait_until

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Varnish is not installed")

DAY = 86_400
AN_INSTANT = 0.01  # seconds; longer than the millisecond for which some tests keep a picture


@pytest.fixture(scope="module")
def varnish(http_origin: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        running_varnish(http_origin.url, tmp_path_factory.mktemp("varnish")) as base_url,
        httpx.Client(base_url=base_url, trust_env=False) as client,
    ):
        yield client


def test_the_second_request_is_a_hit(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path, count = http_origin.path("card", title="Varnish"), Count(http_origin)
    first, second = varnish.get(path), varnish.get(path)
    assert (first.headers["x-test-hits"], second.headers["x-test-hits"]) == ("0", "1")
    assert first.content == second.content == http_origin.ask(path).body
    assert count.requests == 2  # Varnish's and ours, just now
    assert second.headers["etag"] == first.headers["etag"]


def test_the_times_are_those_of_cache_control(http_origin: LiveServer, varnish: httpx.Client) -> None:
    answer = varnish.get(http_origin.path("card", title="Times"))
    directives = dict(item.partition("=")[::2] for item in answer.headers["cache-control"].split(", "))
    assert float(answer.headers["x-test-ttl"]) == pytest.approx(int(directives["max-age"]), abs=5)
    assert float(answer.headers["x-test-grace"]) == int(directives["stale-while-revalidate"])


def test_cookies_and_credentials_do_not_split_the_cache(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path, count = http_origin.path("card", title="Cookies"), Count(http_origin)
    for headers in ({}, {"Cookie": "a=b"}, {"Authorization": "Basic eDp5"}, {"Accept": "image/avif"}):
        assert varnish.get(path, headers=headers).status_code == 200
    assert count.requests == 1


def test_an_old_picture_is_shown_while_it_is_asked_for_again(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path = http_origin.path("card", title="Grace")
    first = varnish.get(path, headers={"X-Test-Ttl": "0.001s"})
    time.sleep(AN_INSTANT)
    count = Count(http_origin)
    wait_until(lambda: varnish.get(path).headers["x-test-ttl"][0] != "-")  # until the fetch behind has come
    assert varnish.get(path).content == first.content
    # Nobody waited for it, it was one for all, and the picture was not sent again.
    assert (count.requests, count.not_modified) == (1, 1)


def test_an_expired_picture_is_revalidated_and_not_sent_again(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path = http_origin.path("card", title="Keep")
    first = varnish.get(path, headers={"X-Test-Ttl": "0.001s", "X-Test-Grace": "0s"})
    time.sleep(AN_INSTANT)
    count = Count(http_origin)
    again = varnish.get(path, headers={"X-Test-Ttl": "0.001s", "X-Test-Grace": "0s"})
    assert (again.status_code, again.content) == (200, first.content)
    assert (count.requests, count.not_modified) == (1, 1)


def test_a_client_with_the_picture_is_answered_by_the_cache(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path = http_origin.path("card", title="Conditional")
    tag, count = varnish.get(path).headers["etag"], Count(http_origin)
    for form in (tag, f"W/{tag}"):
        answer = varnish.get(path, headers={"If-None-Match": form})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert count.requests == 0


def test_ranges_are_cut_from_the_kept_picture(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path = http_origin.path("card", title="Parts")
    for _ in range(2):
        part = varnish.get(path, headers={"Range": "bytes=0-524288"})
        assert (part.status_code, part.content) == (206, http_origin.ask(path).body)
    count = Count(http_origin)
    assert len(varnish.get(path, headers={"Range": "bytes=1-10"}).content) == 10
    assert count.requests == 0


def test_a_picture_for_mails_is_asked_for_at_every_opening(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path, count = http_origin.path("live", title="Mail"), Count(http_origin)
    bodies = {varnish.get(path).content for _ in range(3)}
    assert (len(bodies), count.requests) == (1, 3)


def test_a_forged_url_is_not_kept_and_a_missing_one_not_long(http_origin: LiveServer, varnish: httpx.Client) -> None:
    forged = http_origin.path("card", title="Forged") + "x"
    unknown = http_origin.path("nothing", title="Unknown")
    count = Count(http_origin)
    assert {varnish.get(forged).status_code for _ in range(3)} == {403}
    assert count.requests == 3
    answers = [varnish.get(unknown) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {404}
    assert 25 < float(answers[0].headers["x-test-ttl"]) <= 30
    assert count.requests == 4


def test_a_broken_picture_is_kept_for_a_moment(http_origin: LiveServer, varnish: httpx.Client) -> None:
    answer = varnish.get(http_origin.path("broken"))
    assert answer.status_code == 500
    assert 0 < float(answer.headers["x-test-ttl"]) <= 2


def test_a_pinned_picture_is_kept_for_a_year(http_origin: LiveServer, varnish: httpx.Client) -> None:
    version = http_origin.services.registry.get("card").version
    answer = varnish.get(http_origin.path("card", options=Options(version=version), title="Pinned"))
    assert float(answer.headers["x-test-ttl"]) > 364 * DAY


def test_twenty_requests_at_once_are_one_at_the_origin(http_origin: LiveServer, varnish: httpx.Client) -> None:
    path, count = http_origin.path("card", title="Crowd"), Count(http_origin)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: varnish.get(path), range(20)))
    assert len({answer.content for answer in answers}) == 1
    assert count.requests == 1


def test_an_origin_that_is_gone_leaves_old_pictures_on_show(tmp_path: Path, http_templates: Path) -> None:
    with ExitStack() as running:
        live = running.enter_context(live_server(tmp_path / "data", http_templates))
        path = live.path("card", title="Gone")
        folder = tmp_path / "v"
        folder.mkdir()
        with running_varnish(live.url, folder) as base_url, httpx.Client(base_url=base_url, trust_env=False) as client:
            warm = client.get(path, headers={"X-Test-Ttl": "0.001s"})
            running.close()
            for _ in range(3):
                answer = client.get(path)
                assert (answer.status_code, answer.content) == (200, warm.content)
