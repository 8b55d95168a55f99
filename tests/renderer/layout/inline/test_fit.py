"""text-fit: sizes that can be checked by hand: a character is half its font size wide, a line as high as the size."""

from __future__ import annotations

import pytest

from renderer.layout.inline import intrinsic_inline, layout_inline
from renderer.style.values import Factor, TextFit
from tests.renderer.layout.inline.building import atomic, content, context, span, texts


def fitted(*parts: object, width: float, height: float | None = None, fit: TextFit, **values: object) -> float | None:
    return layout_inline(content(*parts, text_fit=fit, **values), width, context(), height=height).fitted_size


@pytest.mark.parametrize(
    ("text", "width", "mode", "size"),
    [
        ("aaaa", 100, "shrink", 20),  # fits as it is
        ("aaaaaaaaaa", 50, "shrink", 10),
        ("aaaaaaaaaa", 51, "shrink", 10),  # 10.2: sizes are steps of half a px
        ("aaaaaaaaaa", 53, "shrink", 10.5),
        ("aaaaaaaaaa", 20, "shrink", 8),  # the smallest
        ("aaaaaaaaaa", 50, "grow", 20),
        ("aaaaa", 100, "grow", 40),
        ("aaaaa", 100, "both", 40),
        ("aaaaa", 25, "both", 10),
        ("aaaaa", 1e7, "grow", 200),
    ],
)
def test_width(text: str, width: float, mode: str, size: float) -> None:
    fit = TextFit(mode, maximum=200.0)  # type: ignore[arg-type]
    assert fitted(text, width=width, fit=fit) == size


def test_words_wrap_before_they_shrink() -> None:
    assert fitted("aaaa aaaa", width=40, fit=TextFit("shrink")) == 20
    assert fitted("aaaa aaaa", width=40, fit=TextFit("shrink"), text_wrap="nowrap") == 8.5


def test_words_are_not_broken_to_fit() -> None:
    assert fitted("aaaaaaaa", width=40, fit=TextFit("shrink"), overflow_wrap="anywhere") == 10


def test_line_clamp_limits_the_lines() -> None:
    made = content("aaa bbb ccc ddd", text_fit=TextFit("shrink"), line_clamp=2)
    result = layout_inline(made, 50, context())
    assert (result.fitted_size, texts(result), result.clamped) == (14, ["aaa bbb", "ccc ddd"], False)


def test_what_does_not_fit_at_the_smallest_size_is_clamped() -> None:
    made = content("aaa bbb ccc ddd", text_fit=TextFit("shrink", minimum=18.0), line_clamp=2)
    result = layout_inline(made, 50, context())
    assert (result.fitted_size, texts(result), result.clamped) == (18, ["aaa", "bbb…"], True)


def test_height() -> None:
    assert fitted("aa bb", width=1000, height=50, fit=TextFit("grow")) == 50.5  # fonts are 40 + 10 px high
    assert fitted("aa bb", width=20, height=30, fit=TextFit("shrink")) == 15.5  # 12 + 3 px, twice
    assert fitted("aa", width=1000, height=60, fit=TextFit("grow"), line_height=Factor(1.5)) == 40
    assert fitted("aa", width=1000, height=60, fit=TextFit("grow"), line_height=30.0) == 40


def test_spans_scale_in_proportion() -> None:
    made = content("aa", span("bb", font_size=40.0), text_fit=TextFit("grow"), letter_spacing=2.0)
    result = layout_inline(made, 128, context())
    assert result.fitted_size == 40
    assert [item.style.font_size for item in result.lines[0].items[::2]] == [40, 80]
    assert result.width == 128


def test_atomic_inlines_keep_their_size() -> None:
    assert fitted("aa", atomic(60, 10), width=100, fit=TextFit("grow"), text_wrap="nowrap") == 40


def test_smallest_size_counts_for_min_content() -> None:
    assert intrinsic_inline(content("aaaa bb", text_fit=TextFit("shrink", minimum=10.0)), context()) == (20, 70)
    assert intrinsic_inline(content("aaaa bb", text_fit=TextFit("grow")), context()) == (40, 70)


def test_without_text_fit_no_size_is_reported() -> None:
    assert fitted("aa", width=10, fit=TextFit()) is None
