"""Line breaking, intrinsic widths and balance with hand-checked numbers: every character is 10 px wide."""

from __future__ import annotations

import pytest

from renderer.layout.inline import intrinsic_inline, layout_inline
from tests.renderer.layout.inline.building import BR, atomic, boxes, content, context, fragments, span, texts


def lines(*parts: object, width: float, **values: object) -> list[str]:
    return texts(layout_inline(content(*parts, **values), width, context()))


def test_greedy() -> None:
    assert lines("aaa bb c dddd", width=60) == ["aaa bb", "c dddd"]
    assert lines("aaa bb c dddd", width=59) == ["aaa", "bb c", "dddd"]


def test_a_word_that_is_too_long_overflows() -> None:
    assert lines("aaaaaaa b", width=40) == ["aaaaaaa", "b"]
    assert lines("aaaaaaa b", width=0) == ["aaaaaaa", "b"]


def test_nowrap_does_not_break() -> None:
    assert lines("aa bb", width=20, text_wrap="nowrap") == ["aa bb"]


def test_nowrap_span_stays_together_and_its_surroundings_break() -> None:
    assert lines("aa ", span("bb cc", text_wrap="nowrap"), " dd", width=50) == ["aa", "bb cc", "dd"]


@pytest.mark.parametrize("values", [{"overflow_wrap": "anywhere"}, {"overflow_wrap": "break-word"}])
def test_overflow_wrap_breaks_words_only_in_need(values: dict[str, object]) -> None:
    assert lines("aa bbbbbbb c", width=40, **values) == ["aa", "bbbb", "bbb", "c"]


def test_grapheme_clusters_are_never_broken() -> None:
    text = "e\u0301e\u0301e\u0301"
    assert lines(text, width=5, overflow_wrap="anywhere") == ["e\u0301", "e\u0301", "e\u0301"]


def test_break_all() -> None:
    assert lines("aa bbbbbbb c", width=40, word_break="break-all") == ["aa b", "bbbb", "bb c"]


def test_soft_hyphen_shows_only_at_a_break() -> None:
    assert lines("extra\u00adordinary", width=1000) == ["extra\u00adordinary"]
    assert lines("extra\u00adordinary", width=100) == ["extra\u00ad\u2010", "ordinary"]
    assert lines("extra\u00adordinary", width=100, hyphens="none") == ["extra\u00adordinary"]


def test_the_hyphen_needs_room() -> None:
    assert lines("ab ex\u00adtra", width=59) == ["ab", "ex\u00adtra"]
    assert lines("ab ex\u00adtra", width=60) == ["ab ex\u00ad\u2010", "tra"]


def test_a_ligature_is_cut_and_shaped_again() -> None:
    result = layout_inline(content("affi", overflow_wrap="anywhere"), 20, context())
    assert texts(result) == ["af", "fi"]
    assert [run.glyphs for line in result.lines for run in line.items[0].runs] == [(97, 102), (102,)]  # type: ignore[union-attr]
    result = layout_inline(content("fi", overflow_wrap="anywhere"), 5, context())
    assert [run.glyphs for line in result.lines for run in line.items[0].runs] == [(102,), (105,)]  # type: ignore[union-attr]


def test_edges_of_boxes_count_and_go_with_their_words() -> None:
    parts = ("aa ", span("bb cc", padding_left=10.0, padding_right=10.0), " dd")
    result = layout_inline(content(*parts), 60, context())
    assert texts(result) == ["aa bb", "cc dd"]
    assert fragments(result, 0) == [("aa ", 0, 30), ("bb", 40, 20)]
    assert fragments(result, 1) == [("cc", 0, 20), (" dd", 30, 30)]
    assert [(b.x, b.width, b.first, b.last) for b in boxes(result, 0)] == [(30, 30, True, False)]
    assert [(b.x, b.width, b.first, b.last) for b in boxes(result, 1)] == [(0, 30, False, True)]
    assert texts(layout_inline(content(*parts), 59, context())) == ["aa", "bb", "cc", "dd"]


def test_a_box_opens_on_the_line_of_its_first_word_and_closes_on_that_of_its_last() -> None:
    result = layout_inline(content("aaaa ", span("bb "), "cc"), 50, context())
    assert [len(boxes(result, index)) for index in range(len(result.lines))] == [0, 1]
    result = layout_inline(content(span("aaaa ", BR), "b"), 50, context())
    assert [len(boxes(result, index)) for index in range(len(result.lines))] == [1, 0]


def test_margins_of_spans() -> None:
    result = layout_inline(content("a", span("b", margin_left=5.0, margin_right=-5.0), "c"), 1000, context())
    assert fragments(result) == [("a", 0, 10), ("b", 15, 10), ("c", 20, 10)]
    assert result.width == 30


def test_lines_break_around_atomic_inlines() -> None:
    result = layout_inline(content("aa", atomic(30, 10), atomic(30, 10), "bb"), 50, context())
    assert [line.width for line in result.lines] == [50, 50]


@pytest.mark.parametrize("joint", ["\u00a0", ".", ","])
def test_nothing_glues_to_an_atomic_inline(joint: str) -> None:
    result = layout_inline(content("aa", atomic(20, 10), joint), 40, context())
    assert [line.width for line in result.lines] == [40, 10]


def test_text_indent() -> None:
    result = layout_inline(content("aaa bbb", text_indent=30.0), 90, context())
    assert [(line.x, line.width) for line in result.lines] == [(30, 30), (0, 30)]


def test_intrinsic_widths() -> None:
    assert intrinsic_inline(content("aaa bbbb", BR, "cc"), context()) == (40, 80)
    assert intrinsic_inline(content("aaa bbbb", text_wrap="nowrap"), context()) == (80, 80)
    assert intrinsic_inline(content("aaa", overflow_wrap="anywhere"), context()) == (10, 30)
    assert intrinsic_inline(content("aaa", overflow_wrap="break-word"), context()) == (30, 30)
    assert intrinsic_inline(content("a\u00adbb"), context()) == (20, 30)
    assert intrinsic_inline(content("aa", atomic(35, 10, margin_left=5.0), "bb"), context()) == (40, 80)
    assert intrinsic_inline(content(span("a bb", padding_left=5.0, padding_right=5.0)), context()) == (25, 50)
    assert intrinsic_inline(content("aa b", text_indent=7.0), context()) == (27, 47)
    assert intrinsic_inline(content(" "), context()) == (0, 0)


def test_layout_at_max_content_does_not_wrap() -> None:
    made = content("a b", span(" c d", font_size=13.3, letter_spacing=0.1), " e f")
    width = intrinsic_inline(made, context()).maximum
    assert len(layout_inline(made, width, context()).lines) == 1


def test_balance_keeps_the_number_of_lines() -> None:
    assert lines("aaa bbb ccc ddd", width=120) == ["aaa bbb ccc", "ddd"]
    assert lines("aaa bbb ccc ddd", width=120, text_wrap="balance") == ["aaa bbb", "ccc ddd"]


def test_balanced_lines_are_even_within_the_narrowest_width() -> None:
    words = "aaaaa bbbb cccc dd ee ffff"
    assert lines(words, width=150) == ["aaaaa bbbb cccc", "dd ee ffff"]
    assert lines(words, width=150, text_wrap="balance") == ["aaaaa bbbb", "cccc dd ee ffff"]


def test_pretty_gives_a_lonely_last_word_company() -> None:
    words = "aaaa bbb cc ddd eee fff gg"
    assert lines(words, width=110) == ["aaaa bbb cc", "ddd eee fff", "gg"]
    assert lines(words, width=110, text_wrap="pretty") == ["aaaa bbb", "cc ddd eee", "fff gg"]
    assert lines("aaa bbb cccccc", width=100, text_wrap="pretty") == ["aaa bbb", "cccccc"]


def test_balance_leaves_text_with_forced_breaks_alone() -> None:
    assert lines("aaa bbb ccc ddd", BR, "e", width=120, text_wrap="balance") == ["aaa bbb ccc", "ddd", "e"]


def test_balanced_lines_align_in_the_whole_width() -> None:
    result = layout_inline(content("aaa bbb ccc ddd", text_wrap="balance", text_align="center"), 120, context())
    assert [line.x for line in result.lines] == [25, 25]


def test_pieces_of_equal_style_are_shaped_together() -> None:
    engine_context = context()
    layout_inline(content("ab", span("cd"), "ef"), 1000, engine_context)
    assert engine_context.text.shaped == ["abcdef"]  # type: ignore[attr-defined]
    engine_context = context()
    layout_inline(content("ab", span("cd", padding_left=1.0), "ef"), 1000, engine_context)
    assert engine_context.text.shaped == ["ab", "cdef"]  # type: ignore[attr-defined]
