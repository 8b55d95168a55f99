"""White space, forced breaks and text-transform across element borders."""

from __future__ import annotations

import pytest

from renderer.layout.inline import layout_inline
from renderer.layout.inline.collect import collapse
from renderer.layout.inline.transform import transform
from tests.renderer.layout.inline.building import BR, atomic, boxes, content, context, fragments, span, texts


def lines(*parts: object, width: float = 1000.0, **values: object) -> list[str]:
    return texts(layout_inline(content(*parts, **values), width, context()))


def test_spaces_collapse_across_element_borders() -> None:
    assert lines("  a  ", span("  b  "), "  c  ") == ["a b c"]


def test_trailing_space_of_a_closed_box_disappears() -> None:
    assert fragments(layout_inline(content("a ", span("b ")), 1000, context())) == [("a ", 0, 20), ("b", 20, 10)]


def test_space_after_an_atomic_inline_stays() -> None:
    result = layout_inline(content(atomic(30, 10), " a"), 1000, context())
    assert fragments(result) == [(" a", 30, 20)]


@pytest.mark.parametrize(
    ("mode", "wrap", "expected"),
    [
        ("collapse", "wrap", ["a b c"]),
        ("preserve", "nowrap", ["a  b ", "  c"]),
        ("preserve", "wrap", ["a  b ", "  c"]),
        ("preserve-breaks", "wrap", ["a b", "c"]),
        ("break-spaces", "wrap", ["a  b ", "  c"]),
    ],
)
def test_white_space_modes(mode: str, wrap: str, expected: list[str]) -> None:
    assert lines("a  b \n  c", white_space_collapse=mode, text_wrap=wrap) == expected


def test_every_preserved_line_feed_makes_a_line() -> None:
    assert lines("a\n\nb\n", white_space_collapse="preserve-breaks") == ["a", "", "b"]


def test_br_at_the_end_adds_no_line() -> None:
    assert lines("a ", BR, BR, " b", BR) == ["a", "", "b"]


def test_a_zero_width_space_breaks_where_its_own_style_allows_it() -> None:
    wbr = span("\u200b", text_wrap="wrap")
    assert lines("abc", span("\u200b", text_wrap="nowrap"), "def", width=40, text_wrap="nowrap") == ["abc\u200bdef"]
    assert lines("abc", wbr, "def", width=40, text_wrap="nowrap") == ["abc\u200b", "def"]
    assert lines(wbr, " a ", wbr, " b ", wbr) == ["\u200ba \u200bb\u200b"]


def test_line_separator_breaks() -> None:
    assert lines("a\u2028b") == ["a", "b"]


def test_tabs_reach_the_next_stop() -> None:
    result = layout_inline(content("ab\tc\td", white_space_collapse="preserve", tab_size=4.0), 1000, context())
    assert fragments(result) == [("ab", 0, 20), ("\t", 20, 20), ("c", 40, 10), ("\t", 50, 30), ("d", 80, 10)]


def test_preserved_spaces_hang_and_do_not_align() -> None:
    result = layout_inline(
        content("aaa bb     cc", white_space_collapse="preserve", text_align="right"), 100, context()
    )
    assert [(line.x, line.width) for line in result.lines] == [(40, 60), (80, 20)]
    assert fragments(result) == [("aaa bb     ", 40, 110)]


def test_break_spaces_takes_room() -> None:
    assert lines("aaa    b", white_space_collapse="break-spaces", width=50) == ["aaa  ", "  b"]


def test_white_space_alone_makes_no_line() -> None:
    result = layout_inline(content(" \n ", span(" ")), 100, context())
    assert (result.lines, result.height, result.first_baseline) == ([], 0.0, None)


def test_empty_box_with_padding_makes_a_line() -> None:
    result = layout_inline(content(span(padding_left=7.0)), 100, context())
    assert result.height == 20
    assert [(box.width, box.first, box.last) for box in boxes(result)] == [(7, True, True)]


def test_line_feed_between_ideographs_disappears() -> None:
    assert collapse("漢\n字 a\nb 漢\na") == "漢字 a b 漢 a"
    assert collapse("한\n글") == "한 글"


def test_unrenderable_characters_become_replacement_characters() -> None:
    assert lines("a\0b\ud800") == ["a\ufffdb\ufffd"]


@pytest.mark.parametrize(
    ("text", "keyword", "language", "expected"),
    [
        ("straße", "uppercase", "de", "STRASSE"),
        ("ΟΔΥΣΣΕΥΣ", "lowercase", "el", "οδυσσευς"),
        ("Μάιος άι ΐ ήρθε", "uppercase", "el", "ΜΑΪΟΣ ΑΪ Ϊ ΗΡΘΕ"),
        ("istanbul ılık", "uppercase", "tr", "İSTANBUL ILIK"),
        ("ISPARTA İZMİR", "lowercase", "tr", "ısparta izmir"),
        ("Ì", "lowercase", "lt", "ì"),
        ("i\u0307", "uppercase", "lt", "I"),
        ("ijsland in ijs", "capitalize", "nl", "IJsland In IJs"),
        ("don't (well-known) 3d éa", "capitalize", "en", "Don't (Well-Known) 3d Éa"),
        ("ǆa", "capitalize", "", "ǅa"),
        ("ab 1 ｶ", "full-width", "", "ａｂ\u3000１\u3000カ"),
        ("abc", "none", "", "abc"),
    ],
)
def test_transform(text: str, keyword: str, language: str, expected: str) -> None:
    assert transform(text, keyword, language) == expected


def test_capitalize_sees_the_word_across_a_border() -> None:
    assert lines("h", span("ello wo", text_transform="capitalize"), "rld", text_transform="capitalize") == [
        "Hello World"
    ]
