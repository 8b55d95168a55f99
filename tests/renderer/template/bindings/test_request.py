"""Requests filled with values: no value leaves the place in which it stands."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from renderer import HeaderValue, Secret, coerce_values
from renderer.errors import LimitError, ValuesError
from renderer.expressions import Value
from renderer.template import CompiledTemplate, make_environment
from renderer.template.bindings.request import ResolvedRequest
from tests.renderer.template.helpers import compiled

MANIFEST = """
[variables]
a = { type = "text" }
b = { type = "text" }
more = { type = "boolean" }
n = { type = "number" }
any = { type = "list" }
day = { type = "datetime" }
[bindings.live]
"""


def template(text: str) -> CompiledTemplate:
    return compiled("{{ live }}", MANIFEST + text)


def resolved(template: CompiledTemplate, values: dict[str, Value]) -> ResolvedRequest:
    return template.binding_requests["live"].render(values, make_environment(template))


def url(written: str, **values: Value) -> str:
    return resolved(template(f"url = '{written}'"), values).url


def header(written: str, **values: Value) -> tuple[str | Secret, ...]:
    return resolved(template(f"url = 'https://h.example'\nheaders = {{ A = '{written}' }}"), values).headers["A"].parts


def body(written: str, **values: Value) -> str:
    request = resolved(template(f"url = 'https://h.example'\nmethod = 'POST'\nbody = '''{written}'''"), values)
    assert request.body is not None
    return request.body.decode()


def problem(caught: pytest.ExceptionInfo[ValuesError]) -> tuple[str, str]:
    (found,) = caught.value.problems
    return found.name, found.message


class TestUrl:
    def test_values_are_percent_encoded(self) -> None:
        written = "https://h.example/users/{{ a }}/x?q={{ b }}{{ if more }}&more={{ more }}{{ end }}"
        assert url(written, a="a/b?c", b="ä & b") == "https://h.example/users/a%2Fb%3Fc/x?q=%C3%A4%20%26%20b"
        assert url(written, a=1, b="", more=True).endswith("?q=&more=true")
        assert url(written, a="%2e", b="..").endswith("/users/%252e/x?q=..")

    def test_loops_and_plain_text(self) -> None:
        assert url("https://h.example?{{ for x in any }}id={{ x }}&{{ end }}", any=[1, "&"]) == (
            "https://h.example?id=1&id=%26&"
        )
        assert url("https://h.example:8443/ä/%7Bx%7D//{y}?z=[1]") == (
            "https://h.example:8443/%C3%A4/%7Bx%7D//%7By%7D?z=[1]"
        )
        assert url("http://[::1]:80/{{ a }}", a="x") == "http://[::1]:80/x"

    @pytest.mark.parametrize(
        ("written", "values", "name"),
        [
            ("https://h.example/users/{{ a }}", {"a": ".."}, "a"),
            ("https://h.example/users/{{ a }}/x", {"a": "."}, "a"),
            ("https://h.example/{{ a }}{{ b }}/x", {"a": ".", "b": "."}, "a"),
            ("https://h.example/.{{ b }}/x", {"b": "."}, "b"),
            ("https://h.example/users/{{ a }}", {"a": ""}, "a"),
            ("https://h.example/users/{{ b | trim }}/x", {}, "b"),
            ("https://h.example/{{ a ~ b }}?x", {}, "a, b"),
        ],
    )
    def test_a_path_keeps_its_depth(self, written: str, values: dict[str, Value], name: str) -> None:
        with pytest.raises(ValuesError) as caught:
            url(written, **values)
        assert problem(caught)[0] == name
        assert problem(caught)[1].endswith("the URL of live data")

    def test_length(self) -> None:
        with pytest.raises(LimitError, match="8000 characters"):
            url("https://h.example/{{ a }}", a="x" * 8_000)

    @pytest.mark.parametrize(
        "written",
        [
            *("https://{{ a }}/x", "https://h.example{{ a }}", "https://u@{{ a }}/", "https://{{ a }}"),
            *("https://h.example:{{ n }}/", "https://u:p@h.example/", "https://h.example\\@{{ a }}/"),
            *("{{ a }}", "https://h.example{{ if more }}/{{ end }}{{ a }}", "https://", "https:///{{ a }}"),
        ],
    )
    def test_the_host_cannot_come_from_values(self, written: str) -> None:
        with pytest.raises(Exception, match=r"scheme and host must be plain text|must start with https"):
            url(written)


class TestHeaders:
    def test_secrets_are_words_of_the_manifest(self) -> None:
        assert header("Bearer env:TOKEN") == ("Bearer ", Secret("TOKEN"))
        assert header("env:A env:SIGNET_SECRET_B  x") == (Secret("A"), " ", Secret("SIGNET_SECRET_B"), "  x")
        assert header("{{ a }} env:_X{{ b }}", a="env:HOME", b="y") == ("env:HOME ", Secret("_X"), "y")
        assert header("{{ if more }}env:A{{ else }}env:B{{ end }}", more=True) == (Secret("A"),)

    def test_text(self) -> None:
        assert header(" {{ a }} x\xe4 ", a="\xfc") == ("\xfc x\xe4",)
        assert header("{{ a }}") == ()

    @pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "\0A\0", "€", "\x7f", "\x85", "a\tb"])
    def test_what_cannot_stand_in_a_header(self, value: str) -> None:
        with pytest.raises(ValuesError) as caught:
            header("{{ a }}", a=value)
        assert problem(caught) == ("a", "cannot stand in a header")


class TestBody:
    def test_values_have_their_types(self) -> None:
        written = '{"id": {{ n }}, "q": "name {{ a }}", "all": {{ any }}, "x":{{b}}, "at": {{ day }}}'
        values: dict[str, object] = {"n": "1.50", "a": 'ü"\n', "any": [1, {"x": None}], "day": "2026-01-01T00:00:00Z"}
        bound = template(f"url = 'https://h.example'\nmethod = 'POST'\nbody = '''{written}'''")
        request = resolved(bound, coerce_values(bound.manifest, values, from_query=False))
        assert request.body is not None
        assert json.loads(request.body) == {
            "id": 1.5,
            "q": 'name ü"\n',
            "all": [1, {"x": None}],
            "x": None,
            "at": "2026-01-01T00:00:00+00:00",
        }
        assert request.headers == {"Content-Type": HeaderValue(("application/json",))}

    def test_comments_and_places_in_texts(self) -> None:
        assert body('["{{ a }}{{ b }}\\"{{ a }}", {{# why #}} {{ a ? {k: "}}"} : 1 }}]', a="1", b="\\") == (
            '["1\\\\\\"1",  {"k":"}}"}]'
        )

    def test_a_content_type_of_its_own(self) -> None:
        own = template(
            "url = 'https://h.example'\nmethod = 'POST'\nbody = '1'\nheaders = { content-type = 'text/json' }"
        )
        assert resolved(own, {}).headers == {"content-type": HeaderValue(("text/json",))}

    def test_no_body(self) -> None:
        request = resolved(template("url = 'https://h.example'\nmethod = 'POST'"), {})
        assert (request.method, request.body, request.headers) == ("POST", None, {})


class TestKey:
    def key(self, written: str, **values: Value) -> str:
        bound = template(f"push = true\nkey = '{written}'")
        return bound.binding_keys["live"].render(values, make_environment(bound))

    def test_text(self) -> None:
        assert self.key("{{ a }}:{{ n }}", a="x/ü", n=5) == "x/ü:5"

    @pytest.mark.parametrize("value", ["", "x" * 201, "a\nb"])
    def test_what_is_no_key(self, value: str) -> None:
        with pytest.raises(ValuesError) as caught:
            self.key("{{ a }}", a=value)
        assert problem(caught)[0] == "a"


EVERYWHERE = template(
    """
url = "https://h.example/v1/{{ a }}/x{{ b }}?q={{ a }}&{{ b }}=1"
method = "POST"
headers = { A = "x {{ a }} env:TOKEN {{ b }}", B = "{{ b }}" }
body = '''{"a": {{ a }}, "t": "{{ a }} and {{ b }}", "l": [{{ any }}, "{{ any }}"]}'''
"""
)
ENVIRONMENT = make_environment(EVERYWHERE)
HOSTILE = st.text(st.sampled_from('./\\:@?#&=%;+ "{}[],\r\n\0\tenv:TOKENü€\x85\u2028ab2')) | st.text()
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)


@given(HOSTILE, HOSTILE, DATA)
@example("..", ".", None)
@example("a\r\nX: y", '", "c": 1', [])
@example("%2e%2e", "%2f..", {'"': '"}'})
@settings(max_examples=400, deadline=None, derandomize=True)
def test_values_stay_in_their_places(a: str, b: str, data: Value) -> None:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in a + b + str(data)):
        return  # typed values have none
    url_text, body_bytes = _url(a, b), _body(a, b, data)
    if url_text is not None:
        parts = urlsplit(url_text)
        assert url_text.isascii()
        assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "h.example", "")
        assert [unquote(segment) for segment in parts.path.split("/")] == ["", "v1", a, "x" + b]
        assert parse_qsl(parts.query, keep_blank_values=True) == [("q", a), (b, "1")]
        assert not any(segment in ("", ".", "..") for segment in parts.path.split("/")[1:])
    assert json.loads(body_bytes)["a"] == a
    assert json.loads(body_bytes)["t"] == f"{a} and {b}"
    assert json.loads(body_bytes)["l"][0] == data
    assert json.loads(body_bytes).keys() == {"a", "t", "l"}
    headers = _headers(a, b)
    if headers is not None:
        assert list(headers) == ["A", "B"]
        assert [part for part in headers["A"].parts if isinstance(part, Secret)] == [Secret("TOKEN")]
        assert not any(isinstance(part, Secret) for part in headers["B"].parts)
        for value in headers.values():
            text = "".join(part for part in value.parts if isinstance(part, str))
            assert text.encode("latin-1").isascii() or not any(0x7F <= ord(c) < 0xA0 for c in text)
            assert all(c >= " " for c in text)


def _url(a: str, b: str) -> str | None:
    try:
        return EVERYWHERE.binding_requests["live"].url.render({"a": a, "b": b}, ENVIRONMENT)
    except ValuesError as error:
        refused = (error.problems[0].name, a in ("", ".", ".."))
    assert refused == ("a", True)
    return None


def _body(a: str, b: str, data: Value) -> bytes:
    compiled_body = EVERYWHERE.binding_requests["live"].body
    assert compiled_body is not None
    return compiled_body.render({"a": a, "b": b, "any": data}, ENVIRONMENT)


def _headers(a: str, b: str) -> dict[str, HeaderValue] | None:
    try:
        headers = EVERYWHERE.binding_requests["live"].headers
        return {name: header.render({"a": a, "b": b}, ENVIRONMENT) for name, header in headers.items()}
    except ValuesError as error:
        refused = {problem.name for problem in error.problems}
    assert refused <= {"a", "b"}
    return None
