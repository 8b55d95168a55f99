"""Reading stylesheets: positions of warnings, at-rules, fonts."""

from __future__ import annotations

import pytest

from renderer.diagnostics import Diagnostics
from renderer.errors import SourcePosition
from renderer.style.stylesheet import parse_stylesheet
from renderer.style.values import FontFaceRule
from tests.renderer.style.support import POSITION, style_of, styled


def _warnings(css: str, position: SourcePosition = POSITION) -> list[tuple[str, str, int, int]]:
    diagnostics = Diagnostics()
    parse_stylesheet(css, position, diagnostics)
    places = [(item, item.position or POSITION) for item in diagnostics.items]
    return [(item.code, item.message, place.line, place.column) for item, place in places]


@pytest.mark.parametrize(
    ("css", "code", "words", "line", "column"),
    [
        ("p { colr: red }", "css-unsupported", "did you mean “color”?", 5, 14),
        ("p {\n  color: nope;\n}", "css-invalid", "“nope” is no valid value of “color”", 6, 3),
        ("p { float: left }", "css-unsupported", "not supported by layout", 5, 14),
        ("p { display: grid }", "css-unsupported", "not supported by layout", 5, 14),
        ("p:bogus { color: red }", "css-unsupported", "p:bogus", 5, 10),
        ("p::first-line { color: red }", "css-unsupported", "::first-line", 5, 10),
        ("p >> b { color: red }", "css-invalid", "p >> b", 5, 10),
        ("@import url(a.css);", "css-unsupported", "@import", 5, 10),
        ("@keyframes x { from { top: 0 } }", "css-unsupported", "@keyframes", 5, 10),
        ("@media (bogus: 1) { p { top: 0 } }", "css-unsupported", "bogus", 5, 10),
        ("p { color: red; garbage }", "css-invalid", "cannot be read", 5, 33),
        ("@font-face { src: url(a.woff2) }", "css-invalid", "@font-face needs", 5, 10),
        ("p { transform: rotateX(3deg) }", "css-unsupported", "three dimensions", 5, 14),
        ("p { width: calc(1px+2px) }", "css-invalid", "“width”", 5, 14),
        ("p { margin: 1px 2px 3px 4px 5px }", "css-invalid", "“5px” was not expected", 5, 14),
        ("p {} b", "css-invalid", "cannot be read", 5, 15),
    ],
)
def test_what_is_ignored_is_named_with_its_place(css: str, code: str, words: str, line: int, column: int) -> None:
    found = _warnings(css, SourcePosition("template.html", 5, 10))
    assert [(item[0], item[2], item[3]) for item in found] == [(code, line, column)]
    assert words in found[0][1]


@pytest.mark.parametrize(
    "css",
    [
        "p { cursor: pointer; transition: all 1s; will-change: transform; -webkit-font-smoothing: antialiased }",
        "p { -moz-osx-font-smoothing: grayscale; -ms-flex: 1; animation: none; writing-mode: horizontal-tb }",
        "a:hover, a:focus-visible { color: red }",
        "@charset 'utf-8'; /* nothing */",
        "@layer base, components;",
        "p { color: var(--unknown) }",
        "p { float: none; display: block }",
    ],
)
def test_what_makes_no_difference_is_no_warning(css: str) -> None:
    assert _warnings(css) == []


def test_one_bad_declaration_spoils_nothing_else() -> None:
    elements, _ = styled("p { color: nope; margin-left: 3px; bogus: 1 } p { margin-right: 4px }", "<p id=p></p>")
    style = style_of(elements["p"])
    assert (style.margin_left, style.margin_right) == (3.0, 4.0)


def test_font_faces() -> None:
    css = """
    @font-face { font-family: "My Font"; font-weight: 100 900; font-style: italic; font-stretch: 75% 125%;
      src: local(Some Font), url("a.woff2") format("woff2"), url(b.eot) format("embedded-opentype"), url(c.ttf);
      unicode-range: U+0000-00FF, U+4??; font-display: swap }
    @font-face { font-family: Plain; src: url(plain.ttf); }
    """
    diagnostics = Diagnostics()
    sheet = parse_stylesheet(css, POSITION, diagnostics)
    assert diagnostics.items == []
    assert sheet.font_faces == [
        FontFaceRule(
            "My Font",
            ("local:Some Font", "a.woff2", "c.ttf"),
            (100.0, 900.0),
            "italic",
            (75.0, 125.0),
            ((0x0, 0xFF), (0x400, 0x4FF)),
        ),
        FontFaceRule("Plain", ("plain.ttf",)),
    ]


def test_descriptors_that_are_not_supported_are_named() -> None:
    found = _warnings("@font-face { font-family: A; src: url(a.ttf); size-adjust: 90% }")
    assert ["size-adjust" in message for _, message, _, _ in found] == [True]


def test_nested_rules_keep_the_order_of_declarations() -> None:
    css = ".c { margin-left: 1px; & { margin-left: 2px } margin-left: 3px }"
    elements, _ = styled(css, "<p id=p class=c></p>")
    assert style_of(elements["p"]).margin_left == 3.0
