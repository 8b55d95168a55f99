from __future__ import annotations

from renderer.options import RenderOptions
from renderer.pipeline import lay_out
from renderer.template import bundle_from_files, coerce_values, compile_bundle
from tests.fidelity.fonts import without_generic_names
from tests.fidelity.serialise import serialise


def serialised(source: str, **values: object) -> str:
    variables = "".join(f'[variables.{name}]\ntype = "text"\n' for name in values)
    files = {
        "template.html": source.encode(),
        "template.toml": f"size = {{ width = 300, height = 200 }}\n{variables}".encode(),
    }
    compiled = compile_bundle(bundle_from_files("page", files))
    return serialise(lay_out(compiled, coerce_values(compiled.manifest, values, from_query=False), RenderOptions()))


def test_values_are_text_and_void_elements_have_no_end() -> None:
    page = serialised('<style>p { color: red }</style><body><p title="{{ a }}">{{ a }}<br></p></body>', a='<b>&"')
    assert "<style>p { color: red }</style>" in page
    assert '<p title="&lt;b&gt;&amp;&quot;">&lt;b&gt;&amp;"<br></p>' in page


def test_a_fitted_text_gets_the_size_that_was_found() -> None:
    page = serialised(
        "<body><p style='width:100px;font-size:80px;white-space:nowrap;text-fit:shrink'>Too wide</p></body>"
    )
    size = float(page.partition("; font-size: ")[2].partition("px")[0])
    assert 10 < size < 40


def test_line_clamp_is_written_as_chromium_knows_it() -> None:
    page = serialised("<style>p { width: 50px; line-clamp: 2 }</style><body><p>one two three four five six</p></body>")
    assert "-webkit-line-clamp: 2" in page
    assert '<p style="overflow: clip; overflow-clip-margin: 0.12em">' in page


def test_generic_families_are_named_in_styles_only() -> None:
    page = '<style>a { font-family: X, sans-serif }</style><p style="font: 1px serif">serif ui-serif</p>'
    assert without_generic_names(page) == (
        "<style>a { font-family: X, 'Inter' }</style><p style=\"font: 1px 'Source Serif 4'\">serif ui-serif</p>"
    )
