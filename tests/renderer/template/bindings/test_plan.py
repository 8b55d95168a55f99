"""Bindings compiled: what their texts may read, in which order they come, and where their faults are said to be."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import LimitError, ManifestError, RendererError, TemplateError
from renderer.template import make_environment
from tests.renderer.template.helpers import compiled

HEAD = "[variables.user_id]\ntype='text'\n"


def test_rounds_are_as_early_as_they_can_be() -> None:
    manifest = (
        HEAD
        + """
    [bindings.c]
    url = "https://h.example/{{ b.x }}/{{ a.y }}"
    after = ["a", "b"]
    [bindings.b]
    push = true
    key = "{{ a.id }}"
    after = ["a"]
    [bindings.a]
    url = "https://h.example/{{ user_id }}"
    [bindings.d]
    file = "d.json"
    """
    )
    template = compiled("{{ c }}{{ d }}", manifest, {"d.json": "1"})
    assert template.binding_order == (("a", "d"), ("b",), ("c",))
    assert (set(template.binding_requests), set(template.binding_keys)) == ({"a", "c"}, {"b"})
    assert template.diagnostics == ()
    assert template.used == {"a", "b", "c", "d", "user_id"}
    request = template.binding_requests["c"].render({"a": {"y": 1}, "b": {"x": "ü"}}, make_environment(template))
    assert (request.method, request.url, request.headers, request.body) == (
        "GET",
        "https://h.example/%C3%BC/1",
        {},
        None,
    )


def test_no_bindings() -> None:
    template = compiled("x")
    assert (template.binding_order, template.binding_requests, template.binding_keys) == ((), {}, {})


def test_time_in_a_request() -> None:
    manifest = "[bindings.b]\nurl='https://h.example?d={{ now | date(\"yyyy\") }}'"
    assert compiled("{{ b }}", manifest).uses_now


B = HEAD + "[bindings.b]\n"  # its first key is on line 4
POST = B + "url='https://h.example'\nmethod='POST'\n"
ERRORS = [
    (B + "url='https://h.example/{{ user_idd }}'", "4:27", "no variable 'user_idd'; did you mean 'user_id'?"),
    (B + "url='https://h.example/{{ a + }}'", "4:30", "bindings.b.url: "),
    (B + 'url = "https://h.example/\\u0061{{ zz }}"', "4:1", "there is no variable 'zz'."),
    (B + "url='''\nhttps://h.example/{{ zz }}'''", "5:22", "there is no variable 'zz'."),
    (B + "url='https://h.example/{{ b.x }}'", "4:27", "a binding cannot read its own data"),
    (
        B + "url='https://h.example/{{ c.x }}'\nafter=['d']\n[bindings.c]\npush=true\n[bindings.d]\npush=true",
        "4:27",
        'reads the binding \'c\', which may not be there yet; add after = ["d", "c"].',
    ),
    (B + "push=true\nkey='{{ usr }}'", "5:9", "bindings.b.key: there is no variable 'usr'; did you mean 'user_id'?"),
    (B + "url='https://h.example'\nheaders={X-A='a {{ usr }}'}", "5:20", "b.headers.X-A: there is no variable"),
    (POST + "body='{\"a\": {{ usr }}}'", "6:16", "bindings.b.body: there is no variable 'usr'; did"),
    (B + "push=true\nafter=['bcd']\n[bindings.abcd]\npush=true", "5:1", "no binding 'bcd'; did you mean 'abcd'?"),
    (B + "push=true\nafter=['b']", "5:1", "bindings.b.after: goes round in a circle: b needs b."),
    (B + "push=true\nafter=['c']\n[bindings.c]\npush=true\nafter=['b']", "5:1", "circle: b needs c needs b."),
    (B + "url='https://{{ user_id }}/x'", "4:6", "scheme and host must be plain text"),
    (B + "url='https://h.example/{{ if user_id }}'", "4:24", "{{ if user_id }}"),
    (B + "url='https://h.example/x#{{ user_id }}'", "4:6", "'#' has no place in a URL"),
    (B + "url='https://h.example/a b'", "4:6", "' ' has no place in a URL"),
    (B + "url='https://h.example/?key=env:KEY'", "4:6", "secrets stand in headers only"),
    (B + "url='https://h.example'\nheaders={A='Bearer env:token'}", "5:13", "'env:token' is no env:NAME"),
    (B + "url='https://h.example'\nheaders={A='env:{{ user_id }}'}", "5:13", "'env:' is no env:NAME"),
    (B + "url='https://h.example'\nheaders={A='env:SIGNET_SIGNING_KEYS'}", "5:13", "KEYS belongs to the server"),
    (B + "url='https://h.example'\nheaders={A='env:SIGNET_SECRET_'}", "5:13", "belongs to the server"),
    (B + "url='https://h.example'\nheaders={A='key=env:TOKEN'}", "5:13", "env:NAME must be a word of its own"),
    (B + "url='https://h.example'\nheaders={A='a€'}", "5:13", "one line of latin-1"),
    (B + 'url=\'https://h.example\'\nheaders={A="a\\nb: c"}', "5:10", "one line of latin-1"),
    (POST + "body='''\n{\n  \"a\": {{ user_id }}\n  \"b\": 1\n}'''", "9:3", "around its expressions: Expecting ','"),
    (POST + "body='[{{ user_id }} 2]'", "6:22", "no JSON around its expressions"),
    (POST + "body='{{ user_id }}{{ user_id }}'", "6:20", "no JSON around its expressions: Extra data"),
    (POST + "body='[1{{ user_id }}]'", "6:9", "no JSON"),
    (POST + "body='[-{{ user_id }}]'", "6:8", "no JSON"),
    (POST + "body='{ {{ user_id }}: 1 }'", "6:9", "no JSON"),
    (POST + "body='{\"x{{ user_id }}\" : 1 }'", "6:10", "the name of a value cannot come from an expression"),
    (POST + "body='[\"\\{{ user_id }}\"]'", "6:9", "a backslash right before an expression"),
    (POST + "body='[{{ if user_id }}1{{ end }}]'", "6:8", "a body has expressions only, no blocks"),
    (POST + "body='[\"Bearer env:TOKEN\"]'", "6:16", "secrets stand in headers only"),
    (POST + "body='[NaN]'", "6:7", "NaN is not a number in JSON"),
    (POST + "body='[\"{{ user_id }}]'", "6:8", "Unterminated string"),
    (POST + "body='hello'", "6:7", "no JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("manifest", "place", "message"), ERRORS)
def test_errors_name_key_place_and_remedy(manifest: str, place: str, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        compiled("x", manifest)
    assert message in caught.value.message
    assert caught.value.message.startswith("bindings.b.")
    assert str(caught.value.position) == f"template.toml:{place}"


def test_failures_of_a_render_have_their_place() -> None:
    template = compiled("{{ b }}", B + "url='https://h.example/{{ 1 / user_id }}'")
    with pytest.raises(Exception, match=r"template\.toml:4:2\d: "):
        template.binding_requests["b"].render({"user_id": 0}, make_environment(template))


PIECES = st.sampled_from(
    [
        *("{{ a }}", "{{ b.c }}", "{{ if a }}", "{{ else }}", "{{ end }}", "{{ for x in a }}", "{{# x #}}", "{{", "}}"),
        *("https://h.example/", "?", "/", ".", '"', "{", "}", "[", "]", ",", ":", "1", "null", "\\", "\n", "\0", "é"),
        *("env:", "env:A", " ", "{{ let y = a }}", "{{ y }}", "{{ include 'x' }}", "[" * 3_000),
    ]
)


@given(st.sampled_from(["url", "body", "header", "key"]), st.lists(PIECES, max_size=8).map("".join))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_text_compiles_or_is_refused_with_its_place(kind: str, text: str) -> None:
    written = json.dumps(text)
    rest = {
        "url": f"url = {written}",
        "body": f"url = 'https://h.example'\nmethod = 'POST'\nbody = {written}",
        "header": f"url = 'https://h.example'\nheaders = {{ A = {written} }}",
        "key": f"push = true\nkey = {written}",
    }[kind]
    try:
        template = compiled("x", f"variables = {{ a = {{ type = 'list' }} }}\n[bindings.live]\n{rest}")
    except TemplateError as error:
        place = error.position
    except LimitError:
        return
    else:
        with contextlib.suppress(RendererError):
            for program in (*template.binding_requests.values(), *template.binding_keys.values()):
                program.render({"a": ["x", None]}, make_environment(template))
        return
    assert place is not None
    assert place.file == "template.toml"
