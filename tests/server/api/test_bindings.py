"""Pushed data over HTTP: what is pushed is shown by the very next request, and only by whom may push."""

from __future__ import annotations

import pytest

from tests.server.api.shop import AUTHORIZATION, JSON, MANY, ONE, push, read
from tests.server.live_server import LiveServer


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


def test_a_change_that_is_to_be_none(shop: LiveServer) -> None:
    tag = push(shop, ONE, {"left": 1}).headers["etag"]
    assert push(shop, ONE, {"left": 2}, If_None_Match=tag).status == 412
    assert push(shop, ONE, {"left": 2}, If_None_Match='"other"').status == 200
    assert push(shop, ONE, {"left": 3}, If_None_Match=tag).status == 200
    assert push(shop, ONE, {"left": 4}, If_Match="no tag").status == 412


def test_what_grows_by_merging_stays_below_the_limit(shop: LiveServer) -> None:
    half = shop.settings.max_binding_bytes // 2
    assert push(shop, f"{MANY}?key=x", {"a": "x" * half}, "PATCH").status == 201
    grown = push(shop, f"{MANY}?key=x", {"b": "x" * half}, "PATCH")
    assert (grown.status, "would have" in grown.body.decode()) == (413, True)
    assert list(read(shop, f"{MANY}?key=x").json()["data"]) == ["a"]  # type: ignore[call-overload]


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
        (f"{MANY}?key={'x' * 201}", {"left": 1}, 422, "at most 200 characters"),
        (f"{MANY}?key=a%00b", {"left": 1}, 422, "not U+0000"),
        (f"{MANY}?key=a&key=b", {"left": 1}, 422, "is given twice"),
        (ONE, b'{"left": 1e99999999999999999999}', 400, "too large a number"),
        (ONE, {"left": -1}, 422, "level.left"),
        (ONE, {}, 422, "level.left"),
        (ONE, [], 422, "level"),
        (ONE, b'{"left": NaN}', 400, "not valid JSON"),
        (ONE, b"{", 400, "not valid JSON"),
        (ONE, b"", 400, "not valid JSON"),
        (ONE, b'{"left": 1, "note": "' + b"x" * 1_000_000 + b'"}', 413, "bytes"),
    ],
)
def test_what_is_refused(closed_shop: LiveServer, path: str, data: object, status: int, text: str) -> None:
    answer = push(closed_shop, path, data)
    assert (answer.status, text in answer.body.decode()) == (status, True), answer.body


def test_only_with_an_api_key_and_only_as_json(shop: LiveServer) -> None:
    for method in ("PUT", "PATCH", "GET", "DELETE"):
        assert shop.ask(ONE, method, JSON, b"{}" if method != "GET" else None).status == 401
    assert shop.ask(ONE, "PUT", AUTHORIZATION | {"Content-Type": "text/plain"}, b"{}").status == 415
