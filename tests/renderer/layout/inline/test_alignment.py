"""Horizontal and vertical alignment, bidi order, decorations and static positions; a character is 10 px wide."""

from __future__ import annotations

import pytest

from renderer.layout.fragments import Decoration, Fragment, TextFragment
from renderer.layout.inline import layout_inline
from renderer.layout.inline.align import line_offset
from renderer.style.values import Factor, Percentage
from tests.renderer.layout.inline.building import (
    BR,
    atomic,
    boxes,
    content,
    context,
    fragments,
    plain_style,
    positioned,
    span,
    texts,
)
from tests.renderer.layout.inline.monospace import MonospaceEngine, font

HEBREW = "אבג דה"


@pytest.mark.parametrize(
    ("align", "direction", "x"),
    [
        ("start", "ltr", 0),
        ("end", "ltr", 60),
        ("left", "rtl", 0),
        ("right", "ltr", 60),
        ("center", "ltr", 30),
        ("center", "rtl", 30),
        ("start", "rtl", 60),
        ("end", "rtl", 0),
        ("justify", "rtl", 60),
    ],
)
def test_text_align(align: str, direction: str, x: float) -> None:
    result = layout_inline(content("aa b", text_align=align, direction=direction), 100, context())
    assert (result.lines[0].x, result.lines[0].width) == (x, 40)


@pytest.mark.parametrize(
    ("align", "level", "x"),
    [("left", 0, 0), ("right", 0, 0), ("center", 0, 0), ("left", 1, -9), ("right", 1, -9), ("center", 1, -9)],
)
def test_overflow_goes_to_the_end_side(align: str, level: int, x: float) -> None:
    assert line_offset(align, level, -9.0) == x


def test_justify_spreads_spaces_of_all_lines_but_the_last() -> None:
    result = layout_inline(content("a b ", span("c "), "dddddd e", text_align="justify"), 80, context())
    first = [item for item in result.lines[0].items if isinstance(item, TextFragment)]
    assert [(item.text, item.x, item.width, item.spacing, item.gaps) for item in first] == [
        ("a b ", 0, 70, 15, (1, 3)),
        ("c", 70, 10, 0, ()),
    ]
    assert fragments(result, 1) == [("dddddd e", 0, 80)]
    assert result.lines[0].width == 80


def test_justify_spreads_ideographs() -> None:
    result = layout_inline(content("漢字a漢 bbbbb", text_align="justify"), 52, context())
    item = result.lines[0].items[0]
    assert isinstance(item, TextFragment)
    assert (item.gaps, item.spacing) == ((0, 1, 2), 4)


def test_text_align_last() -> None:
    made = content("aaa b c", text_align="justify", text_align_last="right")
    result = layout_inline(made, 50, context())
    assert [(line.x, line.width) for line in result.lines] == [(0, 50), (40, 10)]
    made = content("a b", text_align="justify", text_align_last="justify")
    assert fragments(layout_inline(made, 50, context())) == [("a b", 0, 50)]


def test_bidi_order() -> None:
    result = layout_inline(content(f"ab {HEBREW} cd"), 1000, context())
    assert fragments(result) == [("ab ", 0, 30), (HEBREW, 30, 60), (" cd", 90, 30)]
    result = layout_inline(content(f"ab {HEBREW} cd", direction="rtl"), 200, context())
    assert [(text, x) for text, x, _ in fragments(result)] == [
        ("cd", 80),
        (f" {HEBREW} ", 100),
        ("ab", 180),
    ]


def test_indent_of_right_to_left_lines() -> None:
    result = layout_inline(content("אב", direction="rtl", text_indent=30.0), 100, context())
    assert result.lines[0].x == 50


def test_atomic_inlines_are_reordered() -> None:
    result = layout_inline(content("א", atomic(30, 10), "ב", direction="rtl"), 100, context())
    placed = [(type(item).__name__, item.x) for item in result.lines[0].items]
    assert placed == [("TextFragment", 50), ("Fragment", 60), ("TextFragment", 90)]


def test_edges_of_a_right_to_left_box_are_mirrored() -> None:
    made = content("a", span("אב", padding_left=5.0, padding_right=7.0, direction="rtl"), "b")
    result = layout_inline(made, 1000, context())
    assert fragments(result) == [("a", 0, 10), ("אב", 15, 20), ("b", 42, 10)]
    assert [(box.x, box.width) for box in boxes(result)] == [(10, 32)]


def test_a_box_cut_by_reordering_has_two_fragments() -> None:
    made = content("a ", span("b אב", padding_left=5.0, padding_right=7.0), "גד")
    result = layout_inline(made, 1000, context())
    assert [(text, x) for text, x, _ in fragments(result)] == [("a ", 0), ("b ", 25), ("גד", 45), ("אב", 65)]
    assert [(box.x, box.width, box.first, box.last) for box in boxes(result)] == [
        (20, 25, True, False),
        (65, 27, False, True),
    ]


def test_isolates_and_embeddings_put_controls_around_boxes() -> None:
    class Spy(MonospaceEngine):
        def bidi_levels(self, text: str, direction: str) -> bytes | None:
            seen.append(text)
            return super().bidi_levels(text, direction)

    seen: list[str] = []
    made = content(
        "a",
        span("b", BR, "c", unicode_bidi="isolate", direction="rtl"),
        span("d", unicode_bidi="plaintext"),
        span("e", unicode_bidi="isolate-override"),
    )
    assert texts(layout_inline(made, 1000, context(Spy()))) == ["ab", "cde"]
    assert seen == ["a\u2067b\u2069", "\u2067c\u2069\u2068d\u2069\u2066\u202de\u202c\u2069"]


def test_plaintext_takes_each_paragraphs_own_direction() -> None:
    made = content("א", BR, "b", BR, "1", unicode_bidi="plaintext", direction="rtl")
    assert [line.x for line in layout_inline(made, 100, context()).lines] == [90, 0, 90]


@pytest.mark.parametrize(
    ("line_height", "height", "baseline"),
    [("normal", 20, 16), (Factor(1.5), 30, 21), (Factor(0.5), 10, 11), (33.0, 33, 22), (19.0, 19, 15)],
)
def test_half_leading_is_rounded_down(line_height: object, height: float, baseline: float) -> None:
    result = layout_inline(content("a", line_height=line_height), 100, context())
    assert (result.height, result.first_baseline) == (height, baseline)
    item = result.lines[0].items[0]
    assert isinstance(item, TextFragment)
    assert (item.top, item.height) == (baseline - 16, 20)


@pytest.mark.parametrize(
    ("align", "shift"),
    [
        ("baseline", 0),
        ("sub", 5),
        ("super", -7.65625),
        ("middle", -2),
        ("text-top", -8),
        ("text-bottom", 2),
        (5.0, -5),
        (Percentage(0.5), -5),
    ],
)
def test_vertical_align(align: object, shift: float) -> None:
    made = content("a", span("b", vertical_align=align, font_size=10.0))
    lines = layout_inline(made, 100, context()).lines
    inner = next(item for item in lines[0].items if isinstance(item, TextFragment) and item.text == "b")
    assert inner.y - lines[0].baseline == shift


def test_top_and_bottom_align_with_the_line() -> None:
    made = content("a", atomic(10, 50, vertical_align="top"), atomic(10, 70, vertical_align="bottom"))
    line = layout_inline(made, 100, context()).lines[0]
    assert (line.height, line.baseline) == (70, 66)
    assert [item.y for item in line.items if isinstance(item, Fragment)] == [0, 0]


def test_nested_alignment_moves_descendants() -> None:
    made = content("a", span("b", span("c", vertical_align=4.0), vertical_align=6.0))
    line = layout_inline(made, 100, context()).lines[0]
    baselines = [item.y - line.baseline for item in line.items if isinstance(item, TextFragment)]
    assert baselines == [0, -6, -10]
    assert line.height == 30


def test_middle_takes_the_whole_of_a_box() -> None:
    made = content("a", span("b", span("c", font_size=40.0), vertical_align="middle"))
    line = layout_inline(made, 100, context()).lines[0]
    baselines = [item.y - line.baseline for item in line.items if isinstance(item, TextFragment)]
    assert baselines == [0, 7, 7]  # (32 - 8) / 2 - 10 / 2


def test_atomic_inlines_stand_on_their_baseline_or_their_bottom_margin() -> None:
    made = content("a", atomic(10, 30, 20, margin_top=1.0, margin_bottom=3.0), atomic(10, 30, margin_bottom=3.0))
    line = layout_inline(made, 100, context()).lines[0]
    assert (line.height, line.baseline) == (46, 33)
    assert [(item.x, item.y) for item in line.items if isinstance(item, Fragment)] == [(10, 13), (20, 0)]


def test_box_height_is_its_fonts_and_its_edges() -> None:
    made = content("a", span("b", padding_top=3.0, border_bottom_width=2.0, font_size=10.0), line_height=50.0)
    box = boxes(layout_inline(made, 100, context()))[0]
    assert (box.y, box.height) == (31 - 8 - 3, 15)


def test_fallback_fonts_count_with_normal_line_height_only() -> None:
    engine = MonospaceEngine(fallback="漢")
    assert layout_inline(content("a漢"), 100, context(engine)).height == 40
    assert layout_inline(content("a漢", line_height=20.0), 100, context(engine)).height == 20


def test_relative_boxes_move_with_what_they_hold() -> None:
    relative = {"position": "relative", "left": Percentage(0.1), "top": 4.0}
    made = content("a", span("b", atomic(10, 10), **relative), "c")
    line = layout_inline(made, 100, context()).lines[0]
    assert [(item.x, item.y) for item in line.items] == [(0, 16), (20, 4), (20, 20), (30, 10), (30, 16)]


def test_decorations_come_from_outside_in() -> None:
    outer = Decoration(plain_style(), font(30.0))
    made = content(
        "a", span("b", text_decoration_line=("underline",)), text_decoration_line=("overline",), font_size=40.0
    )
    made.decorations = (outer,)
    a, b = (item for item in layout_inline(made, 1000, context()).lines[0].items if isinstance(item, TextFragment))
    assert [entry.font.size for entry in a.decorations] == [30, 40]
    assert [entry.font.size for entry in b.decorations] == [30, 40, 20]


def test_static_positions() -> None:
    inline, block, first = (
        positioned(display="block", inline_level=True),
        positioned(display="block"),
        positioned(display="block"),
    )
    made = content(first, "aa ", inline, block, "bb", text_align="center")
    result = layout_inline(made, 100, context())
    assert result.static_positions == [(first.box, 0, 0), (inline.box, 55, 0), (block.box, 0, 20)]


def test_static_position_without_lines() -> None:
    inline = positioned(display="block", inline_level=True)
    result = layout_inline(content(inline, text_align="center"), 100, context())
    assert result.static_positions == [(inline.box, 50, 0)]
