"""What holds for any text, with the real engine: nothing is lost, nothing is too wide, nothing fails."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renderer.layout.content import InlineResult
from renderer.layout.fragments import TextFragment
from renderer.layout.inline import intrinsic_inline, layout_inline
from renderer.style.values import TextFit
from renderer.text.engine import HarfBuzzEngine
from tests.renderer.layout.inline.building import BR, Span, atomic, content, context, positioned, span, texts

ENGINE = HarfBuzzEngine()
SETTINGS = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

WORDS = st.text(
    st.one_of(
        st.sampled_from("aVfi To.-,\u00ad\u00a0\u200b\t\n\u2028"),
        st.sampled_from("אבمرحبا0(["),
        st.sampled_from("漢字。ー「ไทยภาษา"),
        st.sampled_from("\u0301\u0308\u200d\ufe0f👩🏽🇩🇪\u2066\u202e\u2069"),
        st.characters(),
    ),
    max_size=30,
)
STYLES = st.fixed_dictionaries(
    {},
    optional={
        "white_space_collapse": st.sampled_from(["collapse", "preserve", "preserve-breaks", "break-spaces"]),
        "text_wrap": st.sampled_from(["wrap", "nowrap", "balance"]),
        "overflow_wrap": st.sampled_from(["normal", "anywhere", "break-word"]),
        "word_break": st.sampled_from(["normal", "break-all", "keep-all", "break-word"]),
        "text_transform": st.sampled_from(["none", "uppercase", "capitalize", "full-width"]),
        "direction": st.sampled_from(["ltr", "rtl"]),
        "unicode_bidi": st.sampled_from(["normal", "isolate", "embed", "bidi-override", "plaintext"]),
        "text_align": st.sampled_from(["start", "center", "right", "justify"]),
        "vertical_align": st.sampled_from(["baseline", "top", "bottom", "middle", "super"]),
        "letter_spacing": st.sampled_from([0.0, 2.0, -8.0]),
        "padding_left": st.sampled_from([0.0, 9.0]),
        "margin_right": st.sampled_from([0.0, -6.0]),
    },
)
PARTS = st.recursive(
    st.one_of(WORDS, st.just(BR), st.builds(atomic, st.just(30.0), st.just(12.0)), st.builds(positioned)),
    lambda inner: st.builds(lambda parts, style: span(*parts, **style), st.lists(inner, max_size=3), STYLES),
    max_leaves=6,
)


@SETTINGS
@given(st.lists(PARTS, max_size=4), STYLES, st.sampled_from([0.0, 25.0, 90.0, 1e6]))
def test_any_content_can_be_laid_out(parts: list[object], style: dict[str, object], width: float) -> None:
    made = content(*parts, **style)
    widths = intrinsic_inline(made, context(ENGINE))
    result = layout_inline(made, width, context(ENGINE))
    assert widths.minimum >= 0
    assert result.height == pytest.approx(sum(line.height for line in result.lines))


@SETTINGS
@given(WORDS, st.sampled_from([0.0, 30.0, 120.0]), st.sampled_from(["normal", "anywhere"]))
def test_every_character_is_on_one_line(text: str, width: float, overflow_wrap: str) -> None:
    made = content(text, white_space_collapse="break-spaces", overflow_wrap=overflow_wrap)
    result = layout_inline(made, width, context(ENGINE))
    shown = sorted(
        character for line in texts(result) for character in line.replace("\u2010", "") if character != "\ufffd"
    )
    expected = sorted(
        character
        for character in text.replace("\u2010", "")
        if character not in "\n\u2028\u2029\0\ufffd" and not "\ud800" <= character <= "\udfff"
    )
    assert shown == expected


@SETTINGS
@given(WORDS, STYLES)
def test_words_that_may_break_anywhere_fit(text: str, style: dict[str, object]) -> None:
    made = content(
        text, span(text), **{**style, "overflow_wrap": "anywhere", "text_wrap": "wrap", "letter_spacing": 0.0}
    )
    minimum = max(40.0, intrinsic_inline(made, context(ENGINE)).minimum)
    result = layout_inline(made, minimum, context(ENGINE))
    assert result.width <= minimum + 0.02


@SETTINGS
@given(WORDS, WORDS)
def test_max_content_fits_on_one_line(first: str, second: str) -> None:
    made = content(first.replace("\u2028", " ").replace("\u2029", " "), span(second.replace("\u2028", "")))
    made.items = [item for item in made.items if "\u2029" not in getattr(item, "text", "")]
    width = intrinsic_inline(made, context(ENGINE)).maximum
    assert len(layout_inline(made, width, context(ENGINE)).lines) <= 1


@SETTINGS
@given(WORDS, st.sampled_from(["shrink", "grow", "both"]), st.sampled_from([None, 1, 2]), st.sampled_from([None, 50.0]))
def test_fitting_never_fails(text: str, mode: str, clamp: int | None, height: float | None) -> None:
    fit = TextFit(mode, 8.0, 60.0)  # type: ignore[arg-type]
    made = content(text, text_fit=fit, line_clamp=clamp)
    first = layout_inline(made, 120, context(ENGINE), height=height)
    assert first.fitted_size is not None
    assert first.fitted_size == layout_inline(made, 120, context(ENGINE), height=height).fitted_size


@SETTINGS
@given(WORDS, st.sampled_from([0.0, 20.0, 60.0]))
def test_ellipsis_never_fails(text: str, width: float) -> None:
    made = content(text, span(text), text_overflow="ellipsis", overflow_x="hidden", text_wrap="nowrap")
    result = layout_inline(made, width, context(ENGINE))
    if width == 60.0:
        assert result.width <= 60.02 or len(fragments_of(result)) <= 2 * len(result.lines)


def fragments_of(result: InlineResult) -> list[TextFragment]:
    return [item for line in result.lines for item in line.items if isinstance(item, TextFragment)]


@pytest.mark.parametrize("text", ["\u0301" * 50, "\0", "\ud800\udfff", "\u202e\u2066" * 20, "\u00ad" * 9, "\u200b" * 9])
@pytest.mark.parametrize("width", [0.0, 50.0])
def test_strange_texts(text: str, width: float) -> None:
    made: list[str | Span] = [text, span(text, overflow_wrap="anywhere")]
    assert layout_inline(content(*made), width, context(ENGINE)).height >= 0


def test_emoji_sequences_are_never_split() -> None:
    family = "👩‍👩‍👧🇩🇪👍🏽"
    result = layout_inline(content(family, overflow_wrap="anywhere"), 1, context(ENGINE))
    assert texts(result) == ["👩‍👩‍👧", "🇩🇪", "👍🏽"]


def test_thai_breaks_between_words() -> None:
    result = layout_inline(content("ภาษาไทยง่าย"), 1, context(ENGINE))
    assert texts(result) == ["ภาษา", "ไทย", "ง่าย"]


def test_arabic_keeps_its_shapes_where_a_word_is_broken() -> None:
    made = content("سسسس", overflow_wrap="anywhere", direction="rtl")
    whole = layout_inline(made, 1e6, context(ENGINE))
    glyphs = [glyph for item in fragments_of(whole) for run in item.runs for glyph in run.glyphs]
    broken = layout_inline(made, whole.width / 2 + 1, context(ENGINE))
    assert len(broken.lines) > 1
    parts = [glyph for item in fragments_of(broken)[::-1] for run in item.runs for glyph in run.glyphs]
    assert parts == glyphs
