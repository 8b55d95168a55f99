"""text-overflow and line-clamp; every character, the ellipsis included, is 10 px wide."""

from __future__ import annotations

from renderer.layout.fragments import Fragment, TextFragment
from renderer.layout.inline import layout_inline
from tests.renderer.layout.inline.building import (
    BR,
    atomic,
    boxes,
    content,
    context,
    fragments,
    positioned,
    span,
    texts,
)

CUT = {"text_overflow": "ellipsis", "overflow_x": "hidden", "text_wrap": "nowrap"}


def test_overflow_is_cut_at_a_cluster() -> None:
    result = layout_inline(content("abcdef gh", **CUT), 55, context())
    assert fragments(result) == [("abcd", 0, 40), ("…", 40, 10)]
    assert result.clamped
    assert result.width == 50


def test_what_fits_is_left_alone() -> None:
    result = layout_inline(content("abcde", **CUT), 50, context())
    assert (texts(result), result.clamped) == (["abcde"], False)


def test_visible_overflow_is_not_cut() -> None:
    assert texts(layout_inline(content("abcde", **{**CUT, "overflow_x": "visible"}), 30, context())) == ["abcde"]


def test_custom_string() -> None:
    made = content("abcdef", **{**CUT, "text_overflow": "string:--"})
    assert texts(layout_inline(made, 50, context())) == ["abc--"]


def test_first_character_stays() -> None:
    assert texts(layout_inline(content("abc", **CUT), 5, context())) == ["a…"]
    result = layout_inline(content(atomic(30, 10), "abc", **CUT), 5, context())
    assert [type(item) for item in result.lines[0].items] == [Fragment, TextFragment]


def test_the_ellipsis_has_the_containers_style() -> None:
    made = content("ab", span("cdef", font_size=40.0), **CUT)
    result = layout_inline(made, 60, context())
    assert fragments(result) == [("ab", 0, 20), ("c", 20, 20), ("…", 40, 10)]
    assert result.lines[0].items[-1].style is made.style
    assert [(box.x, box.width, box.last) for box in boxes(result)] == [(20, 20, False)]


def test_boxes_behind_the_cut_disappear() -> None:
    result = layout_inline(content("abcdef", span("g", padding_left=3.0), atomic(5, 5), **CUT), 40, context())
    assert [type(item) for item in result.lines[0].items] == [TextFragment, TextFragment]


def test_an_atomic_inline_that_does_not_fit_goes_as_a_whole() -> None:
    result = layout_inline(content("ab", atomic(30, 10), "c", **CUT), 50, context())
    assert fragments(result) == [("ab", 0, 20), ("…", 20, 10)]


def test_right_to_left_cuts_at_the_left() -> None:
    result = layout_inline(content("אבגדה", direction="rtl", **CUT), 40, context())
    assert fragments(result) == [("…", 0, 10), ("אבג", 10, 30)]


def test_mixed_text_is_cut_at_its_visual_end() -> None:
    result = layout_inline(content("ab אבגד", **CUT), 60, context())
    assert fragments(result) == [("ab ", 0, 30), ("גד", 30, 20), ("…", 50, 10)]


def test_every_overflowing_line_is_cut() -> None:
    values = {**CUT, "text_wrap": "wrap"}
    assert texts(layout_inline(content("abcdef gh ijklmn", **values), 40, context())) == ["abc…", "gh", "ijk…"]


def test_clamp_places_the_ellipsis_behind_the_last_line() -> None:
    result = layout_inline(content("aaa bbb ccc", line_clamp=2), 45, context())
    assert texts(result) == ["aaa", "bbb…"]
    assert (result.height, result.clamped) == (40, True)


def test_clamp_cuts_a_full_line() -> None:
    assert texts(layout_inline(content("aaa bbbb ccc", line_clamp=2), 40, context())) == ["aaa", "bbb…"]


def test_clamp_without_need() -> None:
    result = layout_inline(content("aaa bbb", line_clamp=2), 40, context())
    assert (texts(result), result.clamped) == (["aaa", "bbb"], False)


def test_clamp_counts_forced_breaks() -> None:
    assert texts(layout_inline(content("a", BR, "b", BR, "c", line_clamp=2), 100, context())) == ["a", "b…"]


def test_clamp_with_inline_children() -> None:
    made = content("aa ", span("bb cc dd", padding_right=5.0), " ee", line_clamp=1, text_align="right")
    result = layout_inline(made, 90, context())
    assert fragments(result) == [("aa ", 0, 30), ("bb cc", 30, 50), ("…", 80, 10)]
    assert [(box.x, box.width, box.last) for box in boxes(result)] == [(30, 50, False)]


def test_clamp_in_right_to_left_text() -> None:
    result = layout_inline(content("אב גד הו", direction="rtl", line_clamp=1), 60, context())
    assert fragments(result) == [("…", 0, 10), ("אב גד", 10, 50)]


def test_hidden_positioned_boxes_stand_below() -> None:
    box = positioned()
    result = layout_inline(content("aa bb cc ", box, line_clamp=1), 50, context())
    assert result.static_positions == [(box.box, 0, 20)]
