"""The whole way: signed URLs through a real nginx to a real origin and its render processes."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from server.keys import signing_keys
from server.urls import Options
from tests.edge.servers import Edge, running_nginx
from tests.server.live_server import API_KEY, LiveServer, live_server, wait_until, write_template

ARTICLE = """\
[variables.title]
type = "text"
required = true
max_length = 60
"""


BRIEF = f'ttl = "1s"\n{ARTICLE}'


@dataclass
class Site:
    """An origin with an edge in front of it."""

    origin: LiveServer
    edge: Edge
    templates: Path

    def count(self, name: str) -> int:
        """A counter of the application itself; the edge doesn't show them."""
        text = httpx.get(f"{self.origin.url}/metrics", trust_env=False).text
        match = re.search(rf"^signet_{name}_total (\d+)$", text, re.MULTILINE)
        assert match is not None
        return int(match[1])

    def path(self, title: str, options: Options = Options()) -> str:  # noqa: B008 - immutable
        return self.origin.path("article", "png", options, title=title)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    write_template(folder / "templates" / "article", "<body>{{ title }}</body>", ARTICLE, {"title": "Example"})
    write_template(folder / "templates" / "brief", "<body>{{ title }}</body>", BRIEF, {"title": "Example"})
    with (
        live_server(folder / "data", folder / "templates", development=True) as origin,
        running_nginx(urlsplit(origin.url).netloc, folder / "edge") as edge,
    ):
        yield Site(origin, edge, folder / "templates")


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.edge.client() as opened:
        yield opened


def test_the_first_get_is_a_miss_and_the_second_a_hit_that_does_not_reach_python(
    site: Site, client: httpx.Client
) -> None:
    path, before = site.path("First"), site.count("image_requests")
    first, second = client.get(path), client.get(path)
    assert first.headers["cache-status"] == "Signet; fwd=miss; stored, edge; fwd=uri-miss; stored"
    assert second.headers["cache-status"] == "edge; hit"
    assert site.count("image_requests") == before + 1
    assert first.content == second.content
    assert Image.open(io.BytesIO(first.content)).size == (120, 60)
    for name in ("etag", "cache-control", "content-type", "cache-tag", "cross-origin-resource-policy"):
        assert first.headers[name] == second.headers[name]
    assert "render;dur=" in first.headers["server-timing"]


def test_twenty_requests_for_a_new_url_are_one_render(site: Site) -> None:
    path, requests, renders = site.path("Crowd"), site.count("image_requests"), site.count("renders")
    barrier = threading.Barrier(20)

    def get(_: int) -> httpx.Response:
        barrier.wait()
        with site.edge.client() as client:
            return client.get(path)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(get, range(20)))
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert answers[0].status_code == 200
    assert (site.count("image_requests"), site.count("renders")) == (requests + 1, renders + 1)


def test_twenty_requests_for_an_expired_url_are_one_render(site: Site) -> None:
    path = site.origin.path("brief", title="Crowd")
    registry = site.origin.services.registry

    def get(_: int) -> httpx.Response:
        with site.edge.client() as client:
            return client.get(path)

    first = get(0)
    known = registry.get("brief", None).compiled.bundle.digest
    write_template(site.templates / "brief", "<body>{{ title }}!</body>", BRIEF, {"title": "Example"})
    wait_until(lambda: registry.get("brief", None).compiled.bundle.digest != known)
    time.sleep(3.1)  # until it may not be shown any longer, be it while a new one is fetched
    renders = site.count("renders")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(get, range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {answers[0].content} != {first.content}
    assert site.count("renders") == renders + 1


def test_what_was_rendered_or_fetched_before_costs_its_first_reader_nothing(site: Site, client: httpx.Client) -> None:
    path, key = site.path("Rendered before"), {"Authorization": f"Bearer {API_KEY}"}
    body = {"variables": {"title": "Rendered before"}, "format": "png"}
    made = httpx.post(f"{site.origin.url}/v1/templates/article/render", json=body, headers=key, trust_env=False)
    assert made.status_code == 200
    renders = site.count("renders")
    assert client.get(path).headers["cache-status"] == "Signet; hit, edge; fwd=uri-miss; stored"
    requests = site.count("image_requests")
    assert client.get(path).headers["cache-status"] == "edge; hit"  # whoever warmed the edge, readers are hits
    assert (site.count("renders"), site.count("image_requests")) == (renders, requests)


def test_head_range_and_conditions_agree_with_get(site: Site, client: httpx.Client) -> None:
    path = site.path("Agree")
    head, get = client.head(path), client.get(path)
    assert (head.headers["content-length"], head.headers["etag"]) == (str(len(get.content)), get.headers["etag"])
    part = client.get(path, headers={"Range": "bytes=0-524288"})
    assert part.content == get.content
    unchanged = client.get(path, headers={"If-None-Match": get.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["cache-control"] == get.headers["cache-control"]


def test_refusals_pass_through_with_their_reasons(site: Site, client: httpx.Client) -> None:
    path = site.path("Refused")
    cases = {
        path.replace("Refused", "Refuted"): (403, "bad-signature"),
        path + "&extra=1": (403, "bad-signature"),
        path + "&_x=1": (403, "unsigned-parameter"),
        site.path("Old", Options(expires=1)): (410, "expired"),
        site.path("x" * 61): (422, "invalid-values"),
        site.origin.path("unknown", title="x"): (404, "unknown-template"),
        "/i/article.bmp": (404, "unknown-format"),
    }
    for url, (status, code) in cases.items():
        answer = client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "max-age" not in answer.headers.get("cache-control", "")


def test_the_gate_refuses_as_the_origin_does(site: Site, tmp_path: Path) -> None:
    path = site.path("Refused")
    urls = [
        path.replace("Refused", "Refuted"),
        path.partition("&_s=")[0],
        path + "&title=twice",
        path + "&a-b=c",
        path + "&a=%zz",
        path + "&a=" + "x" * 8_000,
        site.path("Old", Options(expires=1)),
        "/i/article.bmp",
        "/i/article",
    ]
    keys = signing_keys((), site.origin.settings.data_dir)
    before = site.count("image_requests")
    with running_nginx(urlsplit(site.origin.url).netloc, tmp_path, keys=keys) as edge, edge.client() as client:
        answers = [client.get(url) for url in urls]
    assert site.count("image_requests") == before
    with httpx.Client(base_url=site.origin.url, trust_env=False) as client:
        for url, gate in zip(urls, answers, strict=True):
            origin = client.get(url)
            assert gate.status_code == origin.status_code, url
            for name in ("Content-Type", "Cache-Control", "Retry-After", "Allow"):
                assert gate.headers.get(name) == origin.headers.get(name), (url, name)
            ours, theirs = gate.json(), origin.json()
            assert ours.pop("request_id") == gate.headers["X-Request-Id"]
            # How exactly a URL is malformed is said at the origin.
            assert ours.keys() == theirs.keys() - {"request_id"}
            assert all(ours[name] == theirs[name] for name in ("type", "title", "status", "code")), url


def test_a_known_wrong_link_does_not_reach_python_once_per_reader(site: Site, client: httpx.Client) -> None:
    path, before = site.origin.path("gone", title="x"), site.count("image_requests")
    assert {client.get(path).status_code for _ in range(5)} == {404}
    assert site.count("image_requests") == before + 1


def test_spellings_of_one_url_are_the_same_picture(site: Site, client: httpx.Client) -> None:
    path = site.path("One two|three")
    spellings = [path, path.replace("%20", "+"), path.replace("%7C", "%7c"), path + "&utm_source=mail&fbclid=1"]
    answers = [client.get(spelling) for spelling in spellings]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == 1


def test_who_comes_through_the_edge_is_never_this_machine(site: Site, client: httpx.Client) -> None:
    body = {"template": "article", "variables": {"title": "x"}}
    assert httpx.post(f"{site.origin.url}/v1/urls", json=body, trust_env=False).status_code == 200  # development
    assert client.post("/v1/urls", json=body).status_code == 401
    spoofed = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Host": "127.0.0.1"}
    assert client.post("/v1/urls", json=body, headers=spoofed).status_code == 401
    with_key = client.post("/v1/urls", json=body, headers={"Authorization": f"Bearer {API_KEY}"})
    assert with_key.status_code == 200
    assert "cache-status" not in with_key.headers
    assert client.get(urlsplit(with_key.json()["url"])._replace(scheme="", netloc="").geturl()).status_code == 200


def test_pages_and_probes_pass_and_counters_do_not(client: httpx.Client) -> None:
    assert [client.get(path).status_code for path in ("/", "/livez", "/readyz", "/robots.txt", "/openapi.json")] == (
        [200] * 5
    )
    for path in ("/metrics", "/metrics/"):
        assert client.get(path, follow_redirects=True).status_code == 404


def test_an_origin_that_stops_leaves_warm_pictures_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("stopped")
    write_template(folder / "templates" / "article", "<body>{{ title }}</body>", ARTICLE, {"title": "Example"})
    with ExitStack() as running:
        origin = running.enter_context(live_server(folder / "data", folder / "templates"))
        path, cold = origin.path("article", title="Warm"), origin.path("article", title="Cold")
        with running_nginx(urlsplit(origin.url).netloc, folder / "edge") as edge, edge.client() as client:
            warm = client.get(path)
            running.close()
            assert client.get(path).content == warm.content
            answer = client.get(cold)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
