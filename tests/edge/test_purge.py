"""Purging a real nginx: files of its cache are removed under it, and the next request is a miss like any other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from server.keys import signing_keys
from server.purging import EdgeCache, read_wanted
from server.urls import ImageRequest
from tests.edge.servers import Answer, Edge, ScriptedOrigin, running_nginx
from tests.server.live_server import LiveServer, live_server, write_template

DAY = {"Cache-Control": "public, max-age=86400, stale-while-revalidate=86400", "ETag": '"v1"'}
BRIEF = {"Cache-Control": "public, max-age=1, stale-while-revalidate=600", "ETag": '"v1"'}
PROBLEM = {"Content-Type": "application/problem+json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("purged")


@pytest.fixture(scope="module")
def edge(origin: ScriptedOrigin, folder: Path) -> Iterator[Edge]:
    with running_nginx(origin.address, folder) as running:
        yield running


@pytest.fixture
def cache(folder: Path) -> EdgeCache:
    return EdgeCache(folder / "cache")


def purge(cache: EdgeCache, **wanted: object) -> int:
    return cache.remove(read_wanted(**wanted))  # type: ignore[arg-type]


def tagged(template: str, *bindings: str, **headers: str) -> Answer:
    tags = ",".join([f"template:{template}", *(f"binding:{template}/{name}" for name in bindings)])
    return Answer(template.encode(), headers=DAY | {"Cache-Tag": tags} | headers)


def state(client: httpx.Client, url: str) -> str:
    return client.get(url).headers["cache-status"].rpartition("edge; ")[2]


def is_hit(client: httpx.Client, url: str) -> bool:
    return state(client, url) == "hit"


def test_by_template_binding_and_tag(origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache) -> None:
    urls = {"/i/one.png": tagged("one", "stats"), "/i/one.jpg": tagged("one"), "/i/one-more.png": tagged("one-more")}
    origin.answers |= urls
    for asked, gone in [
        ({"bindings": ["one/stats"]}, {"/i/one.png"}),
        ({"templates": ["one"]}, {"/i/one.png", "/i/one.jpg"}),
        ({"tags": ["template:one-more", "template:nobody"]}, {"/i/one-more.png"}),
        ({"tags": ["binding:one/stat"]}, set()),
    ]:
        for url in urls:
            client.get(url)
        assert purge(cache, **asked) == len(gone)
        assert {url for url in urls if not is_hit(client, url)} == gone
        assert all(is_hit(client, url) for url in urls)


SPELLINGS = [
    "/i/card.png?name=A%20b%7C&price=3&_s=" + "x" * 43,
    "/i/card.png?price=3&name=A+b|&_s=" + "x" * 43,
    "/i/card.png?name=A%20b%7c&amp;price=3&amp;_s=" + "x" * 43,
    "/i/card.png?name=A%20b%7C&price=3&utm_source=mail&_k=abc&_s=" + "y" * 43,
]
OTHERS = ["/i/card.png?name=A%20b&price=3&_s=" + "x" * 43, "/i/card.jpg?name=A%20b%7C&price=3&_s=" + "x" * 43]


@pytest.mark.parametrize("named", [*SPELLINGS, "https://img.example.com/i/card.png?name=A%20b%7C&price=3"])
def test_by_url_in_any_spelling(origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache, named: str) -> None:
    origin.answers |= {url: Answer(headers=DAY) for url in (*SPELLINGS, *OTHERS)}
    for url in (*SPELLINGS, *OTHERS):
        client.get(url)
    assert purge(cache, urls=[named]) >= 1
    assert not any(is_hit(client, url) for url in SPELLINGS[:1])
    assert all(is_hit(client, url) for url in OTHERS)


def test_errors_are_their_templates(origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache) -> None:
    """A wrong link is kept for half a minute; who publishes the template that was missing need not wait for it."""
    url = "/i/missing.png?_s=x"
    origin.answers[url] = Answer(b"{}", 404, PROBLEM)
    assert client.get(url).status_code == client.get(url).status_code == 404
    origin.answers[url] = tagged("missing")
    assert purge(cache, templates=["missing"]) == 1
    assert client.get(url).status_code == 200


def test_failures_of_the_inner_server_go_too(origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache) -> None:
    url = "/i/failing.png?_s=x"
    origin.answers[url] = Answer(b"{}", 503, PROBLEM)
    assert client.get(url).status_code == 503
    origin.answers[url] = tagged("failing")
    assert purge(cache, urls=[url]) == 2
    assert client.get(url).status_code == 200


def test_everything(origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache) -> None:
    urls = [f"/i/all-{number}.png" for number in range(20)]
    origin.answers |= dict.fromkeys(urls, tagged("all"))
    for url in urls:
        client.get(url)
    foreign = cache.folder / "a" / "notes.txt"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("KEY: /i/all-1.png")
    assert purge(cache, everything=True) >= 20
    assert not any(is_hit(client, url) for url in urls)
    assert all(is_hit(client, url) for url in urls)
    assert foreign.exists()


def test_head_and_ranges_share_the_entry(origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache) -> None:
    url = "/i/ranges.png"
    origin.answers[url] = tagged("ranges")
    client.get(url)
    assert client.get(url, headers={"Range": "bytes=0-1"}).status_code == 206
    assert client.head(url).headers["cache-status"] == "edge; hit"
    assert purge(cache, urls=[url]) == 1
    part = client.get(url, headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"ra")
    assert len(origin.asked(url)) == 2
    assert purge(cache, urls=[url]) == 1
    assert client.head(url).headers["content-length"] == "6"
    assert is_hit(client, url)
    assert len(origin.asked(url)) == 3


def test_a_crowd_after_a_purge_is_one_request(origin: ScriptedOrigin, edge: Edge, cache: EdgeCache) -> None:
    url, gate = "/i/crowd.png", threading.Event()
    origin.answers[url] = Answer(b"old", headers=DAY)
    with edge.client() as client, ThreadPoolExecutor(20) as pool:
        client.get(url)
        origin.answers[url] = Answer(b"new", headers=DAY | {"ETag": '"v2"'}, gate=gate)
        assert purge(cache, urls=[url]) == 1
        pending = [pool.submit(client.get, url) for _ in range(20)]
        while len(origin.asked(url)) < 2:
            time.sleep(0.01)
        time.sleep(0.1)
        gate.set()
        assert {one.result().content for one in pending} == {b"new"}
    assert len(origin.asked(url)) == 2
    assert "if-none-match" not in origin.asked(url)[1].headers


def test_an_old_copy_is_not_shown_again_while_the_new_one_is_fetched(
    origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache
) -> None:
    """Expired and within stale-while-revalidate: without the purge the old one would be shown once more."""
    urls = ["/i/stale-kept.png", "/i/stale-purged.png"]
    origin.answers |= {url: Answer(b"old", headers=BRIEF) for url in urls}
    for url in urls:
        client.get(url)
    origin.answers |= {url: Answer(b"new", headers=DAY | {"ETag": '"v2"'}) for url in urls}
    time.sleep(2.1)
    assert purge(cache, urls=urls[1:]) == 1
    assert [client.get(url).content for url in urls] == [b"old", b"new"]


def test_a_purge_while_nginx_asks_again_leaves_nothing_behind(
    origin: ScriptedOrigin, client: httpx.Client, cache: EdgeCache, folder: Path
) -> None:
    """The origin answers 304 about a file that is gone by then."""
    url, gate = "/i/asking.png", threading.Event()
    origin.answers[url] = Answer(b"old", headers=BRIEF)
    client.get(url)
    time.sleep(2.1)
    origin.answers[url] = Answer(b"old", headers=BRIEF, gate=gate)
    assert client.get(url).content == b"old"  # and asks in the background
    while len(origin.asked(url)) < 2:
        time.sleep(0.01)
    assert purge(cache, urls=[url]) == 1
    gate.set()
    origin.answers[url] = Answer(b"new", headers=DAY | {"ETag": '"v2"'})
    assert client.get(url).content == b"new"
    assert is_hit(client, url)
    assert "[crit]" not in (folder / "stderr").read_text()


CARD = '[variables.title]\ntype = "text"\n'


@contextmanager
def site(folder: Path, *, gate: bool) -> Iterator[tuple[LiveServer, httpx.Client]]:
    """A real origin that finds its nginx by itself, as `signet edge` sets it up."""
    for name in ("card", "twin"):
        write_template(folder / "templates" / name, "<body>{{ title }}</body>", CARD, {"title": "Example"})
    with live_server(folder / "data", folder / "templates") as origin:
        keys = signing_keys((), folder / "data") if gate else ()
        with (
            running_nginx(urlsplit(origin.url).netloc, folder / "data" / "edge", keys=keys) as edge,
            edge.client() as client,
        ):
            yield origin, client


@pytest.mark.parametrize("gate", [False, True], ids=["plain", "gate"])
def test_one_call_reaches_the_origin_and_nginx(tmp_path: Path, gate: bool) -> None:
    with site(tmp_path, gate=gate) as (origin, client):
        card, twin = (origin.path(name, title="A b") for name in ("card", "twin"))
        token = origin.services.signer.sign_token(ImageRequest("card", "png", {"title": "A b"}))
        for url in (card, twin, token):
            assert client.get(url).headers["cache-status"].endswith("stored")
            assert is_hit(client, url)
        answer = origin.call("/v1/purge", {"templates": ["card"]})
        assert (answer.status, answer.json()) == (200, {"origin": 1, "edge": 2, "cdn": {}, "warnings": []})
        assert is_hit(client, twin)
        again = client.get(card)
        assert again.headers["cache-status"] == "Signet; fwd=miss; stored, edge; fwd=uri-miss; stored"
        assert client.get(token).headers["cache-status"] == "Signet; hit, edge; fwd=uri-miss; stored"
        other_spelling = card.replace("%20", "+") + "&utm_source=mail"
        client.get(other_spelling)
        for named in (other_spelling, token):
            answer = origin.call("/v1/purge", {"urls": [named]})
            assert answer.json() == {"origin": 1, "edge": 2 if gate else 3, "cdn": {}, "warnings": []}
            for url in (card, token, other_spelling):
                client.get(url)
        assert is_hit(client, twin)
