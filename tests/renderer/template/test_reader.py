from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from renderer.errors import LimitError, RendererError, TemplateError, TemplateSyntaxError
from renderer.limits import Limits
from renderer.template import bundle_from_files, compile_bundle, expand, make_environment
from tests.renderer.template.helpers import body, compiled, document, written

HTML = [
    ("<p>Hello</p>", "<p>Hello</p>"),
    ("text only", "text only"),
    ("<!doctype html><html><head><title>x</title><meta charset=utf-8></head><body><b>y</b></body></html>", "<b>y</b>"),
    ("a<br>b<br/>c<hr>", "a<br></br>b<br></br>c<hr></hr>"),
    ("<img src=a.png alt='b c' hidden>", '<img src="a.png" alt="b c" hidden=""></img>'),
    ("<P CLASS=Big>x</P>", '<p class="Big">x</p>'),
    ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
    ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
    ("<p>a<p>b", "<p>a</p><p>b</p>"),
    ("<p>a<div>b</div>c", "<p>a</p><div>b</div>c"),
    ("<p>a<span>b<div>c</div>", "<p>a<span>b</span></p><div>c</div>"),
    ("<button><p>a</button>b", "<button><p>a</p></button>b"),
    ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
    ("<h1>a<h2>b</h2>", "<h1>a</h1><h2>b</h2>"),
    ("<h1>a</h2>b", "<h1>a</h1>b"),
    ("</p>", "<p></p>"),
    ("a</br>b", "a<br></br>b"),
    (
        "<table><tr><td>a<td>b<tr><td>c</table>",
        "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>",
    ),
    (
        "<table><thead><tr><th>a<tbody><tr><td>b</table>",
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
    ),
    ("<ruby>漢<rp>(<rt>kan<rp>)</ruby>", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"),
    ("<b>a<i>b</b>c</i>d", "<b>a<i>b</i></b>cd"),
    ("<a href=x>a<a href=y>b</a>", '<a href="x">a</a><a href="y">b</a>'),
    ("<span>a</div></span>b", "<span>a</span>b"),
    ("<div>a</span></div>b", "<div>a</div>b"),
    ("&lt;b&gt; &amp; &copy; &#233; &#x1F600; &notit; &nosuch;", "<b> & © é 😀 ¬it; &nosuch;"),
    ("&#99999999999999999999;|&#0;|&#" + "0" * 5_000 + "65;", "\ufffd|\ufffd|\ufffd"),
    ('<a href="?a=1&copy=2&amp;b=&lt;">x</a>', '<a href="?a=1&copy=2&b=<">x</a>'),
    ("a < b <3 > c", "a < b <3 > c"),
    ("<!-- {{ if -->x<!-->y<? php ?>z", "xyz"),
    ("<pre>\n a\n</pre>", "<pre> a\n</pre>"),
    ("<div a=1 a=2 onclick=x>y</div>", '<div a="1">y</div>'),
    ("<script>if (a < b) {{ x }</script>z<iframe src=x></iframe>", "z"),
    ("<video><p>no</p></video>z", "z"),
    ("<div/>x", "<div>x</div>"),
    ("<custom-card title=x>y</custom-card>", '<custom-card title="x">y</custom-card>'),
    ("a\r\nb\rc", "a\nb\nc"),
]


@pytest.mark.parametrize(("html", "expected"), HTML)
def test_html(html: str, expected: str) -> None:
    assert body(html) == expected


def test_tree_has_html_and_body_with_their_attributes() -> None:
    root = document('<html data-x="1"><body class="card"><p>x</p></body></html>').root
    assert root.local_name == "html"
    assert root.parent is None
    assert root.attributes["data-x"] == "1"
    (page,) = root.element_children
    assert page.local_name == "body"
    assert page.classes == {"card"}
    assert page.parent is root


def test_elements_know_their_siblings_and_numbers() -> None:
    page = document("<p>a</p>b<p>c</p><p>d</p>").body
    first, second, third = page.element_children
    assert (second.previous, third.index, first.previous) == (first, 2, None)
    assert len({page.source_id, first.source_id, second.source_id, third.source_id}) == 4


def test_turns_of_a_loop_share_a_source_number() -> None:
    page = document("{{ for x in [1, 2] }}<p>{{ x }}</p>{{ end }}<p>z</p>").body
    first, second, other = page.element_children
    assert first.source_id == second.source_id != other.source_id


def test_positions_point_into_the_file() -> None:
    page = document("<style>\n</style>\n<div>\n  <p>{{ 'a<\"b' }}</p>\n   text</div>").body
    (div,) = page.element_children
    (paragraph,) = div.element_children
    assert str(div.position) == "template.html:3:1"
    assert str(paragraph.position) == "template.html:4:3"
    assert [str(child.position) for child in paragraph.children] == ["template.html:4:6"]


WARNINGS = [
    ("<script>x</script>", "<script> is not supported and is left out."),
    ("<input>", "<input> is not supported and is left out."),
    ("<p onclick='x()'>", "The event handler onclick= is left out: pictures run no scripts."),
    ("<div>", "<div> of line 1 is never closed with </div>."),
    ("</span>", "</span> closes nothing and is ignored."),
    ("<b><i>x</b>", "<i> is closed by </b> before its own end tag."),
    ("<p id=a id=b>", "<p> has the attribute id= twice; the first one counts."),
    ("<span/>", "In HTML <span/> is not closed by its slash; write <span></span>."),
    (
        "<link rel=stylesheet href=https://x.example/a.css>",
        "The stylesheet 'https://x.example/a.css' is no file of the template",
    ),
]


@pytest.mark.parametrize(("html", "message"), WARNINGS)
def test_warnings(html: str, message: str) -> None:
    found = [d for d in compiled(html).diagnostics if d.code == "html-unsupported"]
    assert any(d.message.startswith(message) for d in found), found
    assert all(d.position is not None for d in found)


def test_head_elements_are_silent() -> None:
    assert compiled("<title>{{ x }}</title><meta name=a><link rel=icon href=x>").diagnostics == ()


ERRORS = [
    ("<p", 1, "never closed with >"),
    ("<p class='a", 1, "quote ' of an attribute of <p> is never closed"),
    ("<p class=a", 1, "An attribute of <p> is never closed"),
    ("x\n<!-- y", 2, "comment <!-- is never closed"),
    ("<style>p{}", 1, "<style> is never closed with </style>"),
    ("<p {{ if x }}hidden{{ end }}>", 1, "in attribute values only"),
    ("<{{ tag }}>", 1, "A tag's name cannot come from an expression"),
    ("{{ if x }}<body>{{ end }}", 1, "<body> cannot stand in {{ if x }} of line 1"),
    ("<svg><g></svg", 1, "never closed"),
    ("<svg><g>", 1, "<svg> is never closed"),
    ("{{ title", 1, "{{ is never closed with }}"),
    ("<p>{{# note </p>", 1, "never closed with #}}"),
    ("{{#if x}}a{{/if}}", 1, "Blocks are written {{ if … }}"),
    ("<p class=\"{{ include 'a.html' }}\">", 1, "can stand between elements only"),
]


@pytest.mark.parametrize(("html", "line", "message"), ERRORS)
def test_syntax_errors(html: str, line: int, message: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compiled(html)
    assert message in caught.value.message
    assert caught.value.position is not None
    assert caught.value.position.line == line


def test_template_without_main_file_names_what_is_there() -> None:
    with pytest.raises(TemplateError, match=r"has no template\.html; found index\.html"):
        compile_bundle(bundle_from_files("x", {"index.html": b""}))


def test_template_that_is_not_utf8() -> None:
    with pytest.raises(TemplateError, match=r"template\.html is not UTF-8: byte 0xe9 on line 2"):
        compile_bundle(bundle_from_files("x", {"template.html": b"a\ncaf\xe9"}))


class TestInclude:
    def test_shared_part_sees_variables_and_keeps_its_own(self) -> None:
        files = {"partials/foot.html": "{{ let x = 2 }}<i>{{ name }}{{ x }}</i>"}
        html = '{{ let x = 1 }}{{ include "partials/foot.html" }}{{ x }}'
        assert body(html, {"name": "n"}, files=files) == "<i>n2</i>1"

    def test_inside_a_loop(self) -> None:
        html = "<ul>{{ for x in [1, 2] }}{{ include 'li.html' }}{{ end }}</ul>"
        assert body(html, files={"li.html": "<li>{{ x }}"}) == "<ul><li>1</li><li>2</li></ul>"

    def test_circle_is_an_error(self) -> None:
        files = {"a.html": "{{ include 'b.html' }}", "b.html": "\n{{ include 'a.html' }}"}
        with pytest.raises(TemplateSyntaxError, match=r"circle: a\.html → b\.html → a\.html") as caught:
            compiled("{{ include 'a.html' }}", files=files)
        assert str(caught.value.position) == "b.html:2:1"

    def test_missing_file_gets_a_suggestion(self) -> None:
        with pytest.raises(TemplateSyntaxError, match=r"no file 'foter\.html'\. Did you mean 'footer\.html'\?"):
            compiled("{{ include 'foter.html' }}", files={"footer.html": ""})

    def test_name_must_be_quoted(self) -> None:
        with pytest.raises(TemplateSyntaxError, match="needs a file name in quotes"):
            compiled("{{ include footer }}")

    def test_part_must_be_complete(self) -> None:
        with pytest.raises(TemplateSyntaxError, match="<div> of line 1 is never closed"):
            compiled("{{ include 'a.html' }}", files={"a.html": "<div>"})
        with pytest.raises(TemplateSyntaxError, match="never closed"):
            compiled("{{ include 'a.html' }}{{ end }}", files={"a.html": "{{ if x }}"})

    def test_multiplying_includes_hit_the_limit(self) -> None:
        files = {f"{i}.html": f"{{{{ include '{i + 1}.html' }}}}" * 10 for i in range(15)} | {"15.html": "x"}
        with pytest.raises(LimitError):
            compiled("{{ include '0.html' }}", files=files)

    def test_long_chain_hits_the_limit(self) -> None:
        files = {f"{i}.html": f"{{{{ include '{i + 1}.html' }}}}" for i in range(100)} | {"100.html": "x"}
        with pytest.raises(LimitError, match="more than 20 levels"):
            compiled("{{ include '0.html' }}", files=files)


class TestStylesheets:
    def test_static_text_with_its_position_is_shared_by_renders(self) -> None:
        template = compiled("<p>x</p>\n<style>\np { color: red }</style>")
        (sheet,) = template.stylesheets
        assert sheet.text == "\np { color: red }"
        assert str(sheet.position) == "template.html:2:8"
        assert not sheet.dynamic

    def test_linked_file_of_the_template(self) -> None:
        page = document('<link rel="stylesheet" href="./a.css">', files={"a.css": "p { margin: 0 }"})
        assert [(s.text, s.position.file) for s in page.stylesheets] == [("p { margin: 0 }", "a.css")]

    def test_expressions_make_it_dynamic(self) -> None:
        html = "<style>{{ for c in colors }}.c{{ loop.index }} { color: {{ c }} }{{ end }}</style>"
        (sheet,) = document(html, {"colors": ["red", "#00ff00"]}).stylesheets
        assert sheet.text == ".c1 { color: red }.c2 { color: #00ff00 }"
        assert sheet.dynamic

    def test_inside_a_block(self) -> None:
        html = "{{ if dark }}<style>a{}</style>{{ end }}<style>b{}</style>"
        assert [s.text for s in document(html, {"dark": True}).stylesheets] == ["a{}", "b{}"]
        assert [s.text for s in document(html).stylesheets] == ["b{}"]

    def test_media_attribute(self) -> None:
        html = "<style media=screen>a{}</style><style media=print>b{}</style>"
        assert [s.text for s in document(html).stylesheets] == ["a{}", "@media print{b{}}"]


class TestSvg:
    def test_markup_is_well_formed_xml_with_values_escaped(self) -> None:
        html = (
            '<svg class="logo" viewbox="0 0 10 10" onload="x()"><!-- c --><script>x</script>'
            '{{ for r in sizes }}<circle r="{{ r }}" fill="{{ color }}"/>{{ end }}'
            "<text>{{ title }} &amp; &copy;</text><lineargradient id=a></lineargradient></svg>after"
        )
        page = document(html, {"sizes": [1, 2], "color": 'r"ed', "title": "<b>&"}).body
        (svg,) = page.element_children
        assert svg.attributes["class"] == "logo"
        assert svg.markup == (
            '<svg class="logo" viewBox="0 0 10 10" xmlns="http://www.w3.org/2000/svg" '
            'xmlns:xlink="http://www.w3.org/1999/xlink">'
            '<circle r="1" fill="r&quot;ed"></circle><circle r="2" fill="r&quot;ed"></circle>'
            '<text>&lt;b&gt;&amp; &amp; ©</text><linearGradient id="a"></linearGradient></svg>'
        )
        assert written(page).endswith("</svg>after")

    def test_style_inside_is_checked_css(self) -> None:
        html = "<svg><style>.a { fill: {{ c }} }</style><g style='fill: {{ c }}'></g></svg>"
        markup = document(html, {"c": "red"}).body.element_children[0].markup
        assert markup is not None
        assert "<style>.a { fill: red }</style>" in markup
        with pytest.raises(RendererError, match="no valid CSS value"):
            document(html, {"c": "red}"})

    @pytest.mark.parametrize(
        "html",
        [
            "<svg>{{ if x }}<g>{{ end }}</g></svg>",
            "<svg><g>{{ if x }}</g>{{ end }}</svg>",
            "<svg>{{ if x }}</svg>{{ end }}",
            "{{ if x }}<svg>{{ end }}</svg>",
        ],
    )
    def test_blocks_cannot_cross_elements(self, html: str) -> None:
        with pytest.raises(TemplateSyntaxError):
            compiled(html)

    def test_self_closing(self) -> None:
        assert document("<svg/>x").body.element_children[0].markup is not None


class TestLimits:
    def test_deep_nesting_is_a_limit_error(self) -> None:
        with pytest.raises(LimitError, match="nested more than 200 levels") as caught:
            compiled("<div>" * 10_000)
        assert caught.value.position is not None

    def test_deep_blocks_are_a_limit_error(self) -> None:
        for html in ("{{ if x }}" * 10_000, "<svg>" + "<g>" * 10_000, '<p class="' + "{{ if x }}" * 10_000 + '">'):
            with pytest.raises(LimitError):
                compiled(html)

    def test_depth_just_within_the_limit_works(self) -> None:
        html = "{{ if true }}" * 49 + "<b>" * 140 + "x" + "</b>" * 140 + "{{ end }}" * 49
        assert body(html).count("<b>") == 140
        assert body("<svg>" + "{{ if true }}" * 50 + "<g/>" + "{{ end }}" * 50 + "</svg>")

    def test_many_elements(self) -> None:
        with pytest.raises(LimitError, match="more than 100 elements"):
            compiled("<i></i>" * 101, limits=Limits(nodes=100))

    def test_huge_source(self) -> None:
        with pytest.raises(LimitError, match="characters together"):
            compiled("x" * 2_000_001)

    @pytest.mark.parametrize(
        "part", ["<", "< ", "{{", "{{ x }}<", "<style>{{ x }}", "</p>", "&#x", "<!--", '<p a="', "<svg><"]
    )
    def test_hostile_repetition_stays_linear(self, part: str) -> None:
        # No clock here: a quadratic reader would make this test take minutes.
        with contextlib.suppress(RendererError):
            compiled(part * 100_000, limits=Limits(nodes=5_000))


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div class='a'>",
            "</div>",
            "<li>",
            "<ul>",
            "</ul>",
            "<b>",
            "</b>",
            "<table>",
            "<tr>",
            "<td>",
        ),
        *(
            "</table>",
            "<svg>",
            "</svg>",
            "<g>",
            "</g>",
            "<style>",
            "</style>",
            "a{b:c}",
            "<img src=x>",
            "text",
            " ",
            "\n",
        ),
        *("{{ if x }}", "{{ elif y }}", "{{ else }}", "{{ end }}", "{{ for i in xs }}", "{{ let a = 1 }}", "{{ a }}"),
        *("{{# c #}}", "{{", "}}", "<", ">", '"', "'", "=", "&amp;", "&", "<!--", "-->", "\0", "\ud800", "{{ '}}' }}"),
        *('<p style="width: {{ w }}%">', "<p class={{ x }}>", "{{ include 'a.html' }}", "<body>", "</body>", "<h1>"),
        *("<title>", "</title>", "<script>", "</script>", "<br/>", "<a>", "</a>", "url(", ")", "/*", "*/", "<td/>"),
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60)))
@settings(max_examples=400, deadline=None, derandomize=True)
@example("<style>{{ x }}</style>")
@example("{{ if x }}<p>{{ end }}")
def test_reader_raises_nothing_but_renderer_errors(html: str) -> None:
    files = {"template.html": html.encode("utf-8", "surrogatepass"), "a.html": b"<i>{{ x }}</i>"}
    try:
        template = compile_bundle(bundle_from_files("fuzz", files))
    except RendererError:
        return
    values = {"x": "v", "xs": ["1", 2], "w": 5}
    try:
        first = expand(template, values, make_environment(template))  # type: ignore[arg-type]
        second = expand(template, values, make_environment(template))  # type: ignore[arg-type]
    except RendererError:
        return
    assert written(first.root) == written(second.root)
