from __future__ import annotations

import pytest

from renderer.errors import ExpressionError, LimitError, TemplateSyntaxError
from renderer.expressions import Value
from renderer.limits import Limits
from tests.renderer.template.helpers import body, compiled, document

VALUES: dict[str, Value] = {
    "title": "<b>&",
    "yes": True,
    "no": False,
    "n": 3,
    "xs": ["a", "b", "c"],
    "none": [],
    "pairs": {"k": 1, "l": 2},
    "rows": [{"name": "r", "tags": ["x", "y"]}, {"name": "s", "tags": []}],
}

EXPANSIONS = [
    ("{{ title }}", "<b>&"),
    ("a{{ title }}b", "a<b>&b"),
    ("{{ missing }}", ""),
    ("{{ '}}' }}|{{ \"<p>\" }}", "}}|<p>"),
    ("{{ n * 2 }}{{# comment }} with <b> #}}!", "6!"),
    ('<p title="{{ title }}">x</p>', '<p title="<b>&">x</p>'),
    ("<p title={{ n }}>x</p>", '<p title="3">x</p>'),
    ("<p title='{{ \"a\" }} > {{ 'b' }}'>x</p>", '<p title="a > b">x</p>'),
    ("{{ if yes }}1{{ end }}", "1"),
    ("{{ if no }}1{{ end }}", ""),
    ("{{ if no }}1{{ else }}2{{ end }}", "2"),
    ("{{ if no }}1{{ elif n == 3 }}2{{ else }}3{{ end }}", "2"),
    ("{{ if no }}1{{ else if n == 3 }}2{{ end }}", "2"),
    ("{{ if no }}1{{ elif no }}2{{ elif yes }}3{{ else }}4{{ end }}", "3"),
    ("{{if(yes)}}1{{end}}", "1"),
    ("{{ for x in xs }}{{ x }}{{ end }}", "abc"),
    ("{{ for x in none }}{{ x }}{{ else }}empty{{ end }}", "empty"),
    ("{{ for x in missing }}x{{ end }}", ""),
    (
        "{{ for x in xs }}{{ loop.index }}{{ loop.index0 }}{{ loop.length }}{{ loop.first }}{{ loop.last }};{{ end }}",
        "103truefalse;213falsefalse;323falsetrue;",
    ),
    ("{{ for i, x in xs }}{{ i }}{{ x }}{{ end }}", "0a1b2c"),
    ("{{ for k, v in pairs }}{{ k }}{{ v }}{{ end }}", "k1l2"),
    ("{{ for x in xs }}{{ if x == 'b' }}{{ else }}{{ x }}{{ end }}{{ end }}", "ac"),
    (
        "{{ for r in rows }}<p>{{ r.name }}{{ for t in r.tags }}<i>{{ loop.index }}{{ t }}</i>{{ else }}-{{ end }}"
        "{{ loop.index }}</p>{{ end }}",
        "<p>r<i>1x</i><i>2y</i>1</p><p>s-2</p>",
    ),
    ("<ul>{{ for x in xs }}<li>{{ x }}{{ end }}</ul>", "<ul><li>a</li><li>b</li><li>c</li></ul>"),
    (
        "<table>{{ for x in xs }}<tr><td>{{ x }}{{ end }}</table>",
        "<table><tr><td>a</td></tr><tr><td>b</td></tr><tr><td>c</td></tr></table>",
    ),
    ("{{ if yes }}<p>a{{ else }}<p>b{{ end }}", "<p>a</p>"),
    ('<p class="{{ if yes }}on{{ else }}off{{ end }} {{ for x in xs }}{{ x }}{{ end }}">', '<p class="on abc"></p>'),
    ('<p class="{{ let k = n + 1 }}{{ k }}">{{ k }}</p>', '<p class="4"></p>'),
    ("{{ let k = n + 1 }}{{ k }}", "4"),
    ("{{ let k = 1 }}{{ if yes }}{{ let k = 2 }}{{ k }}{{ end }}{{ k }}", "21"),
    ("{{ if yes }}<p>{{ let k = 2 }}{{ k }}</p>{{ k }}{{ end }}{{ k }}", "<p>2</p>2"),
    ("{{ for x in xs }}{{ let y = x ~ x }}{{ y }}{{ end }}{{ y }}{{ x }}", "aabbcc"),
    ("{{ let x = 'outer' }}{{ for x in xs }}{{ x }}{{ end }}{{ x }}", "abcouter"),
    ("{{ endless }}{{ format }}{{ iffy }}", ""),
    ("a}}b", "a}}b"),
]


@pytest.mark.parametrize(("html", "expected"), EXPANSIONS)
def test_expansion(html: str, expected: str) -> None:
    assert body(html, VALUES) == expected


def test_text_across_block_edges_is_one_node() -> None:
    page = document("<p>a{{ if yes }}b{{ end }}c{{ for x in xs }}{{ x }}{{ end }}</p>", VALUES).body
    (text,) = page.element_children[0].children
    assert text.data == "abcabc"  # type: ignore[union-attr]


def test_let_does_not_change_the_callers_values() -> None:
    values = dict(VALUES)
    body("{{ let n = 9 }}{{ n }}", values)
    assert values == VALUES


ERRORS = [
    ("{{ if x }}\na", "{{ if x }} of line 1 is never closed with {{ end }}", 1),
    ("a\n{{ for x in xs }}<p>{{ x }}</p>", "{{ for x in xs }} of line 2 is never closed", 2),
    ("a\n{{ end }}", "{{ end }} on line 2 belongs to no block", 2),
    ("<div>\n{{ end }}</div>", "{{ end }} on line 2 belongs to no block", 2),
    ("{{ else }}", "{{ else }} on line 1 belongs to no block", 1),
    ("{{ for x in xs }}\n{{ elif y }}{{ end }}", "{{ elif }} on line 2 stands in {{ for x in xs }} of line 1", 2),
    ("{{ if x }}{{ else }}\n{{ else }}{{ end }}", "{{ else }} on line 2 comes after the {{ else }} of line 1", 2),
    ("{{ if x }}{{ else }}\n{{ elif y }}{{ end }}", "{{ elif }} on line 2 comes after the {{ else }} of line 1", 2),
    ("{{ for x in y }}{{ else }}\n{{ else }}{{ end }}", "comes after the {{ else }} of line 1", 2),
    ("{{ if x }}<div>\n{{ end }}</div>", "{{ end }} on line 2 ends a block in which <div> of line 1 is still open", 2),
    ("<div>{{ if x }}\n</div>{{ end }}", "</div> on line 2 closes <div> of line 1 across {{ if x }} of line 1", 2),
    ("{{ if x }}<div>{{ else }}</div>{{ end }}", "{{ else }} on line 1 ends a block in which <div>", 1),
    (
        "<p>{{ if x }}\n<div></div>{{ end }}",
        "<div> on line 2 ends <p> of line 1 across {{ if x }} of line 1; write </p>",
        2,
    ),
    ("<ul><li>a{{ for x in xs }}<li>b{{ end }}</ul>", "<li> on line 1 ends <li> of line 1 across {{ for x in xs }}", 1),
    (
        '<p class="{{ if x }}">',
        "{{ if x }} of line 1 is never closed with {{ end }}; the attribute class=",
        1,
    ),
    ('<p class="{{ end }}">', "{{ end }} on line 1 belongs to no block that was opened in the attribute class=", 1),
    ("<style>{{ if x }}</style>{{ end }}", "<style> ends first", 1),
    ("{{ if }}{{ end }}", "{{ if }} needs a condition", 1),
    ("{{ end if }}", "{{ end }} stands alone; found `if`", 1),
    ("{{ if x }}{{ else y }}{{ end }}", "{{ else }} stands alone; found `y`", 1),
    ("{{ }}", "{{ }} is empty", 1),
    ("{{ if x }}{{ endif }}", "{{ endif }} is written {{ end }} here", 1),
    ("{{ if x }}{{ elsif y }}{{ end }}", "{{ elsif }} is written {{ elif … }} here", 1),
    ("{{ each x in xs }}{{ end }}", "{{ each }} is written {{ for item in list }} here", 1),
    ("{{ unless x }}{{ end }}", "{{ unless }} is written {{ if not … }} here", 1),
    ("{{ if x }}{{/if}}", "{{/if}}: blocks are closed with {{ end }} here", 1),
    ("{{ for x xs }}{{ end }}", "", 1),
    ("{{ let 1 = x }}", "", 1),
    ("a\n  {{ price * }}", "", 2),
]


@pytest.mark.parametrize(("html", "message", "line"), ERRORS)
def test_errors(html: str, message: str, line: int) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compiled(html)
    assert message in caught.value.message
    assert caught.value.position is not None
    assert caught.value.position.line == line


def test_errors_in_expressions_point_at_their_column() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compiled("line\n<p>{{ if price > }}x{{ end }}")
    assert str(caught.value.position) == "template.html:2:17"


def test_foreign_words_can_be_names() -> None:
    assert body("{{ each }}{{ for each in [1] }}{{ each | number }}{{ each and 2 }}{{ end }}") == "12"


class TestLimits:
    def test_loop_turns_of_all_loops_together(self) -> None:
        html = "{{ for x in xs }}{{ for y in xs }}.{{ end }}{{ end }}"
        assert body(html, VALUES, limits=Limits(loop_turns=12)) == "." * 9
        with pytest.raises(LimitError, match="more than 11 turns") as caught:
            body(html, VALUES, limits=Limits(loop_turns=11))
        assert str(caught.value.position) == "template.html:1:18"

    def test_loops_in_attributes_count(self) -> None:
        with pytest.raises(LimitError, match="turns"):
            body('<p class="{{ for x in xs }}x{{ end }}">', {"xs": [1] * 11}, limits=Limits(loop_turns=10))

    def test_nodes(self) -> None:
        with pytest.raises(LimitError, match="more than 100 elements and texts"):
            body("{{ for x in xs }}<p>x</p>{{ end }}", {"xs": [1] * 50}, limits=Limits(nodes=100))

    def test_text(self) -> None:
        for html in (
            "{{ t }}",
            '<p title="{{ t }}">',
            "<svg><text>{{ t }}</text></svg>",
            "<style>a::before{content:'{{ t }}'}</style>",
        ):
            with pytest.raises(LimitError, match="more than 100 characters"):
                body(html, {"t": "x" * 101}, limits=Limits(text_length=100))

    def test_title_of_a_megabyte(self) -> None:
        with pytest.raises(LimitError) as caught:
            body("<h1>{{ title }}</h1>", {"title": "x" * 1_000_000})
        assert caught.value.position is not None

    def test_loop_over_text_is_an_error(self) -> None:
        with pytest.raises(ExpressionError) as caught:
            body("{{ for x in title }}{{ end }}", VALUES)
        assert caught.value.position is not None
