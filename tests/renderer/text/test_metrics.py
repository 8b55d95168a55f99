"""Measures of Chromium 156 (headless, same font files): width, content height, ascent, normal line height."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from renderer.style.computed import ComputedStyle
from renderer.text.engine import HarfBuzzEngine

ROWS = json.loads((Path(__file__).with_name("data") / "metrics.json").read_text())["rows"]
FAMILIES = sorted({row[0] for row in ROWS})


def width(engine: HarfBuzzEngine, text: str, style: ComputedStyle) -> float:
    levels = engine.bidi_levels(text, "ltr") or bytes(len(text))
    bounds = [i for i in range(len(text) + 1) if i in (0, len(text)) or levels[i] != levels[i - 1]]
    pairs = pairwise(bounds)
    return sum(run.width for start, end in pairs for run in engine.shape(text, start, end, style, levels[start]))


@pytest.mark.parametrize("family", FAMILIES)
def test_text_measures_as_in_chromium(family: str) -> None:
    engine = HarfBuzzEngine()
    for name, size, weight, slope, letter, word, text, wide, height, ascent, line in ROWS:
        if name != family:
            continue
        style = ComputedStyle(
            font_family=(family,),
            font_size=size,
            font_weight=weight,
            font_style=slope,
            letter_spacing=letter,
            word_spacing=word,
        )
        metrics = engine.primary_font(style).metrics
        assert width(engine, text, style) == pytest.approx(wide, abs=0.05), (size, weight, slope)
        assert metrics.ascent == ascent
        assert metrics.ascent + metrics.descent == height
        assert metrics.ascent + metrics.descent + metrics.line_gap == line


def test_weights_between_the_named_ones_differ() -> None:
    engine = HarfBuzzEngine()
    widths = [width(engine, "Hello", ComputedStyle(font_size=64.0, font_weight=weight)) for weight in (600, 650, 700)]
    assert widths == [147.375, 148.9375, 150.5]


def test_optical_size_follows_the_font_size_unless_switched_off() -> None:
    engine = HarfBuzzEngine()
    axes = dict(engine.primary_font(ComputedStyle(font_size=20.0)).axes)
    assert axes == {"opsz": 20.0, "wght": 400.0}
    assert "opsz" not in dict(engine.primary_font(ComputedStyle(font_size=20.0, font_optical_sizing="none")).axes)


def test_variation_settings_win_and_are_clamped_to_the_axis() -> None:
    settings = (("wght", 5_000.0), ("XXXX", 1.0))
    font = HarfBuzzEngine().primary_font(ComputedStyle(font_variation_settings=settings))
    assert dict(font.axes)["wght"] == 900.0
    assert "XXXX" not in dict(font.axes)


@pytest.mark.parametrize("size", [0.0, 0.01, 40_000.0])
def test_extreme_sizes(size: float) -> None:
    engine = HarfBuzzEngine()
    style = ComputedStyle(font_size=size)
    (run,) = engine.shape("A", 0, 1, style, 0)
    assert run.width == pytest.approx(0.65 * size, rel=0.1, abs=0.01)
    assert engine.primary_font(style).metrics.ascent >= 0
