"""What a real nginx keeps with this configuration, for how long, and what it lets through; the origin is scripted."""

from __future__ import annotations

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.edge.servers import Answer, Edge, ScriptedOrigin

DAY = {"Cache-Control": "public, max-age=86400, stale-while-revalidate=86400", "ETag": '"abc"'}


def member(response: httpx.Response) -> str:
    """The edge's own member of Cache-Status."""
    return response.headers["cache-status"].rpartition(", ")[2]


def test_the_second_request_is_a_hit_that_does_not_reach_the_origin(
    origin: ScriptedOrigin, client: httpx.Client
) -> None:
    url = "/i/article.png?title=Hello&_s=x"
    origin.answers[url] = Answer(headers=DAY | {"Cache-Status": "Signet; fwd=miss; stored", "Server-Timing": "render"})
    first, second = client.get(url), client.get(url)
    assert first.headers["cache-status"] == "Signet; fwd=miss; stored, edge; fwd=uri-miss; stored"
    assert second.headers["cache-status"] == "edge; hit"
    assert first.content == second.content == b"picture"
    assert second.headers["cache-control"] == DAY["Cache-Control"]
    assert (first.headers["server-timing"], second.headers.get("server-timing")) == ("render", None)
    assert len(origin.asked(url)) == 1


def test_every_answer_has_one_request_id_of_its_own(origin: ScriptedOrigin, client: httpx.Client) -> None:
    url = "/i/article.png?title=Id"
    origin.answers[url] = Answer(headers=DAY | {"X-Request-Id": "from-the-origin"})
    identifiers = [client.get(url).headers.get_list("x-request-id") for _ in range(2)]
    assert [len(each) for each in identifiers] == [1, 1]
    assert identifiers[0] != identifiers[1]
    assert origin.asked(url)[0].headers["x-request-id"] == identifiers[0][0]


def test_twenty_requests_for_a_cold_url_ask_the_origin_once(origin: ScriptedOrigin, edge: Edge) -> None:
    url = "/i/cold.png"
    gate = threading.Event()
    origin.answers[url] = Answer(headers=DAY, gate=gate)
    with edge.client() as client, ThreadPoolExecutor(20) as pool:
        pending = [pool.submit(client.get, url) for _ in range(20)]
        while not origin.asked(url):
            time.sleep(0.01)
        gate.set()
        answers = [one.result() for one in pending]
    assert {answer.status_code for answer in answers} == {200}
    assert len(origin.asked(url)) == 1


def test_twenty_requests_for_a_live_picture_are_one_fetch_and_not_a_queue(origin: ScriptedOrigin, edge: Edge) -> None:
    url = "/i/live.png"
    gate = threading.Event()
    origin.answers[url] = Answer(headers={"Cache-Control": "no-cache, max-age=0", "ETag": '"abc"'}, gate=gate)
    with edge.client() as client, ThreadPoolExecutor(20) as pool:
        pending = [pool.submit(client.get, url) for _ in range(20)]
        while not origin.asked(url):
            time.sleep(0.01)
        gate.set()
        answers = [one.result() for one in pending]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-cache, max-age=0"}
    assert "x-accel-expires" not in answers[0].headers
    assert len(origin.asked(url)) <= 3  # one a second


def test_head_answers_like_get(origin: ScriptedOrigin, client: httpx.Client) -> None:
    url = "/i/head.png"
    origin.answers[url] = Answer(headers=DAY | {"Content-Type": "image/png"})
    head, get = client.head(url), client.get(url)
    assert head.content == b""
    assert (member(head), member(get)) == ("edge; fwd=uri-miss; stored", "edge; hit")
    for name in ("content-length", "content-type", "etag", "cache-control"):
        assert head.headers[name] == get.headers[name]
    assert [seen.method for seen in origin.asked(url)] == ["GET"]


@pytest.mark.parametrize("warm", [False, True])
def test_ranges_are_cut_from_the_whole_picture(origin: ScriptedOrigin, client: httpx.Client, warm: bool) -> None:
    url = f"/i/range-{warm}.png"
    origin.answers[url] = Answer(b"0123456789", headers=DAY)
    if warm:
        client.get(url)
    part = client.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert client.get(url, headers={"Range": "bytes=0-524288"}).content == b"0123456789"
    assert client.get(url, headers={"Range": "bytes=99-"}).status_code == 416
    assert client.get(url).content == b"0123456789"
    assert "range" not in origin.asked(url)[0].headers


@pytest.mark.parametrize("validator", ['"abc"', 'W/"abc"', '"x", "abc"', "*"])
@pytest.mark.parametrize("warm", [False, True])
def test_304_repeats_etag_and_cache_control(
    origin: ScriptedOrigin, client: httpx.Client, validator: str, warm: bool
) -> None:
    url = f"/i/conditional-{warm}-{validator.encode().hex()}.png"
    origin.answers[url] = Answer(headers=DAY)
    if warm:
        client.get(url)
    answer = client.get(url, headers={"If-None-Match": validator})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"abc"'
    assert answer.headers["cache-control"] == DAY["Cache-Control"]
    assert client.get(url).content == b"picture"  # the answer to one client's condition is not what is kept
    assert len(origin.asked(url)) == 1


def test_a_picture_depends_on_its_url_alone(origin: ScriptedOrigin, client: httpx.Client) -> None:
    url = "/i/plain.png"
    origin.answers[url] = Answer(headers=DAY | {"Set-Cookie": "a=b", "Vary": "Accept, Cookie"})
    sent = {"Cookie": "who=me", "Accept": "image/webp", "Authorization": "Bearer secret", "Accept-Language": "de"}
    first = client.get(url, headers=sent)
    second = client.get(url, headers={"Accept": "image/avif", "Accept-Encoding": "br", "Cookie": "who=you"})
    assert (member(first), member(second)) == ("edge; fwd=uri-miss; stored", "edge; hit")
    assert "set-cookie" not in first.headers
    assert "vary" not in first.headers
    (seen,) = origin.asked(url)
    assert not {"cookie", "accept", "authorization", "accept-language", "accept-encoding"} & seen.headers.keys()
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"


def test_the_target_reaches_the_origin_as_it_was_asked(origin: ScriptedOrigin, edge: Edge) -> None:
    target = "/i/article.png?b=%7c|&amp;a=1+2&title=%E2%82%AC//x"
    origin.answers[target] = Answer(headers=DAY)
    connection = http.client.HTTPConnection(urlsplit(edge.base_url).netloc)
    connection.request("GET", target)
    assert connection.getresponse().read() == b"picture"
    connection.close()
    assert len(origin.asked(target)) == 1


def test_the_longest_url_is_kept_too(origin: ScriptedOrigin, client: httpx.Client) -> None:
    url = "/i/long.png?title=" + "x" * 7_900
    origin.answers[url] = Answer(headers=DAY)
    assert [member(client.get(url)) for _ in range(2)] == ["edge; fwd=uri-miss; stored", "edge; hit"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_pictures_are_only_read(origin: ScriptedOrigin, client: httpx.Client, method: str) -> None:
    url = f"/i/{method}.png"
    answer = client.request(method, url, content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 405
    assert origin.asked(url) == []


@pytest.mark.parametrize("url", ["/i/options.png?title=x", "/t/options.png"])
def test_options_is_answered_without_the_origin(origin: ScriptedOrigin, client: httpx.Client, url: str) -> None:
    plain = client.options(url)
    assert (plain.status_code, plain.content, plain.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    assert plain.headers["access-control-allow-origin"] == "*"
    assert "access-control-max-age" not in plain.headers
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    preflight = client.options(url, headers=asked)
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD"
    assert preflight.headers["access-control-max-age"] == "86400"
    assert origin.asked(url) == []


def test_the_body_of_a_get_is_not_passed_on(origin: ScriptedOrigin, client: httpx.Client) -> None:
    url = "/i/with-body.png"
    origin.answers[url] = Answer(headers=DAY)
    assert client.request("GET", url, content=b"x" * 100).status_code == 200
    assert origin.asked(url)[0].headers.get("content-length", "0") == "0"
    assert client.request("GET", "/i/big-body.png", content=b"x" * 5000).status_code == 413


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics?x=1", "/%6detrics", "/./metrics", "/v1/../metrics", "http://a.b/metrics"]
)
def test_metrics_are_not_shown(origin: ScriptedOrigin, edge: Edge, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(edge.base_url).netloc)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()
    assert origin.asked(path) == []


def test_the_api_is_passed_through_and_never_kept(origin: ScriptedOrigin, client: httpx.Client) -> None:
    url = "/v1/templates"
    origin.answers[url] = Answer(b"{}", headers={"Cache-Control": "public, max-age=600"})
    sent = {"Authorization": "Bearer key", "Accept": "application/json", "X-Forwarded-For": "1.2.3.4"}
    answers = [client.request(method, url, headers=sent) for method in ("GET", "GET", "POST")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "cache-status" not in answers[0].headers
    seen = origin.asked(url)
    assert [one.method for one in seen] == ["GET", "GET", "POST"]
    assert seen[0].headers["authorization"] == "Bearer key"
    assert seen[0].headers["x-forwarded-for"] == "127.0.0.1"  # what a client claims of itself counts for nothing


def test_the_log_is_one_json_object_a_request(origin: ScriptedOrigin, edge: Edge) -> None:
    url = "/i/logged.png?quote=%22&raw=\\"
    origin.answers[url] = Answer(headers=DAY)
    connection = http.client.HTTPConnection(urlsplit(edge.base_url).netloc)
    connection.request("GET", url, headers={"User-Agent": 'odd "agent" \\'})
    connection.getresponse().read()
    connection.close()
    lines: list[dict[str, object]] = []
    while not lines:  # nginx writes its buffer once a second
        time.sleep(0.05)
        lines = [line for line in map(json.loads, edge.log.read_text().splitlines()) if line["uri"] == url]
    assert lines[0]["cache"] == "MISS"
    assert lines[0]["status"] == 200
    assert lines[0]["agent"] == 'odd "agent" \\'
    assert lines[0]["request_id"] == origin.asked(url)[0].headers["x-request-id"]
