from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.style.computed import ComputedStyle
from renderer.text.engine import HarfBuzzEngine
from renderer.text.font import SizedFont
from renderer.text.library import default_library
from renderer.text.types import GlyphRun, TextEngine

ENGINE = HarfBuzzEngine()
PLAIN = ComputedStyle(font_size=20.0)
PEOPLE = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
needs_emoji = pytest.mark.skipif(not default_library().family("Noto Color Emoji"), reason="no emoji font installed")


def shape(text: str, style: ComputedStyle = PLAIN, level: int = 0) -> tuple[GlyphRun, ...]:
    return ENGINE.shape(text, 0, len(text), style, level)


def family(run: GlyphRun) -> str:
    assert isinstance(run.font, SizedFont)
    return str(run.font.face.hb_face.get_name(1))


def width(text: str, style: ComputedStyle = PLAIN, level: int = 0) -> float:
    return sum(run.width for run in shape(text, style, level))


def test_the_engine_keeps_the_promise() -> None:
    engine: TextEngine = ENGINE
    assert engine.shape("", 0, 0, PLAIN, 0) == ()


def test_a_plain_run() -> None:
    (run,) = shape("To AV")
    assert (run.start, run.end, run.level, run.missing) == (0, 5, 0, ())
    assert run.clusters == (0, 1, 2, 3, 4)
    assert run.width == pytest.approx(sum(run.advances))
    assert shape("To AV")[0] is run


def test_kerning_and_ligatures_can_be_switched_off() -> None:
    assert width("AVAT") < width("AVAT", ComputedStyle(font_size=20.0, font_kerning="none"))
    serif = ComputedStyle(font_size=20.0, font_family=("serif",))
    plain = ComputedStyle(font_size=20.0, font_family=("serif",), font_variant_ligatures="none")
    spaced = ComputedStyle(font_size=20.0, font_family=("serif",), letter_spacing=1.0)
    counts = [len(shape("fi ffi", style)[0].glyphs) for style in (serif, plain, spaced)]
    assert counts[0] < counts[1] == counts[2] == 6


def test_features_change_glyphs() -> None:
    (plain,) = shape("0123")
    (tabular,) = shape("0123", ComputedStyle(font_size=20.0, font_variant_numeric=("tabular-nums",)))
    (asked,) = shape("0123", ComputedStyle(font_size=20.0, font_feature_settings=(("tnum", 1),)))
    assert len(set(tabular.advances)) == 1 < len(set(plain.advances))
    assert asked.glyphs == tabular.glyphs


def test_small_caps() -> None:
    (run,) = shape("ab", ComputedStyle(font_size=20.0, font_family=("serif",), font_variant_caps="small-caps"))
    (plain,) = shape("ab", ComputedStyle(font_size=20.0, font_family=("serif",)))
    assert run.glyphs != plain.glyphs


def test_capitals_stand_in_for_small_caps_that_a_font_lacks() -> None:
    def mono(size: float, caps: str = "normal") -> ComputedStyle:
        return ComputedStyle(font_size=size, font_family=("JetBrains Mono",), font_variant_caps=caps)

    runs = shape("Aße\u0301 1", mono(20.0, "small-caps"))
    assert [(run.start, run.end, run.font.size) for run in runs] == [(0, 1, 20.0), (1, 4, 14.0), (4, 6, 20.0)]
    assert runs[1].clusters[:3] == (1, 1, 2)
    assert runs[1].glyphs == shape("SSE\u0301", mono(14.0))[0].glyphs
    (small,) = shape("Aa1", mono(20.0, "all-small-caps"))
    assert small.width == pytest.approx(width("AA1", mono(14.0)))


def test_spacing_follows_clusters_and_words() -> None:
    style = ComputedStyle(font_size=20.0, letter_spacing=10.0, word_spacing=5.0)
    bare = ComputedStyle(font_size=20.0, font_feature_settings=(("liga", 0),))
    assert width("a\u0301b c", style) - width("a\u0301b c", bare) == pytest.approx(45.0)
    assert width("a\u200bb", style) - width("a\u200bb", bare) == pytest.approx(20.0)


@pytest.mark.parametrize(("text", "spaces"), [("مرحبا", 0), ("مرحبا بالعالم", 1), ("١٢٣", 0)])
def test_joined_scripts_are_not_torn_apart(text: str, spaces: int) -> None:
    spaced = ComputedStyle(font_size=20.0, letter_spacing=10.0)
    assert width(text, spaced, 1) - width(text, PLAIN, 1) == pytest.approx(10.0 * spaces)


def test_arabic_joins_across_the_edge_of_a_segment() -> None:
    text = "بب"
    alone = ENGINE.shape("ب", 0, 1, PLAIN, 1)[0]
    joined = ENGINE.shape(text, 0, 1, PLAIN, 1)[0]
    assert joined.glyphs != alone.glyphs
    assert set(joined.clusters) == {0}


def test_right_to_left_runs_come_in_visual_order() -> None:
    runs = shape("שלום मराठी", level=1)
    assert [run.start for run in runs] == sorted((run.start for run in runs), reverse=True)
    assert list(runs[-1].clusters) == sorted(runs[-1].clusters, reverse=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("مرحبا", "Noto Sans Arabic"),
        ("שלום", "Heebo"),
        ("नमस्ते", "Noto Sans Devanagari"),
        ("สวัสดี", "Noto Sans Thai"),
        ("বাংলা", "Hind Siliguri"),
        ("தமிழ்", "Noto Sans Tamil"),
        ("తెలుగు", "Noto Sans Telugu"),
        ("ខ្មែរ", "Noto Sans Khmer"),
    ],
)
def test_scripts_have_fonts(text: str, expected: str) -> None:
    (run,) = shape(text)
    assert (family(run), run.missing) == (expected, ())
    assert 0 not in run.glyphs


def test_what_no_font_has_is_listed() -> None:
    text = "a\U000f1234b"
    missing = [index for run in shape(text) for index in run.missing]
    assert missing == [1]


def test_decomposed_letters_stay_in_one_font() -> None:
    assert [family(run) for run in shape("e\u0301 \u2011\u00a0\u2009x")] == ["Inter"]


def test_marks_stay_with_the_font_of_their_base() -> None:
    runs = shape("क\u0301a")
    assert [(run.start, run.end) for run in runs] == [(0, 2), (2, 3)]


@needs_emoji
@pytest.mark.parametrize(
    "cluster", [PEOPLE, "\U0001f1e9\U0001f1ea", "1\ufe0f\u20e3", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\u231a"]
)
def test_emoji_clusters_are_one_colour_glyph(cluster: str) -> None:
    runs = shape(f"a{cluster}b")
    assert [family(run) for run in runs] == ["Inter", "Noto Color Emoji", "Inter"]
    assert len(runs[1].glyphs) == 1
    assert runs[1].clusters == (1,)


@needs_emoji
def test_text_presentation_prefers_fonts_without_colours() -> None:
    (run,) = shape("\u2714\ufe0e")
    assert family(run) != "Noto Color Emoji"
    assert family(shape("12")[0]) == "Inter"


@needs_emoji
def test_a_family_of_the_style_wins_whatever_its_presentation() -> None:
    style = ComputedStyle(font_size=20.0, font_family=("Inter", "Noto Color Emoji"))
    assert [family(run) for run in shape("a\u260e \u00a91", style)][-2:] == ["Noto Color Emoji", "Inter"]
    assert family(shape("\u260e\ufe0e", style)[0]) != "Noto Color Emoji"


def test_spaces_and_signs_come_from_the_first_family() -> None:
    style = ComputedStyle(font_size=20.0, font_family=("Inter", "Heebo"))
    runs = shape("שלום, עולם", style, 1)
    assert [family(run) for run in runs] == ["Heebo", "Inter", "Heebo"]
    assert (runs[1].start, runs[1].end) == (4, 6)


@pytest.mark.parametrize("text", ["a\0b", "a\u0007b", "a\u200bb", "a\u00adb", "a\u2060b"])
def test_controls_are_invisible(text: str) -> None:
    (run,) = shape(text)
    assert run.width == pytest.approx(width("a") + width("b"), abs=0.6)
    assert run.missing == ()


def test_lone_surrogates_show_the_replacement_character() -> None:
    assert [run.end for run in shape("a\ud800")][-1] == 2
    assert width("a\ud800") > width("a") + 5


def test_only_combining_marks() -> None:
    runs = shape("\u0301\u0302\u0303")
    assert [(run.start, run.end, run.missing) for run in runs] == [(0, 3, ())]


@pytest.mark.parametrize("text", ["word " * 40_000, "ab" * 100_000, "\u0301" * 200_000, "aא" * 20_000])
def test_long_texts_are_shaped_whole(text: str) -> None:
    runs = shape(text)
    bounds = [(run.start, run.end) for run in runs]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == len(text)
    assert all(left[1] == right[0] for left, right in pairwise(bounds))


PIECES = st.sampled_from(
    [
        "a",
        " ",
        "é",
        "e\u0301",
        "א",
        "ب",
        "日",
        "ー",
        "ไ",
        "ก็",
        PEOPLE,
        "\U0001f1e9",
        "1\ufe0f\u20e3",
        "\u200d",
        "\ufe0f",
        *("\0", "\ud800", "\U000f0000", "\u0301", "(", "\u202e", "\u0661", "\u3001"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.integers(0, 3), st.sampled_from([0.0, -2.0]))
def test_any_text_gives_runs_that_cover_it(text: str, level: int, spacing: float) -> None:
    runs = shape(text, ComputedStyle(font_size=20.0, letter_spacing=spacing), level)
    logical = runs[::-1] if level & 1 else runs
    assert "".join(text[run.start : run.end] for run in logical) == text
    for run in runs:
        assert len(run.glyphs) == len(run.clusters) == len(run.advances) == len(run.x_offsets) == len(run.y_offsets)
        assert all(run.start <= cluster < run.end for cluster in run.clusters)
        assert all(run.start <= index < run.end for index in run.missing)


@given(st.text(max_size=20), st.text(max_size=5))
def test_shaping_a_part_does_not_depend_on_its_place(text: str, prefix: str) -> None:
    alone = ENGINE.shape(" " + text, 1, len(text) + 1, PLAIN, 0)
    moved = ENGINE.shape(f"{prefix} {text}", len(prefix) + 1, len(prefix) + 1 + len(text), PLAIN, 0)
    if not text or text[0] < "\u0300":
        assert [run.glyphs for run in alone] == [run.glyphs for run in moved]
        assert [tuple(c + len(prefix) for c in run.clusters) for run in alone] == [run.clusters for run in moved]
