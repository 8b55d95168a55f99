"""Bodies that are no bodies: each is refused with a problem document that says what to change."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.documents import parse_json
from server.errors import MalformedBody
from tests.server.live_server import API_KEY, LiveServer


def nested(depth: int) -> bytes:
    return b'{"template":"card","variables":{"tags":' + b"[" * depth + b"]" * depth + b"}}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"template": }',
        b"title=Hello",
        b"\xff\xfe",
        b"\x00",
        b'{"template":"card"} x',
        b'{"variables":{"count":NaN}}',
        b'{"variables":{"count":Infinity}}',
        b'{"variables":{"count":1e400}}',
        b'{"variables":{"tags":[1e99999999999999999999]}}',
        b'{"variables":{"count":' + b"9" * 5000 + b"}}",
        b'{"variables":{"title":"\\ud800"}}',
        b'{"variables":{"\\udfff":1}}',
        b"[]",
        b"null",
        b'"card"',
        b"1",
        nested(70),
        nested(900),
        nested(200_000),
    ],
    ids=lambda body: body[:30].decode("latin-1"),
)
def test_no_json_object(live: LiveServer, body: bytes) -> None:
    answer = live.call("/v1/urls", body)
    assert (answer.status, answer.json()["code"]) == (400, "malformed-body"), answer.body


@pytest.mark.parametrize("depth", [*range(10, 62, 3)])
def test_nesting_is_refused_as_a_value_before_it_is_refused_as_a_body(live: LiveServer, depth: int) -> None:
    assert live.call("/v1/urls", nested(depth)).status == 422


def test_every_problem_of_a_body_is_listed_at_once(live: LiveServer) -> None:
    body = {"template": "No Template", "format": "bmp", "options": {"_d": 9, "x": 1}, "extra": 1, "variables": []}
    answer = live.call("/v1/urls", body)
    assert (answer.status, answer.json()["code"]) == (422, "invalid-values")
    problems = answer.json()["problems"]
    assert isinstance(problems, list)
    assert {item["name"] for item in problems} == {
        "template", "format", "options._d", "options.x", "extra", "variables"
    }  # fmt: skip
    assert "is no member that is known here" in {item["message"] for item in problems}


def test_thousands_of_problems_make_a_short_answer(live: LiveServer) -> None:
    answer = live.call("/v1/urls", {"template": "card"} | {f"{'x' * 500}{i}": i for i in range(2000)})
    assert answer.status == 422
    assert len(answer.body) < 50_000


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", ""])
def test_other_media_types(live: LiveServer, kind: str) -> None:
    answer = live.call("/v1/urls", b'{"template":"card"}', headers={"Content-Type": kind})
    assert (answer.status, answer.json()["code"]) == (415, "unsupported-media-type")


def test_json_with_a_charset(live: LiveServer) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert live.call("/v1/urls", {"template": "card", "variables": {"title": "x"}}, headers=headers).status == 200


def test_a_body_that_is_too_large(live: LiveServer) -> None:
    size = live.settings.max_body_bytes
    answer = live.call("/v1/urls", b" " * (size + 1))
    assert (answer.status, answer.json()["code"]) == (413, "body-too-large")
    assert f"{size:,}" in str(answer.json()["detail"])


def test_a_body_that_is_too_large_but_does_not_say_so(live: LiveServer) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    size = live.settings.max_body_bytes
    chunk = b"%x\r\n%s\r\n" % (size + 1, b" " * (size + 1))
    answer = live.ask("/v1/urls", "POST", headers, chunk + b"0\r\n\r\n")
    assert answer.status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_what_is_json_is_read(document: dict[str, object]) -> None:
    assert parse_json(json.dumps(document).encode()) == json.loads(json.dumps(document), parse_float=Decimal)


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        document = parse_json(data)
    except MalformedBody:
        return
    json.dumps(document, default=str).encode()


def test_numbers_keep_their_digits() -> None:
    document = parse_json(b'{"price": 19.90, "tiny": 1e-99999999999999999999}')
    assert str(document["price"]) == "19.90"
    assert document["tiny"] == 0
