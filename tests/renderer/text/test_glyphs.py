from __future__ import annotations

import pytest

from renderer.style.computed import ComputedStyle
from renderer.style.values import FontFaceRule
from renderer.text.engine import HarfBuzzEngine
from renderer.text.font import SizedFont
from renderer.text.library import default_library
from renderer.text.types import Bitmap
from tests.renderer.text.fonts import asset, square_font

SAME = (1.0, 0.0, 0.0, 1.0)


def square(size: float, *, colors: bool = False) -> SizedFont:
    data = asset(square_font("a ", colors=colors))
    engine = HarfBuzzEngine.for_faces([FontFaceRule("Square", ("f",))], lambda url: data)
    return engine.primary_font(ComputedStyle(font_family=("Square",), font_size=size))


def box(bitmap: Bitmap | None) -> tuple[int, int, int, int]:
    assert bitmap is not None
    return bitmap[:4]


def test_a_square_covers_its_pixels() -> None:
    bitmap = square(20.0).rasterize(1, SAME, 0.0, 0.0)  # from 1 to 11 px, 10 px high
    assert bitmap is not None
    assert box(bitmap) == (1, -10, 10, 10)
    assert bitmap.data == b"\xff" * 100
    assert not bitmap.color


def test_the_pen_snaps_to_quarters_along_the_line_and_pixels_across() -> None:
    font = square(20.0)
    half = font.rasterize(1, SAME, 0.5, 0.49)
    assert half is not None
    assert box(half) == (1, -10, 11, 10)
    assert half.data[:11] == b"\x80" + b"\xff" * 9 + b"\x80"
    assert font.rasterize(1, SAME, 0.6, 0.0) is half
    assert box(font.rasterize(1, SAME, 0.9, 0.5)) == (2, -9, 10, 10)


def test_the_matrix_scales_and_turns() -> None:
    font = square(20.0)
    assert box(font.rasterize(1, (2.0, 0.0, 0.0, 3.0), 0.0, 0.0)) == (2, -30, 20, 30)
    assert box(font.rasterize(1, (0.0, 1.0, -1.0, 0.0), 0.0, 0.0)) == (0, 1, 10, 10)  # clockwise by a quarter


def test_blank_and_impossible_glyphs_have_no_picture() -> None:
    font = square(20.0)
    plain = HarfBuzzEngine().primary_font(ComputedStyle())
    assert plain.rasterize(plain.hb_font.get_nominal_glyph(0x20), SAME, 0.0, 0.0) is None
    assert font.rasterize(1, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0) is None
    assert font.rasterize(1, (float("nan"), 0.0, 0.0, 1.0), 0.0, 0.0) is None
    assert font.rasterize(60_000, SAME, 0.0, 0.0) is None


def test_colour_layers_are_premultiplied_rgba() -> None:
    bitmap = square(20.0, colors=True).rasterize(1, SAME, 0.5, 0.0)
    assert bitmap is not None
    assert bitmap.color
    row = bitmap.data[: bitmap.width * 4]
    pixels = [tuple(row[i : i + 4]) for i in range(0, len(row), 4)]
    assert pixels[1 - bitmap.left + 5] == (255, 0, 0, 255)
    assert all(red == alpha and green == blue == 0 for red, green, blue, alpha in pixels)


@pytest.mark.skipif(not default_library().family("Noto Color Emoji"), reason="no emoji font installed")
@pytest.mark.parametrize("matrix", [SAME, (2.0, 0.0, 0.0, 2.0), (0.7, 0.7, -0.7, 0.7)])
def test_bitmap_emoji_are_scaled_to_size(matrix: tuple[float, float, float, float]) -> None:
    engine = HarfBuzzEngine()
    (run,) = engine.shape("\U0001f600", 0, 1, ComputedStyle(font_size=40.0), 0)
    bitmap = run.font.rasterize(run.glyphs[0], matrix, 0.0, 0.0)
    assert bitmap is not None
    assert bitmap.color
    assert len(bitmap.data) == 4 * bitmap.width * bitmap.height
    alpha = bitmap.data[3::4]
    assert max(alpha) == 255
    assert alpha[0] == 0
    assert all(channel <= a for i, a in enumerate(alpha) for channel in bitmap.data[4 * i : 4 * i + 3])
    assert run.width == pytest.approx(40.0 * 136 / 109, abs=0.01)


def test_outlines_are_svg_paths_growing_downwards() -> None:
    assert square(20.0).outline(1) == "M1 0L1 -10L11 -10L11 0L1 0Z"
    plain = HarfBuzzEngine().primary_font(ComputedStyle())
    assert plain.outline(plain.hb_font.get_nominal_glyph(0x20)) == ""


def test_ink_between_two_heights() -> None:
    font = HarfBuzzEngine().primary_font(ComputedStyle(font_size=32.0))
    glyph = font.hb_font.get_nominal_glyph
    left, right = font.ink_span(glyph(ord("g")), 2.0, 4.0) or (0.0, 0.0)
    assert 1.0 < left < 3.0 < 14.0 < right < 18.0
    assert font.ink_span(glyph(ord("o")), 2.0, 4.0) is None
    assert font.ink_span(glyph(ord(" ")), 2.0, 4.0) is None
