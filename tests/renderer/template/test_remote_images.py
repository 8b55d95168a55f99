"""Which images from elsewhere a page shows, told without layout; checked against what renders really ask for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from renderer import CompiledTemplate, RenderOptions, compile_bundle, remote_images, render_typed
from renderer.errors import ExpressionError, LimitError, ValuesError
from renderer.expressions import Value
from renderer.limits import Limits
from renderer.template.bundle import bundle_from_files

A, B, C = "https://a.example/1.png", "http://b.example/2.png?x=1&y=(2)", "asset:logo"
NO_VALUES: Mapping[str, Value] = {}


def compiled(html: str, manifest: str = "", **files: str) -> CompiledTemplate:
    texts = {"template.html": html, "template.toml": manifest, **{f"{n}.css": text for n, text in files.items()}}
    return compile_bundle(bundle_from_files("t", {name: text.encode() for name, text in texts.items()}))


def found(html: str, values: Mapping[str, Value] = NO_VALUES) -> tuple[str, ...]:
    """The URLs of a page, which a render of it asks for, too: those, all of them and no others."""
    template, options = compiled(html), RenderOptions()
    urls = remote_images(template, values, options)
    result = render_typed(template, values, options)
    asked = [dict(item.data)["url"] for item in result.diagnostics if item.code == "image-unresolved"]
    elsewhere = {str(url) for url in asked if str(url).lower().startswith(("http", "asset:"))}
    assert elsewhere == set(urls)
    return urls


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<img src="{A}">', (A,)),
        (f'<img src="{A}"><img src=" {C} "><img src="{A}">', (A, C)),
        ('<img src="HTTPS://A.example/x">', ("HTTPS://A.example/x",)),
        ('<img src="https://a.example/{{ id }}.png">', ("https://a.example/7 8.png",)),
        ('<img src="{{ photo }}">', (A,)),
        ('<img src="{{ photo | replace("1", "2") }}">', ("https://a.example/2.png",)),
        ('<img src="{{ scheme }}://a.example/">', ("https://a.example/",)),
        ('<img src="h{{ if id }}ttps://a.example/{{ end }}">', ("https://a.example/",)),
        ('{{ if id }}<img src="{{ photo }}">{{ else }}<img src="asset:other">{{ end }}', (A,)),
        ('{{ if missing }}<img src="asset:x">{{ elif id }}<img src="asset:y">{{ end }}', ("asset:y",)),
        ('{{ for p in people }}<b>{{ p.name }}</b><img src="{{ p.face }}">{{ end }}', (B, C)),
        ('{{ for p in nobody }}<img src="{{ p.face }}">{{ else }}<img src="asset:none">{{ end }}', ("asset:none",)),
        ('{{ for key, face in faces }}<img src="{{ face }}">{{ end }}', (A, B)),
        ('{{ let url = photo + "?s=2" }}<p>text</p><img src="{{ url }}">', (f"{A}?s=2",)),
        ('<div>{{ let url = photo }}</div><div><img src="{{ url }}"></div>', (A,)),
        ('<div style="background: url({{ photo }})">x</div>', (A,)),
        ("<div style=\"background-image: url('https://a.example/{{ id }}')\">x</div>", ("https://a.example/7 8",)),
        ('<div style="background:{{ if id }}url({{ photo }}){{ else }}red{{ end }}">x</div>', (A,)),
        (f'<style>p {{ background: url({A}) no-repeat, url("{B}") }}</style><p>x</p>', (A, B)),
        (f"<style>p {{ color: red; --a: url({A}); background: var(--a) }}</style><p>x</p>", (A,)),
        (f'<style>p::before {{ content: "a;b{{" url({C}) }}</style><p>x</p>', (C,)),
        ("<style>p { background: url(https://a.example/\\28 1\\29) }</style><p>x</p>", ("https://a.example/(1)",)),
        ("<style>{{ for p in people }}p{ background: URL( {{ p.face }} ) }{{ end }}</style><p>x</p>", (C,)),
    ],
)
def test_what_shows_is_found(html: str, expected: tuple[str, ...]) -> None:
    values: Mapping[str, Value] = {
        "id": "7 8",
        "photo": A,
        "scheme": "https",
        "nobody": [],
        "faces": {"x": A, "y": B},
        "people": [{"name": "B", "face": B}, {"name": "C", "face": C}],
    }
    if "people }}p{" in html:
        # The rules of both people name an image, though the last one wins: nobody can tell without the cascade.
        assert remote_images(compiled(html), values, RenderOptions()) == (B, C)
    else:
        assert found(html, values) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<p>https://a.example/</p>",
        '<a href="https://a.example/">x</a>',
        '<img src="logo.png"><img src="icons/{{ photo }}.svg"><img src="{{ local }}"><img>',
        '<img alt="https://a.example/">',
        '<svg><image href="https://a.example/x"/><rect fill="url(https://a.example/y)"/></svg>',
        "<style>@font-face { font-family: x; src: url(https://a.example/f.woff2) }</style>",
        "<style>/* background: url(https://a.example/x) */ p { color: red }</style><p>x</p>",
        '<style>p::before { content: "url(https://a.example/x)" }</style><p>x</p>',
        "<style>p { cursor: url(https://a.example/x), auto; background: url(data:image/png;base64,AAAA) }</style>",
        "<style>p { background: linear-gradient(red, {{ color }}) }</style>",
        '{{ let a = photo }}<p title="{{ a }}">{{ a }}</p>',
        '<div data-src="{{ photo }}"><video src="{{ photo }}"></video></div>',
    ],
)
def test_what_shows_no_image_from_elsewhere_costs_nothing_or_finds_nothing(html: str) -> None:
    assert found(html, {"photo": A, "local": "a.png", "color": "red"}) == ()
    assert "{{ local }}" in html or not compiled(html).image_programs


def test_variants_add_their_own() -> None:
    manifest = """
[variants.night]
stylesheet = "night.css"
[variants.logo]
properties = { "--mark" = "url(asset:mark)" }
"""
    template = compiled(
        f"<style>body {{ background: url({A}) }}</style>", manifest, night=f"p {{ background: url('{B}') }}"
    )
    assert remote_images(template, {}, RenderOptions()) == (A,)
    assert remote_images(template, {}, RenderOptions(variant="night")) == (A, B)
    assert remote_images(template, {}, RenderOptions(variant="logo")) == (A, "asset:mark")
    with pytest.raises(ValuesError, match="_variant"):
        remote_images(template, {}, RenderOptions(variant="day"))


def test_included_files_count_and_keep_their_names_to_themselves() -> None:
    files = {
        "template.html": b'{{ let x = "asset:outer" }}{{ include "part.html" }}<img src="{{ x }}">',
        "part.html": b'{{ let x = "asset:inner" }}<img src="{{ x }}">',
    }
    template = compile_bundle(bundle_from_files("t", files))
    assert remote_images(template, {}, RenderOptions()) == ("asset:inner", "asset:outer")


def test_what_a_render_fails_at_fails_here() -> None:
    template = compiled('<img src="{{ 1 / zero }}">')
    with pytest.raises(ExpressionError) as caught:
        remote_images(template, {"zero": 0}, RenderOptions())
    assert caught.value.position is not None
    many = compiled('{{ for x in list }}<img src="{{ x }}">{{ end }}')
    with pytest.raises(LimitError):
        remote_images(many, {"list": ["asset:a"] * 11}, RenderOptions(), limits=Limits(loop_turns=10))
