"""Pushed data over HTTP: what is pushed is shown by the very next request, and only by whom may push."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.server.conftest import STOCK_SECRET
from tests.server.live_server import API_KEY, Answer, LiveServer, live_server, write_template

MANIFEST = """\
[bindings.level]
push = true
webhook_secret = "env:SIGNET_SECRET_STOCK"
when_missing = "default"
default = {left = 0}
type = "object"
[bindings.level.fields]
left = { type = "integer", required = true, min = 0 }
note = { type = "text", max_length = 20 }
"""
KEYED = """\
[variables.shop]
type = "text"
default = "berlin"
[bindings.level]
push = true
key = "{{ shop }}"
webhook_secret = "env:SIGNET_SECRET_STOCK"
webhook = "merge"
when_missing = "hide"
[bindings.fetched]
url = "https://a.example/x"
when_missing = "hide"
"""
AUTHORIZATION = {"Authorization": f"Bearer {API_KEY}"}
JSON = {"Content-Type": "application/json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
ONE = "/v1/bindings/one/level"
MANY = "/v1/bindings/many/level"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    monkeypatch.setenv("SIGNET_SECRET_STOCK", STOCK_SECRET)
    templates = tmp_path / "templates"
    write_template(templates / "one", "<body>{{ level.left }} {{ level.note }}</body>", MANIFEST)
    write_template(templates / "many", "<body>{{ shop }} {{ level.left }}</body>", KEYED)
    with live_server(tmp_path / "data", templates) as server:
        yield server


def push(server: LiveServer, path: str, data: object, method: str = "PUT", **headers: str) -> Answer:
    kind = MERGE if method == "PATCH" else JSON
    sent = kind | AUTHORIZATION | {name.replace("_", "-"): value for name, value in headers.items()}
    return server.ask(path, method, sent, data if isinstance(data, bytes) else json.dumps(data).encode())


def read(server: LiveServer, path: str) -> Answer:
    return server.ask(path, headers=AUTHORIZATION)


def test_the_next_request_shows_what_was_pushed(shop: LiveServer) -> None:
    url = shop.path("one")
    before = shop.ask(url)
    assert before.headers["x-signet-state"] == "fallback"
    first = push(shop, ONE, {"left": 3})
    assert (first.status, first.json()["version"], first.json()["changed"]) == (201, 1, True)
    shown = shop.ask(url)
    assert (shown.headers["x-signet-state"], shown.headers["etag"] != before.headers["etag"]) == ("fresh", True)
    second = push(shop, ONE, {"left": 4})
    assert (second.status, second.json()["version"]) == (200, 2)
    assert shop.ask(url).headers["etag"] != shown.headers["etag"]
    assert shop.ask(url, headers={"If-None-Match": shop.ask(url).headers["etag"]}).status == 304


def test_the_same_data_changes_nothing(shop: LiveServer) -> None:
    first = push(shop, ONE, b'{"left": 3, "note": "a"}').json()
    again = push(shop, ONE, b'{ "note":"a", "left":3.0 }').json()
    assert (again["version"], again["changed"], again["digest"]) == (1, False, first["digest"])
    assert again["pushed_at"] == first["pushed_at"]


def test_merging(shop: LiveServer) -> None:
    push(shop, ONE, {"left": 3, "note": "a"})
    assert push(shop, ONE, {"note": None}, "PATCH").status == 200
    assert read(shop, ONE).json()["data"] == {"left": 3}
    refused = push(shop, ONE, {"left": None}, "PATCH")
    assert refused.status == 422
    assert refused.json()["problems"][0]["name"] == "level.left"
    assert read(shop, ONE).json()["data"] == {"left": 3}


def test_numbers_keep_their_digits(shop: LiveServer) -> None:
    push(shop, f"{MANY}?key=x", b'{"price": 0.1000000000000000000001, "big": 12345678901234567890}')
    assert b'"price":0.1000000000000000000001' in read(shop, f"{MANY}?key=x").body
    assert b'"big":12345678901234567890' in read(shop, f"{MANY}?key=x").body


def test_conditions(shop: LiveServer) -> None:
    tag = push(shop, ONE, {"left": 1}).headers["etag"]
    assert push(shop, ONE, {"left": 2}, If_None_Match="*").status == 412
    assert push(shop, ONE, {"left": 2}, If_Match='"other"').json()["code"] == "push-conflict"
    assert push(shop, ONE, {"left": 2}, If_Match=f'"other", {tag}').status == 200
    assert push(shop, ONE, {"left": 3}, "PATCH", If_Match=tag).status == 412
    assert read(shop, ONE).json()["data"] == {"left": 2}
    current = read(shop, ONE).headers["etag"]
    assert shop.ask(ONE, headers=AUTHORIZATION | {"If-None-Match": current}).status == 304
    assert shop.ask(ONE, "DELETE", AUTHORIZATION | {"If-Match": '"x"'}).status == 412
    assert shop.ask(ONE, "DELETE", AUTHORIZATION | {"If-Match": "*"}).json()["deleted"] is True
    assert push(shop, ONE, {"left": 2}, If_None_Match="*").status == 201


def test_deleted_data_is_missing_at_once(shop: LiveServer) -> None:
    push(shop, ONE, {"left": 1})
    assert shop.ask(shop.path("one")).headers["x-signet-state"] == "fresh"
    assert shop.ask(ONE, "DELETE", AUTHORIZATION).json() == {"template": "one", "name": "level", "deleted": True}
    assert shop.ask(ONE, "DELETE", AUTHORIZATION).json()["deleted"] is False
    assert shop.ask(shop.path("one")).headers["x-signet-state"] == "fallback"
    assert read(shop, ONE).status == 404


def test_each_key_has_data_of_its_own(shop: LiveServer) -> None:
    push(shop, f"{MANY}?key=berlin", {"left": 1})
    push(shop, f"{MANY}?key=paris%2C%20nord", {"left": 2})
    berlin, paris = shop.path("many", shop="berlin"), shop.path("many", shop="paris, nord")
    tags = [shop.ask(url).headers["cache-tag"].split(",") for url in (berlin, paris)]
    assert "binding:many/level/berlin" in tags[0]
    assert "binding:many/level/paris__nord" in tags[1]
    before = [shop.ask(url).headers["etag"] for url in (berlin, paris)]
    push(shop, f"{MANY}?key=berlin", {"left": 9})
    after = [shop.ask(url).headers["etag"] for url in (berlin, paris)]
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


@pytest.mark.parametrize(
    ("path", "data", "status", "text"),
    [
        ("/v1/bindings/none/level", {}, 404, "none"),
        ("/v1/bindings/one/levels", {}, 404, "Did you mean level?"),
        ("/v1/bindings/many/fetched", {}, 404, "takes no pushed data"),
        (f"{ONE}?key=x", {"left": 1}, 422, "one record for all"),
        (MANY, {"left": 1}, 422, "is required"),
        (f"{MANY}?key={'x' * 201}", {"left": 1}, 422, "201 characters"),
        (ONE, {"left": -1}, 422, "level.left"),
        (ONE, {}, 422, "level.left"),
        (ONE, [], 422, "level"),
        (ONE, b'{"left": NaN}', 400, "not valid JSON"),
        (ONE, b"{", 400, "not valid JSON"),
        (ONE, b"", 400, "not valid JSON"),
        (ONE, b'{"left": 1, "note": "' + b"x" * 1_000_000 + b'"}', 413, "bytes"),
    ],
)
def test_what_is_refused(shop: LiveServer, path: str, data: object, status: int, text: str) -> None:
    answer = push(shop, path, data)
    assert (answer.status, text in answer.body.decode()) == (status, True), answer.body


def test_only_with_an_api_key_and_only_as_json(shop: LiveServer) -> None:
    for method in ("PUT", "PATCH", "GET", "DELETE"):
        assert shop.ask(ONE, method, JSON, b"{}" if method != "GET" else None).status == 401
    assert shop.ask(ONE, "PUT", AUTHORIZATION | {"Content-Type": "text/plain"}, b"{}").status == 415


class TestWebhooks:
    def send(self, server: LiveServer, path: str, body: str, message: str = "msg_1", shift: int = 0) -> Answer:
        now = int(time.time()) + shift
        signature = Webhook(STOCK_SECRET).sign(message, datetime.fromtimestamp(now, UTC), body)
        headers = {"webhook-id": message, "webhook-timestamp": str(now), "webhook-signature": signature}
        return server.ask(path, "POST", JSON | headers, body.encode())

    def test_a_signature_stands_for_the_api_key(self, shop: LiveServer) -> None:
        assert self.send(shop, "/v1/hooks/one/level", '{"left": 5}').status == 201
        assert read(shop, ONE).json()["data"] == {"left": 5}

    def test_a_message_that_comes_twice_is_applied_once(self, shop: LiveServer) -> None:
        self.send(shop, "/v1/hooks/one/level", '{"left": 5}')
        push(shop, ONE, {"left": 6})
        again = self.send(shop, "/v1/hooks/one/level", '{"left": 5}')
        assert (again.status, again.json()["changed"], again.json()["version"]) == (200, False, 2)
        assert read(shop, ONE).json()["data"] == {"left": 6}
        assert self.send(shop, "/v1/hooks/one/level", '{"left": 7}', "msg_2").json()["version"] == 3

    def test_it_merges_where_the_manifest_says_so(self, shop: LiveServer) -> None:
        push(shop, f"{MANY}?key=berlin", {"left": 1, "open": True})
        assert self.send(shop, "/v1/hooks/many/level?key=berlin", '{"left": 2}').status == 200
        assert read(shop, f"{MANY}?key=berlin").json()["data"] == {"left": 2, "open": True}

    @pytest.mark.parametrize("shift", [-400, 400])
    def test_old_messages_are_refused(self, shop: LiveServer, shift: int) -> None:
        answer = self.send(shop, "/v1/hooks/one/level", '{"left": 5}', shift=shift)
        assert (answer.status, answer.json()["code"]) == (401, "invalid-delivery")
        assert "away from our time" in answer.json()["detail"]

    def test_unsigned_and_changed_ones_too(self, shop: LiveServer) -> None:
        assert shop.ask("/v1/hooks/one/level", "POST", JSON, b"{}").status == 401
        body = '{"left": 5}'
        now = int(time.time())
        signature = Webhook(STOCK_SECRET).sign("msg_1", datetime.fromtimestamp(now, UTC), body)
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}
        assert shop.ask("/v1/hooks/one/level", "POST", JSON | headers, b'{"left": 500}').status == 401
        assert read(shop, ONE).status == 404

    def test_what_does_not_fit_is_refused_as_from_the_api(self, shop: LiveServer) -> None:
        assert self.send(shop, "/v1/hooks/one/level", '{"left": "many"}').status == 422
        assert self.send(shop, "/v1/hooks/many/fetched", "{}").status == 404
