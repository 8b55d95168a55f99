"""[bindings.NAME] in manifests: what they can say, and how what they cannot say is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from renderer.errors import ManifestError
from renderer.template import Binding, bundle_from_files
from renderer.template.manifest import read_manifest

FILES = {
    "template.html": b"",
    "data.json": b'\xef\xbb\xbf{"items": [{"n": 1, "more": true}, {"n": 2}]}',
    "broken.json": b"[1",
    "latin.json": b'["\xe4"]',
    "blank.png": b"",
}


def binding(text: str) -> Binding:
    return read_manifest(bundle_from_files("card", FILES | {"template.toml": text.encode()})).bindings["b"]


def test_a_request_with_everything() -> None:
    b = binding("""
[variables.user]
type = "text"
[bindings.a]
file = "data.json"
[bindings.b]
url = "https://h.example/{{ user }}"
method = "POST"
body = '{"id": {{ a.id }}}'
headers = { Authorization = "Bearer env:TOKEN" }
after = ["a", "a"]
ttl = "1m"
min_ttl = "10s"
timeout = "500ms"
stale_if_error = "2h"
select = "data.items[0]"
type = "object"
when_missing = "default"
default = { count = 1.5, at = 2026-01-01T00:00:00, other = 1 }
example = { count = "2" }
description = "Counts"
[bindings.b.fields.count]
type = "number"
required = true
[bindings.b.fields.at]
type = "datetime"
[bindings.b.fields.logo]
type = "image"
placeholder = "blank.png"
""")
    assert (b.source, b.method, b.body, b.after) == ("url", "POST", '{"id": {{ a.id }}}', ("a",))
    assert b.headers == {"Authorization": "Bearer env:TOKEN"}
    assert (b.ttl, b.min_ttl, b.timeout, b.stale_if_error) == (60, 10, 0.5, 7200)
    assert (b.select, b.when_missing, b.description) == (("data", "items", 0), "default", "Counts")
    assert b.schema is not None
    assert b.schema.fields is not None
    assert (b.schema.type, b.schema.fields["count"].required) == ("object", True)
    assert b.schema.fields["logo"].placeholder == "blank.png"
    # Data of the manifest's own is typed as the API's is, and may have as many further fields.
    assert b.default == {"count": Decimal("1.5"), "at": datetime(2026, 1, 1, tzinfo=UTC)}
    assert (b.has_default, b.example) == (True, {"count": 2})


def test_pushed_data() -> None:
    b = binding('[bindings.b]\npush = true\nkey = "{{ 1 }}"\nwebhook_secret = "env:HOOK"\nttl = "5s"\ntype = "integer"')
    assert (b.source, b.key, b.webhook_secret, b.ttl) == ("push", "{{ 1 }}", "env:HOOK", 5)
    assert b.schema is not None
    assert b.schema.type == "integer"


def test_data_of_a_file_is_selected_and_typed() -> None:
    assert binding("[bindings.b]\nfile='data.json'").data == {"items": [{"n": 1, "more": True}, {"n": 2}]}
    assert binding("[bindings.b]\nfile='data.json'\nselect='items[1].n'").data == 2
    typed = "[bindings.b]\nfile='data.json'\nselect='items'\ntype='list'\n[bindings.b.items]\ntype='object'\n"
    assert binding(typed + "fields={n={type='text'}}").data == [{"n": "1"}, {"n": "2"}]


@pytest.mark.parametrize(("written", "ttl", "least"), [("", 60, 5), ("ttl='3s'", 3, 3), ("ttl=0", 0, 0)])
def test_lifetimes(written: str, ttl: int, least: int) -> None:
    b = binding(f"[bindings.b]\nurl='https://h.example'\n{written}")
    assert (b.ttl, b.min_ttl) == (ttl, least)


URL = "url='https://a.example'\n"
ERRORS = [
    ("", 1, "bindings.b: needs exactly one source"),
    (URL + "push=true", 1, "bindings.b: needs exactly one source"),
    ("url='ftp://a.example'", 2, "bindings.b.url: must start with https://"),
    ("file='data.jsn'", 2, "bindings.b.file: the template has no file 'data.jsn'; did you mean 'data.json'?"),
    ("file='broken.json'", 2, "is not valid JSON"),
    ("file='latin.json'", 2, "latin.json is not UTF-8"),
    ("file='data.json'\nselect='items[2].n'", 2, "b.file: b has nothing at items[2]: items is a list of 2 items"),
    ("file='data.json'\nselect='itms'", 2, "b has nothing at itms: the answer is an object"),
    ("file='data.json'\ntype='list'", 2, "bindings.b.file: b is not a list; expected a list; got an object"),
    (URL + "timeout='5m'", 3, "bindings.b.timeout: must be more than 0 and at most 30 seconds"),
    (URL + "min_ttl='2m'", 3, "bindings.b.min_ttl: 120 seconds are more than the ttl, 60"),
    (URL + "ttl='5ms'", 3, "bindings.b.ttl: expected whole seconds"),
    (URL + "select='a..b'", 3, "bindings.b.select: expected a path"),
    (URL + "when_missing='default'", 3, 'bindings.b.when_missing: "default" needs a default'),
    (URL + "when_missing='hid'", 3, "did you mean 'hide'?"),
    (URL + "method='PUT'", 3, "bindings.b.method: 'PUT' is none of GET, POST"),
    (URL + "body='{}'", 3, 'bindings.b.body: goes with method = "POST"; add it'),
    (URL + "method='POST'\nbody=' '", 4, "bindings.b.body: must not be empty"),
    (URL + "headers={'a b'='c'}", 3, "is no HTTP header"),
    (URL + "headers={a=1}", 3, "headers.a: expected a text in quotes"),
    (URL + "headers={Host='x'}", 3, "bindings.b.headers: Host is set by the server itself"),
    (URL + "headers={transfer-encoding='x'}", 3, "transfer-encoding is set by the server itself"),
    (URL + "headers={Accept-Encoding='x'}", 3, "Accept-Encoding is set by the server itself"),
    (URL + "headers={Content-Length='x'}", 3, "Content-Length is set by the server itself"),
    (URL + "headers={A='x', a='y'}", 3, "a is there twice"),
    (URL + "key='a'", 3, "bindings.b.key: goes with push, not with url"),
    (URL + "webhook_secret='env:A'", 3, "bindings.b.webhook_secret: goes with push, not with url"),
    ("push=true\ntimeout='1s'", 3, "bindings.b.timeout: goes with url, not with push"),
    ("push=true\nheaders={}", 3, "bindings.b.headers: goes with url, not with push"),
    ("file='data.json'\nttl=5", 3, "bindings.b.ttl: goes with url and push, not with file"),
    ("push=true\nwebhook_secret='TOKEN'", 3, "bindings.b.webhook_secret: 'TOKEN' is no env:NAME"),
    ("push=true\nwebhook_secret='env:token'", 3, "'env:token' is no env:NAME; the name has capital letters"),
    ("push=true\nwebhook_secret='env:SIGNET_API_KEYS'", 3, "SIGNET_API_KEYS belongs to the server"),
    ("push=true\ntimout='1s'", 3, "bindings.b.timout: there is no such key; did you mean 'timeout'?"),
    ("push=true\nitems='text'", 3, "bindings.b.items: needs a type beside it"),
    ("push=true\ntype='texts'", 3, "bindings.b.type: 'texts' is none of text, number"),
    ("push=true\ntype='text'\nmax=3", 4, "bindings.b.max: does not apply to type 'text'; did you mean max_length?"),
    ("push=true\ntype='text'\nrequired=true", 4, "bindings.b.required: there is no such key"),
    ("push=true\ntype='list'\nitems={type='integr'}", 4, "did you mean 'integer'?"),
    ("push=true\ntype='list'\nitems='integer'\nexample=[1,'x']", 5, "bindings.b.example: b[1] is not a number"),
    ("push=true\ntype='object'\nfields={n={type='text',required=true}}\ndefault={}", 5, "default: b.n is required"),
    ("push=true\ndefault=1979-05-27\ntype='integer'", 3, "bindings.b.default: b is not a number"),
    ("push=true\ndefault=07:32:00", 3, "has a type that templates do not know"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), ERRORS)
def test_errors_name_key_line_and_remedy(text: str, line: int, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        binding(f"[bindings.b]\n{text}")
    assert message in caught.value.message
    assert caught.value.position is not None
    assert (caught.value.position.file, caught.value.position.line) == ("template.toml", line)
