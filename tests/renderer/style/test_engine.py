"""The style engine: what is shared, what is remembered, what is reported again."""

from __future__ import annotations

from renderer.diagnostics import Diagnostics
from renderer.style.cascade import StyleEngine, parse_stylesheet
from renderer.style.deferred import Environment, FontUnits
from renderer.style.values import Color, TextFit
from tests.renderer.style.support import POSITION, document, style_of, styled


def _engine(css: str, **custom: str) -> StyleEngine:
    sheet = parse_stylesheet(css, POSITION, Diagnostics())
    return StyleEngine([sheet], custom_properties={f"--{name}": text for name, text in custom.items()})


def test_elements_that_look_alike_share_one_style() -> None:
    engine = _engine(".t { padding: 3px } p:first-child { color: red }")
    root = document("".join(f"<span class=t>{n}</span>" for n in range(20)))
    engine.apply(root, Diagnostics())
    spans = root.element_children[0].element_children
    assert len({id(span.style) for span in spans}) == 1


def test_the_next_document_takes_the_same_styles() -> None:
    engine = _engine(".t { padding: 1em }")
    first, second = (document("<p class=t style='width:40%'>x<b>y</b></p>") for _ in range(2))
    engine.apply(first, Diagnostics())
    engine.apply(second, Diagnostics())
    for one, other in zip(first.iter_subtree(), second.iter_subtree(), strict=True):
        assert one.style is other.style


def test_children_of_boxes_that_differ_only_in_size_share_styles() -> None:
    engine = _engine("b { color: red }")
    root = document("".join(f"<p style='width:{n}%'><b>x</b></p>" for n in range(10)))
    engine.apply(root, Diagnostics())
    paragraphs = root.element_children[0].element_children
    assert len({id(p.style) for p in paragraphs}) == 10
    assert len({id(p.element_children[0].style) for p in paragraphs}) == 1


def test_siblings_that_differ_inside_only_are_told_apart_by_has() -> None:
    engine = _engine("p:has(b) { color: red } p:has(+ i) { width: 5px } p:has(> u) > s { height: 7px }")
    body = "<p>x</p><p><b>x</b></p><p><a><b></b></a></p><p></p><i></i><p><u></u><s></s></p><p><s></s></p>"
    for _ in range(2):
        root = document(body)
        engine.apply(root, Diagnostics())
        paragraphs = [child for child in root.element_children[0].element_children if child.local_name == "p"]
        red = [style_of(p).color == Color(255, 0, 0) for p in paragraphs]
        assert red == [False, True, True, False, False, False]
        assert [style_of(p).width == 5.0 for p in paragraphs] == [False, False, False, True, False, False]
        assert style_of(paragraphs[4].element_children[1]).height == 7.0
        assert style_of(paragraphs[5].element_children[0]).height != 7.0


def test_explicit_inheritance_follows_each_parent() -> None:
    engine = _engine("b { width: inherit }")
    for width in (10.0, 20.0):
        root = document(f"<p style='width:{width}px'><b>x</b></p>")
        engine.apply(root, Diagnostics())
        assert style_of(root.element_children[0].element_children[0].element_children[0]).width == width


def test_what_is_invalid_only_once_computed_is_reported_by_every_render() -> None:
    engine = _engine("p { --x: nope; color: var(--x) }")
    for _ in range(2):
        diagnostics = Diagnostics()
        engine.apply(document("<p class=a></p>"), diagnostics)
        assert [(item.code, item.element) for item in diagnostics.items] == [("css-invalid", "p.a")]
        assert "once var() is replaced" in diagnostics.items[0].message
        assert diagnostics.items[0].position is not None
        assert diagnostics.items[0].position.column == 16


def test_cycles_are_named() -> None:
    _, diagnostics = styled("p { --a: var(--b); --b: var(--a) }", "<p></p>")
    assert any("refers to itself" in item.message for item in diagnostics.items)


def test_problems_of_style_attributes_name_the_element() -> None:
    _, diagnostics = styled("", "<p id=q style='colr: red; width: nope; @x'></p>")
    assert [(item.code, item.element) for item in diagnostics.items] == [
        ("css-unsupported", "p#q"),
        ("css-invalid", "p#q"),
        ("css-invalid", "p#q"),
    ]


def test_custom_properties_from_outside_win() -> None:
    engine = _engine(
        ":root { --accent: red; --pad: 1px } p { color: var(--accent); padding: var(--pad) }", accent="blue"
    )
    root = document("<p></p>")
    engine.apply(root, Diagnostics())
    style = style_of(root.element_children[0].element_children[0])
    assert (style.color, style.padding_top) == (Color(0, 0, 255), 1.0)
    assert style.custom == (("--accent", "blue"), ("--pad", "1px"))


def test_caches_are_bounded() -> None:
    engine = _engine("p { color: red }")
    for start in range(0, 9000, 3000):
        body = "".join(f"<p style='width:{n}px'></p>" for n in range(start, start + 3000))
        root = document(body)
        engine.apply(root, Diagnostics())
        assert style_of(root.element_children[0].element_children[0]).width == start
    assert engine._entries <= 4096 + 3000


def test_generated_content() -> None:
    css = "p::before { content: 'a' attr(data-k) url(i.png) } q { quotes: '<' '>' '(' ')' }"
    body = "<p id=p data-k=1></p><p id=r data-k=2></p><q id=o><q id=i></q></q><q id=s></q>"
    elements, _ = styled(css, body)

    def content(name: str, pseudo: str = "before") -> object:
        return getattr(elements[name], pseudo).content

    assert str(content("p")).startswith("('a', '1', ImageReference")
    assert str(content("r")).startswith("('a', '2'")
    assert [content("o"), content("i"), content("i", "after"), content("o", "after")] == [
        ("<",),
        ("(",),
        (")",),
        (">",),
    ]
    assert content("s") == ("<",)
    assert elements["body"].before is None


def test_font_relative_units_are_measured() -> None:
    asked = []

    def measure(style: object) -> FontUnits:
        asked.append(style)
        return FontUnits(7.0, 8.0, 9.0, 10.0, 11.0)

    environment = Environment(1000.0, 500.0, "light", measure)
    css = "p { width: 2ex; height: 2ch; margin: 1cap 1ic 1lh 1em }"
    style = style_of(styled(css, "<p id=p></p>", environment)[0]["p"])
    sizes = (style.width, style.height, style.margin_top, style.margin_right, style.margin_bottom, style.margin_left)
    assert sizes == (14.0, 16.0, 9.0, 10.0, 11.0, 16.0)
    assert len(asked) == 1


def test_language_and_direction_of_attributes() -> None:
    elements, _ = styled("p:lang(de) { color: red }", "<div lang=de-AT><p id=p></p></div><p id=q dir=rtl lang=ar></p>")
    assert (style_of(elements["p"]).language, style_of(elements["p"]).color) == ("de-AT", Color(255, 0, 0))
    assert (style_of(elements["q"]).language, style_of(elements["q"]).direction) == ("ar", "rtl")


def test_line_clamp_and_text_fit() -> None:
    css = """#a { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2 } #b { line-clamp: 3 }
    #c { -webkit-line-clamp: 2; text-fit: shrink 1.5em } #d { display: -webkit-box; text-fit: both 10px 90px }
    #e { display: -webkit-box; -webkit-box-orient: vertical; -webkit-box-pack: justify; text-fit: grow }"""
    elements, diagnostics = styled(css, "".join(f"<p id={name}></p>" for name in "abcde"))
    assert diagnostics.items == []
    a, b, c, d, e = (style_of(elements[name]) for name in "abcde")
    assert (a.display, a.line_clamp) == ("flow-root", 2)
    assert (b.display, b.line_clamp) == ("block", 3)
    assert (c.line_clamp, c.text_fit) == (None, TextFit("shrink", 24.0))
    assert (d.display, d.flex_direction, d.text_fit) == ("flex", "row", TextFit("both", 10.0, 90.0))
    assert (e.display, e.flex_direction, e.justify_content) == ("flex", "column", "space-between")
    assert e.text_fit == TextFit("grow")


def test_transforms_of_all_properties_in_their_order() -> None:
    css = "p { transform: scale(2); rotate: 10deg; translate: 1px; scale: 3 }"
    style = style_of(styled(css, "<p id=p></p>")[0]["p"])
    assert [(one.name, one.arguments) for one in style.transform] == [
        ("translate", (1.0, 0.0)),
        ("rotate", (10.0,)),
        ("scale", (3.0, 3.0)),
        ("scale", (2.0, 2.0)),
    ]


def test_sticky_stays_in_the_flow() -> None:
    style = style_of(styled("p { position: sticky; top: 3px }", "<p id=p></p>")[0]["p"])
    assert (style.position, style.top) == ("relative", "auto")


def test_layers_of_backgrounds() -> None:
    css = "p { background: url(a) 1px 2px / cover, linear-gradient(red, blue) no-repeat, none text; "
    css += "background-size: 5px }"
    style = style_of(styled(css, "<p id=p></p>")[0]["p"])
    first, second = style.background_layers
    assert (first.size, first.repeat, first.position.x) == ((5.0, "auto"), ("repeat", "repeat"), 1.0)
    assert (second.size, second.repeat) == ((5.0, "auto"), ("no-repeat", "no-repeat"))
    assert style.background_clip == "text"


def test_tables_are_named_as_unsupported() -> None:
    _, diagnostics = styled("", "<table id=t><tr><td>x</td></tr></table>")
    assert {item.element for item in diagnostics.items} == {"table#t", "tr", "td"}
    assert {item.code for item in diagnostics.items} == {"css-unsupported"}
