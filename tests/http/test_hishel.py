"""An independent private cache: hishel, as RFC 9111 has it, does with our headers what we mean by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from hishel import CacheOptions, SqliteStorage
from hishel.httpx import CacheTransport

from server.urls import Options
from tests.edge.servers import Edge
from tests.http.counting import Count
from tests.server.live_server import LiveServer, live_server, wait_until, write_template


class _Earlier(httpx.HTTPTransport):
    """Makes every full answer `hours` older than it is, as if the cache had got it then."""

    hours = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if response.status_code == 200:
            date = parsedate_to_datetime(response.headers["date"]) - timedelta(hours=self.hours)
            response.headers["date"] = format_datetime(date, usegmt=True)
        return response


@contextmanager
def caching_client(
    base_url: str, folder: Path, *, hours: int = 0, shared: bool = False, allow_stale: bool = False
) -> Iterator[httpx.Client]:
    """A browser or, if `shared`, a proxy, whose answers are `hours` old."""
    inner = _Earlier()
    inner.hours = hours
    options = CacheOptions(shared=shared, allow_stale=allow_stale)
    with closing(SqliteStorage(database_path=folder / "cache.db")) as storage:
        transport = CacheTransport(inner, storage, rfc=options)
        with httpx.Client(base_url=base_url, transport=transport, trust_env=False) as client:
            yield client


def kept(response: httpx.Response) -> tuple[bool, bool]:
    """Whether it came from the cache, and whether the origin was asked about it."""
    status = response.extensions["caching"]
    return status["from_cache"], status["revalidated"]


@pytest.mark.parametrize("shared", [False, True], ids=["browser", "proxy"])
@pytest.mark.parametrize("through", ["origin", "edge"])
def test_the_second_request_leaves_the_origin_alone(
    http_origin: LiveServer, http_edge: Edge, tmp_path: Path, through: str, shared: bool
) -> None:
    path = http_origin.path("card", title=f"hishel {through} {shared}")
    base_url = http_origin.url if through == "origin" else http_edge.base_url
    with caching_client(base_url, tmp_path, shared=shared) as client:
        count = Count(http_origin)
        first, second = client.get(path), client.get(path)
    assert (kept(first), kept(second)) == ((False, False), (True, False))
    assert second.content == first.content
    assert count.requests == 1


def test_an_old_picture_is_revalidated_and_then_fresh_again(http_origin: LiveServer, tmp_path: Path) -> None:
    path = http_origin.path("card", title="Old")
    with caching_client(http_origin.url, tmp_path, hours=2) as client:
        first, count = client.get(path), Count(http_origin)
        second, third = client.get(path), client.get(path)
    assert (kept(second), kept(third)) == ((True, True), (True, False))
    assert first.content == second.content == third.content
    # The 304 renewed the stored date; the picture itself was sent once.
    assert (count.requests, count.not_modified) == (1, 1)


def test_an_old_picture_may_be_shown_where_the_cache_likes_to(http_origin: LiveServer, tmp_path: Path) -> None:
    path = http_origin.path("card", title="Stale")
    with caching_client(http_origin.url, tmp_path, hours=2, allow_stale=True) as client:
        client.get(path)
        count = Count(http_origin)
        assert kept(client.get(path)) == (True, False)
    assert count.requests == 0


def test_a_picture_for_mails_is_asked_for_at_every_opening(http_origin: LiveServer, tmp_path: Path) -> None:
    path = http_origin.path("live", title="Mail")
    with caching_client(http_origin.url, tmp_path, allow_stale=True) as client:
        first, count = client.get(path), Count(http_origin)
        assert [kept(client.get(path)) for _ in range(3)] == [(True, True)] * 3
        assert client.get(path).content == first.content
    assert (count.requests, count.not_modified) == (4, 4)


def test_a_pinned_picture_is_kept_for_a_year(http_origin: LiveServer, tmp_path: Path) -> None:
    version = http_origin.services.registry.get("card").version
    path = http_origin.path("card", options=Options(version=version), title="Pinned")
    with caching_client(http_origin.url, tmp_path, hours=24 * 300) as client:
        client.get(path)
        assert kept(client.get(path)) == (True, False)


def test_a_changed_template_is_seen_at_the_next_revalidation(tmp_path: Path) -> None:
    write_template(tmp_path / "templates" / "card", "<body>one</body>")
    with (
        live_server(tmp_path / "data", tmp_path / "templates") as live,
        caching_client(live.url, tmp_path, hours=48) as client,
    ):
        path = live.path("card")
        first = client.get(path)
        version = live.services.registry.get("card").version
        write_template(tmp_path / "templates" / "card", "<body>two</body>")
        wait_until(lambda: live.services.registry.get("card").version != version)
        second = client.get(path)
    assert kept(second)[0] is False
    assert second.headers["etag"] != first.headers["etag"]
    assert second.content != first.content


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (lambda live: live.path("card", title="Forged") + "x", 403),
        (lambda live: live.path("nothing", title="Unknown"), 404),
        (lambda live: live.path("card", options=Options(expires=1), title="Expired"), 410),
        (lambda live: live.path("card", titel="Wrong"), 422),
        (lambda live: live.path("broken"), 500),
    ],
)
def test_errors_are_asked_for_again(
    http_origin: LiveServer, tmp_path: Path, target: Callable[[LiveServer], str], status: int
) -> None:
    with caching_client(http_origin.url, tmp_path) as client:
        count = Count(http_origin)
        assert [client.get(target(http_origin)).status_code for _ in range(2)] == [status] * 2
    assert count.requests == 2


def test_the_api_is_asked_every_time(http_origin: LiveServer, tmp_path: Path) -> None:
    with caching_client(http_origin.url, tmp_path) as client:
        for path in ("/v1/templates", "/livez", "/readyz", "/metrics"):
            answers = [client.get(path, headers={"Authorization": "Bearer api-key-of-the-tests"}) for _ in range(2)]
            assert not [answer for answer in answers if kept(answer) == (True, False)], path
