"""Whatever the text, styles come out finite and nothing is raised."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.diagnostics import Diagnostics
from renderer.style.cascade import StyleEngine, parse_stylesheet
from renderer.style.colors import parse_color
from renderer.style.declarations import is_valid_declaration
from renderer.style.properties import LONGHANDS, SHORTHANDS
from tests.renderer.style.support import POSITION, declared, document, styled

NAMES = sorted([*LONGHANDS, *SHORTHANDS])
UNITS = ["", "px", "em", "%", "deg", "rem", "vw", "lh", "turn", "q", "cqmin", "rlh", "s", "n"]
numbers = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1e999", "-1e999", "0", "1e-320", "9" * 5000, ".5", "-0"]),
)
lengths = st.tuples(numbers, st.sampled_from(UNITS)).map("".join)
words = st.sampled_from(
    [
        *["none", "auto", "red", "currentcolor", "inherit", "infinity", "-infinity", "nan", "pi", "e", "in", "oklch"],
        *["to", "top", "left", "center", "at", "from", "/", ",", "solid", "!important", "var(--x)", "var(--y, 3px)"],
        *["'a'", "url(a)", "#fff", "#12345678", "open-quote", "attr(a)", "longer", "hue", "normal", "bold", "serif"],
    ]
)
FUNCTIONS = [
    *[
        "calc",
        "min",
        "max",
        "clamp",
        "round",
        "mod",
        "rem",
        "abs",
        "sign",
        "sin",
        "atan2",
        "pow",
        "sqrt",
        "hypot",
        "log",
    ],
    *["rgb", "hsl", "hwb", "lab", "oklch", "color", "color-mix", "light-dark", "linear-gradient", "radial-gradient"],
    *["conic-gradient", "translate", "rotate", "matrix", "blur", "drop-shadow", "var", "attr", "exp", "tan", "lch"],
]


def calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    separators = st.sampled_from([" ", ", ", " + ", " - ", " * ", " / "])
    arguments = st.tuples(separators, st.lists(inner, max_size=4)).map(lambda pair: pair[0].join(pair[1]))
    return st.tuples(st.sampled_from(FUNCTIONS), arguments).map(lambda pair: f"{pair[0]}({pair[1]})")


values = st.recursive(lengths | words, calls, max_leaves=8)
sentences = st.lists(values, min_size=1, max_size=4).map(" ".join)


def _finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple):
        return all(map(_finite, value))
    if dataclasses.is_dataclass(value):
        return all(_finite(getattr(value, field.name)) for field in dataclasses.fields(value))
    return True


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(NAMES), sentences)
def test_any_value_is_computed_or_refused(name: str, value: str) -> None:
    style, _ = declared(f"--x: 1em 2px; {name}: {value}")
    assert _finite(style)
    is_valid_declaration(name, value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values)
def test_any_color(value: str) -> None:
    color = parse_color(value)
    assert color is None or (
        _finite(tuple(color)) and all(0 <= part <= 255 for part in color[:3]) and 0 <= color.alpha <= 1
    )


PIECES = st.sampled_from(
    [
        *["{", "}", "(", ")", "[", "]", ";", ":", ",", "@media", "@layer a", "@supports", "@font-face", "&", ">", "+"],
        *["p", ".a", "#b", "::before", ":has(", ":nth-child(2n of ", ":is(", ":not(", "*", "|", "\\", "'", '"', "/*"],
        *["color:red", "--a:var(--b)", "--b:var(--a)", "margin:1px", "}", "\x00", "\n", "<!--", "url(", "!important"],
        *["(min-width:1px)", "src:url(x)", "font-family:x", "content:'\\d800'", "@property --p", "@import 'x'"],
    ]
)
sheets = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(sheets)
def test_any_stylesheet(text: str) -> None:
    elements, diagnostics = styled(text, "<p class=a>x<b id=b>y</b></p><p></p>")
    assert _finite(elements["b"].style)
    assert all(item.message for item in diagnostics.items)


DEPTH = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "p{width:" + "(" * DEPTH,
        "p{width:" + "calc(" * DEPTH + "1px",
        "p{--x:" + "[" * DEPTH,
        "p{" * DEPTH,
        "@media (" * DEPTH,
        "@media (min-width:1px){" * DEPTH,
        ":not(" * DEPTH + "p){color:red}",
        "p" + ":is(p" * 60 + ")" * 60 + "{color:red}",
        "@supports " + "(" * DEPTH,
        "@layer " + "a." * DEPTH + "b{p{color:red}}",
        "p{color:" + "color-mix(in srgb, red, " * 3000 + "blue",
        "p{" + "color:red;" * DEPTH + "}",
    ],
    ids=range(12),
)
def test_nesting_has_an_end(text: str) -> None:
    engine = StyleEngine([parse_stylesheet(text, POSITION, Diagnostics())])
    engine.apply(document("<p>x</p>"), Diagnostics())


def test_var_cannot_multiply_without_end() -> None:
    levels = "".join(f"--a{n}: var(--a{n - 1}) var(--a{n - 1}) var(--a{n - 1});" for n in range(1, 40))
    elements, _ = styled(f"p{{--a0: x; {levels} font-family: var(--a39)}}", "<p id=p></p>")
    assert elements["p"].style is not None


def test_long_chains_of_var() -> None:
    chain = "".join(f"--a{n}: var(--a{n + 1});" for n in range(5000))
    elements, _ = styled(
        f"p{{{chain} --a5000: 3px; margin-left: var(--a4990); margin-right: var(--a0, 1px)}}", "<p id=p></p>"
    )
    assert elements["p"].style is not None
    assert elements["p"].style.margin_left == 3.0
