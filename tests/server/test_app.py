"""What holds for every address of a running server."""

from __future__ import annotations

import pytest

from tests.server.live_server import LiveServer


@pytest.mark.parametrize("path", ["/", "/livez", "/v1/templates", "/nothing", "/i/card.png", "/openapi.json"])
def test_every_answer_has_an_id_and_no_cookie(live: LiveServer, path: str) -> None:
    answer = live.ask(path)
    assert len(answer.headers["x-request-id"]) >= 8
    assert not {"set-cookie", "server", "x-powered-by"} & set(answer.names)


def test_the_id_of_a_proxy_is_kept(live: LiveServer) -> None:
    given = "from-the-edge.0123"
    answer = live.ask("/nothing", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["short", "x" * 65, "spaces in it", "<script>alert(1)</script>", "ümläut-id"])
def test_a_strange_id_is_replaced(live: LiveServer, given: str) -> None:
    assert live.ask("/livez", headers={"X-Request-ID": given}).headers["x-request-id"] != given


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1", "/v1/", "/v1/templates/", "/livez/", "//livez", "/gallery", "/openapi.json/", "/%00"]
)
def test_no_address_redirects(live: LiveServer, path: str) -> None:
    answer = live.ask(path, headers={"Host": "elsewhere.example"})
    assert answer.status == 404
    assert "location" not in answer.headers
    assert answer.json()["code"] in ("not-found", "unknown-template")


@pytest.mark.parametrize("path", ["/", "/livez", "/metrics", "/robots.txt", "/openapi.json", "/gallery/main.js"])
def test_what_is_only_read_says_so(live: LiveServer, path: str) -> None:
    answer = live.ask(path, "POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["detail"] == "Use GET or HEAD here."


def test_link_previews_may_fetch_images_and_nothing_else(live: LiveServer) -> None:
    assert live.ask("/robots.txt").body == b"User-agent: *\nAllow: /i/\nAllow: /t/\nDisallow: /\n"
