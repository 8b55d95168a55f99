"""Counters and numerals: what the fidelity cases don't show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from renderer import RenderOptions, compile_bundle, inspect_template, lay_out
from renderer.layout.counter_styles import numeral
from renderer.layout.fragments import Fragment, TextFragment
from renderer.template import bundle_from_files


def shown(html: str) -> list[str]:
    """Texts of all lines, generated ones included."""
    bundle = bundle_from_files("case", {"template.html": html.encode(), "template.toml": b""})
    laid = lay_out(compile_bundle(bundle), {}, RenderOptions())
    lines = (line for fragment in fragments(laid.fragment) for line in fragment.lines)
    return ["".join(item.text for item in line.items if isinstance(item, TextFragment)) for line in lines]


def fragments(fragment: Fragment) -> Iterator[Fragment]:
    """A fragment and all inside it, in order."""
    yield fragment
    for child in fragment.children:
        yield from fragments(child)


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [
        *(("decimal", 0, "0"), ("decimal", -3, "-3"), ("decimal-leading-zero", 7, "07")),
        *(("lower-alpha", 26, "z"), ("lower-alpha", 27, "aa"), ("upper-latin", 703, "AAA"), ("lower-alpha", 0, "0")),
        *(("upper-roman", 1994, "MCMXCIV"), ("lower-roman", 3999, "mmmcmxcix"), ("lower-roman", 4000, "4000")),
        *(("disc", 5, "•"), ("none", 5, "")),
    ],
)
def test_numerals(kind: str, number: int, text: str) -> None:
    assert numeral(kind, number) == text


def test_what_is_not_displayed_does_not_count() -> None:
    css = "p { counter-increment: n } p::before { content: counter(n) }"
    html = f'<style>{css}</style><body><p></p><p style="display:none"></p><p></p></body>'
    assert shown(html) == ["1", "2"]


def test_a_counter_without_a_reset_begins_where_it_is_first_used() -> None:
    css = "div p { counter-increment: n } p::before { content: counter(n) }"
    html = f"<style>{css}</style><body><div><p></p><p></p></div><div><p></p></div></body>"
    assert shown(html) == ["1", "2", "1"]


def test_set_comes_after_increment_and_increment_after_reset() -> None:
    css = "p { counter-set: b 9; counter-increment: a 2 b 2; counter-reset: a 5 b 5 }"
    css += "p::before { content: counter(a) '/' counter(b) }"
    assert shown(f"<style>{css}</style><body><p></p></body>") == ["7/9"]


def test_an_unknown_counter_is_zero() -> None:
    assert shown("<style>p::before { content: counter(x) '|' counters(x, '.') }</style><body><p></p></body>") == ["0|0"]


@pytest.mark.parametrize("value", ["x 1.5", "3", "x 1 2", "none x"])
def test_what_is_no_list_of_counters_is_a_warning(value: str) -> None:
    bundle = bundle_from_files(
        "case", {"template.html": f"<style>p {{ counter-reset: {value} }}</style><body><p>a</p>".encode()}
    )
    found = inspect_template(compile_bundle(bundle), {}, RenderOptions())
    assert [item.position.line for item in found.diagnostics if item.position and "counter-reset" in item.message] == [
        1
    ]
