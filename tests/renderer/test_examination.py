"""Contrast, cut and colliding texts and missing characters, on pages whose answers can be worked out by hand."""

from __future__ import annotations

import pytest

from renderer import Diagnostic, Examination, RenderOptions, compile_bundle, examine, lay_out, missing_characters
from renderer.pipeline import Laid
from renderer.template.bundle import bundle_from_files

SIZE = "size = {width = 400, height = 200}\n"


def laid(css: str, body: str, manifest: str = SIZE) -> Laid:
    html = f"<style>body {{ margin: 0; font: 16px/1.5 Inter; background: #fff }} {css}</style><body>{body}</body>"
    bundle = bundle_from_files("page", {"template.html": html.encode(), "template.toml": manifest.encode()})
    return lay_out(compile_bundle(bundle), {}, RenderOptions())


def examined(css: str, body: str, manifest: str = SIZE) -> Examination:
    return examine(laid(css, body, manifest))


def only(examination: Examination, code: str) -> Diagnostic:
    found = [finding for finding in examination.diagnostics if finding.code == code]
    assert len(found) == 1, examination.diagnostics
    return found[0]


def codes(examination: Examination) -> list[str]:
    return [finding.code for finding in examination.diagnostics]


class TestContrast:
    def test_the_ratio_is_that_of_wcag(self) -> None:
        # 4.48:1 and 4.54:1 are the well-known neighbours of the threshold on white.
        finding = only(examined("p { color: #777777 }", "<p>Grey text</p>"), "low-contrast")
        assert dict(finding.data) == {"background": "#ffffff", "contrast": 4.47, "needed": 4.5, "text": "#777777"}
        assert finding.position is not None
        assert finding.position.line == 1
        assert codes(examined("p { color: #767676 }", "<p>Grey text</p>")) == []

    @pytest.mark.parametrize(
        ("style", "fails"),
        [
            ("font-size: 23px", True),
            ("font-size: 24px", False),
            ("font: 700 18px Inter", True),
            ("font: 700 18.7px Inter", False),
            ("font: 600 20px Inter", True),
            ("font-size: 12px; transform: scale(2); transform-origin: 0 0", False),
            ("font-size: 24px; transform: scale(.5)", True),
        ],
    )
    def test_large_text_needs_less(self, style: str, fails: bool) -> None:
        examination = examined(f"p {{ color: #888888; {style} }}", "<p>Text</p>")
        assert codes(examination) == (["low-contrast"] if fails else [])

    @pytest.mark.parametrize(
        "css",
        [
            "p { color: #000; opacity: .3 }",
            "p { color: rgba(0, 0, 0, .3) }",
            "div { background: #000 } p { color: #333 }",
            "div { background: linear-gradient(90deg, #000, #fff) } p { color: #fff; width: 400px; text-align: right }",
            "p { background: linear-gradient(#ccc, #ddd); background-clip: text; color: transparent }",
            "p { color: #000; filter: opacity(.3) }",
            "p { color: #fff; text-shadow: 2px 2px 0 #fff }",
        ],
    )
    def test_what_is_really_painted_counts(self, css: str) -> None:
        assert codes(examined(css, "<div><p>Hard to read text</p></div>")) == ["low-contrast"]

    @pytest.mark.parametrize(
        "css",
        [
            "p { color: #fff; text-shadow: 0 0 4px #000, 0 0 4px #000, 0 0 2px #000, 0 0 2px #000 }",
            "p { font-size: 40px; color: #fff; -webkit-text-stroke: 2px #000 }",
            "p { background: linear-gradient(#111, #222); background-clip: text; color: transparent }",
            "p { visibility: hidden; color: #fff }",
            "p { color: #fff; position: relative; left: 500px } body { overflow: hidden }",
            "div { position: relative } p { color: #fff } div::after { content: ''; position: absolute; inset: 0; "
            "background: #fff }",
        ],
    )
    def test_what_can_be_read_or_not_seen_at_all_is_no_finding(self, css: str) -> None:
        assert "low-contrast" not in codes(examined(css, "<div><p>Some text</p></div>"))

    def test_nobody_knows_what_is_behind_a_transparent_page(self) -> None:
        assert codes(examined("body { background: none } p { color: #fff }", "<p>Text</p>")) == []

    def test_a_worst_line_stands_for_its_element(self) -> None:
        finding = only(
            examined("p { color: #fff; background: linear-gradient(#000 24px, #aaa 24px) }", "<p>One<br>Two</p>"),
            "low-contrast",
        )
        assert dict(finding.data)["background"] == "#aaaaaa"


class TestCutText:
    @pytest.mark.parametrize(
        "css",
        [
            "p { height: 12px; overflow: hidden }",
            "p { position: absolute; left: -20px }",
            "p { position: absolute; top: 190px }",
            "p { width: 60px; white-space: nowrap; overflow: hidden }",
            "p { transform: translateX(330px) }",
        ],
    )
    def test_text_that_is_cut_through(self, css: str) -> None:
        finding = only(examined(f"p {{ margin: 0 }} {css}", "<p>Quite a long text</p>"), "text-overflow")
        assert finding.message.startswith("The text is cut")

    def test_text_outside_the_picture(self) -> None:
        finding = only(examined("p { position: absolute; left: 500px }", "<p>Away</p>"), "text-overflow")
        assert finding.message == "Some of the text lies outside the picture."

    def test_lines_that_a_box_hides_as_a_whole_are_an_info(self) -> None:
        finding = only(examined("p { height: 24px; overflow: hidden; margin: 0 }", "<p>One<br>Two</p>"), "text-clamped")
        assert finding.severity == "info"

    @pytest.mark.parametrize(
        "css",
        [
            "p { width: 60px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }",
            "p { line-clamp: 1; width: 60px }",
            "p { font-size: 1px; color: #000 }",
        ],
    )
    def test_text_that_is_whole_or_ends_in_an_ellipsis(self, css: str) -> None:
        assert codes(examined(css, "<p>Quite a long text</p>")) == []


class TestCollisions:
    def test_texts_over_each_other(self) -> None:
        css = "p { margin: 0; height: 10px } b { font-weight: 400 }"
        collisions = examined(css, "<p class=a>One<br>Two</p><p class=b><b>Three</b></p>").collisions
        assert [(c.below.describe(), c.above.describe()) for c in collisions] == [("p.a", "b")]
        assert collisions[0].finding().message == "The text runs into that of <b>."

    def test_texts_beside_and_inside_each_other(self) -> None:
        body = "<p>One <b>two</b> <i>three</i></p><p>Four</p>"
        assert examined("p { margin: 0; line-height: 1 }", body).collisions == ()


def test_characters_that_no_font_has() -> None:
    page = laid("", "<p>Text</p>")
    assert missing_characters(page, "Grüße") == ""
    assert missing_characters(page, "a\U0010fffdb\U0010fffc\U0010fffd") == "\U0010fffd\U0010fffc"


def test_a_page_without_text_has_no_findings() -> None:
    examination = examined("", "<div></div>")
    assert (examination.diagnostics, examination.collisions) == ((), ())
