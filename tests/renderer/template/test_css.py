from __future__ import annotations

import pytest
import tinycss2
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import ExpressionError, RendererError, TemplateSyntaxError, ValuesError
from renderer.expressions import Value
from tests.renderer.template.helpers import compiled, document


def style(css: str, values: dict[str, Value]) -> str:
    (element,) = document(f"<p style='{css}'></p>", values).body.element_children
    return element.attributes["style"]


GOOD: list[tuple[str, Value, str]] = [
    ("width: {{ x }}%", 50, "width: 50%"),
    ("width: {{ x }}%", "12.5", "width: 12.5%"),
    ("width: {{ x }}px; color: red", 0, "width: 0px; color: red"),
    ("width: {{ x }}", "calc(100% - 2em)", "width: calc(100% - 2em)"),
    ("width: calc(100% - {{ x }}px)", 4, "width: calc(100% - 4px)"),
    ("margin: -{{ x }}px", 4, "margin: -4px"),
    ("margin: 1px {{ x }} 2px", "3px", "margin: 1px 3px 2px"),
    ("color: {{ x }}", "#1e3a8a", "color: #1e3a8a"),
    ("color: #{{ x }}", "1e3a8a", "color: #1e3a8a"),
    ("color: {{ x }}", "rgb(1 2 3 / 50%)", "color: rgb(1 2 3 / 50%)"),
    ("color: {{ x }}", None, "color: "),
    ("color: var(--{{ x }}-strong)", "brand", "color: var(--brand-strong)"),
    ("--tone: {{ x }}", "anything goes", "--tone: anything goes"),
    ("aspect-ratio: {{ x }}", "16 / 9", "aspect-ratio: 16 / 9"),
    ("background-image: url({{ x }})", "a b).png", "background-image: url(a\\20 b\\29 .png)"),
    ('background-image: url("{{ x }}")', 'a"b', 'background-image: url("a\\22 b")'),
    ("width: 1px /* {{ x }} */", "*/ color: red", "width: 1px /*  */"),
    ("{{ if x }}color: {{ x }}{{ end }}", "red", "color: red"),
    ("{{ x }}: 1px", "width", "width: 1px"),
    ("color: {{ x }} !important", "red", "color: red !important"),
    ("made-up-property: {{ x }}", "hello", "made-up-property: hello"),
]


@pytest.mark.parametrize(("css", "value", "expected"), GOOD)
def test_values_that_fit(css: str, value: Value, expected: str) -> None:
    assert style(css, {"x": value}) == expected


BAD: list[tuple[str, Value, str]] = [
    ("width: {{ x }}%", "abc", "a number, because '%' follows"),
    ("width: {{ x }}%", None, "a number"),
    ("width: {{ x }}%", "5; color: red", "a number"),
    ("margin: -{{ x }}px", "-4", "a number"),
    ("color: #{{ x }}", "12 ; }", "letters, digits and hyphens"),
    ("color: {{ x }}", "red; width: 1px", "one CSS value"),
    ("color: {{ x }}", "red} body {", "one CSS value"),
    ("color: {{ x }}", "red !important", "one CSS value"),
    ("color: {{ x }}", "red /*", "one CSS value"),
    ("color: {{ x }}", "rgb(1,2", "one CSS value"),
    ("color: {{ x }}", '"open', "one CSS value"),
    ("color: {{ x }}", "red\\", "one CSS value"),
    ("background: {{ x }}", "url(https://tracker.example/a.png)", "one CSS value"),
    ("background: {{ x }}", "image-set('a.png' 1x)", "one CSS value"),
    ("background: {{ x }}", "@import", "one CSS value"),
    ("color: {{ x }}", "blurple", "a colour"),
    ("width: {{ x }}", "red", "a length or percentage"),
    ("width: {{ x }}px", "1e", "a number"),
    ("color: {{ x }}", "( " * 3_000, "one CSS value"),
]


@pytest.mark.parametrize(("css", "value", "expected"), BAD)
def test_values_that_do_not_fit_name_their_variable(css: str, value: Value, expected: str) -> None:
    with pytest.raises(ValuesError) as caught:
        style(css, {"x": value})
    (problem,) = caught.value.problems
    assert problem.name == "x"
    assert expected in problem.expected
    assert caught.value.position is not None


def test_same_rules_in_stylesheets() -> None:
    html = (
        "<style>.a { width: {{ w }} } .{{ name }} { color: {{ c }} } "
        "@media (width > 1px) { b { top: {{ w }} } }</style>"
    )
    good: dict[str, Value] = {"w": "1px", "name": "x", "c": "red"}
    assert document(html, good).stylesheets[0].text.startswith(".a { width: 1px } .x { color: red }")
    for name, value in (("w", "blue"), ("c", "red;"), ("name", "a b")):
        with pytest.raises(ValuesError) as caught:
            document(html, good | {name: value})
        assert caught.value.problems[0].name == name


def test_comments_cost_nothing_extra() -> None:
    # No clock here: matching that tries every way of reading the comments would never end.
    html = "<style>a { " + "/**/" * 60 + " 1x {{ x }}; " + "/* */" * 60 + "{{ x }} }</style>"
    assert document(html, {"x": "y"}).stylesheets[0].text.count("y") == 2


def test_constant_that_does_not_fit_is_the_templates_fault() -> None:
    with pytest.raises(ExpressionError):
        style('width: {{ "red" }}', {})


@pytest.mark.parametrize(
    "css",
    [
        "{{ f }}(1px)",
        "\\{{ x }}",
        'content: "{{ if x }}a" {{ end }}',
        "width: 1px {{ if x }}/* {{ end }}",
        "background: {{ for x in y }}url({{ end }}a)",
    ],
)
def test_places_where_nothing_could_be_safe(css: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        compiled(f"<style>a {{ b: {css} }}</style>")


@given(st.text(max_size=12) | st.text("abc;{}()\"'\\/*!:url #-0123", max_size=12))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_no_value_leaves_its_declaration(value: str) -> None:
    html = (
        '<style>a { --one: {{ x }}; --two: "{{ x }}"; --three: url({{ x }}); --four: 1{{ x }}2; --end: 5 } '
        ".end { }</style>"
    )
    try:
        (sheet,) = document(html, {"x": value}).stylesheets
    except RendererError:
        return
    rules = tinycss2.parse_stylesheet(sheet.text, skip_whitespace=True)
    assert [tinycss2.serialize(rule.prelude).strip() for rule in rules] == ["a", ".end"]
    declarations = tinycss2.parse_blocks_contents(rules[0].content, skip_whitespace=True, skip_comments=True)
    assert [d.name for d in declarations] == ["--one", "--two", "--three", "--four", "--end"]


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_text_inside_strings_is_the_same_text(value: str) -> None:
    value = value.replace("\0", "").encode("utf-8", "ignore").decode()
    (sheet,) = document('<style>a { content: "{{ x }}" }</style>', {"x": value}).stylesheets
    (rule,) = tinycss2.parse_stylesheet(sheet.text)
    (token,) = [token for token in rule.content if token.type == "string"]
    assert token.value == value
