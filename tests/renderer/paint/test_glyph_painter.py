import math

import numpy as np
import pytest

from renderer.paint.display_list import Fill, Glyphs, Group, LinearPaint, Rect, Stop
from renderer.style.values import BLACK, WHITE, Color
from renderer.text.font import SizedFont, sized
from renderer.text.library import default_library
from tests.renderer.paint.scene import BLUE, RED, layer, pixels

SIZE = (120, 50)
PAGE = Rect(0, 0, 120, 50)


@pytest.fixture(scope="module")
def font() -> SizedFont:
    return sized(default_library().generic("sans-serif")[0].open(), 32.0)


def run(
    font: SizedFont, text: str = "Ho", color: object = BLACK, x: float = 10.0, y: float = 38.0, **more: float
) -> Glyphs:
    placed = []
    for character in text:
        glyph = font.hb_font.get_nominal_glyph(ord(character)) or 0
        placed.append((glyph, x, y))
        x += font.hb_font.get_glyph_h_advance(glyph) / 16_384
    return Glyphs(font, tuple(placed), color, **more)  # type: ignore[arg-type]


def ink(*operations: object, scale: float = 1.0) -> np.ndarray:
    return 255 - pixels(*operations, size=SIZE, scale=scale)[..., 0]  # type: ignore[arg-type]


def test_glyphs_stand_on_their_baseline(font: SizedFont) -> None:
    painted = ink(run(font, "H"))
    rows = np.flatnonzero(painted.max(axis=1))
    assert rows[-1] == 37
    assert rows[-1] - rows[0] + 1 == pytest.approx(font.metrics.cap_height, abs=1)


def test_colour_and_alpha(font: SizedFont) -> None:
    stem = pixels(run(font, "H", Color(255, 0, 0, 0.5)), size=SIZE)[25]
    assert [255, 127, 127] in stem.tolist()


def test_light_text_is_heavier_than_dark_text(font: SizedFont) -> None:
    dark = ink(run(font, "Ho")).sum()
    light = pixels(run(font, "Ho", WHITE), size=SIZE, background=BLACK)[..., 0].sum()
    assert light > dark


def test_clips_cut_glyphs(font: SizedFont) -> None:
    clipped = ink(Group((run(font, "HHH"),), clip=Rect(0, 0, 30, 50)))
    assert clipped[:, 30:].max() == 0
    assert np.array_equal(clipped[:, :30], ink(run(font, "HHH"))[:, :30])


def test_shadow_is_blurred_and_keeps_its_weight(font: SizedFont) -> None:
    sharp, soft = ink(run(font, "H")), ink(run(font, "H", blur=8.0))
    assert soft.max() < sharp.max()
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.15)


def test_stroke_runs_along_the_outline(font: SizedFont) -> None:
    filled, stroked = ink(run(font, "o")), ink(run(font, "o", stroke_width=1.0))
    assert 0 < stroked.sum() < filled.sum()
    both = ink(run(font, "o"), run(font, "o", stroke_width=4.0))
    assert both.sum() > filled.sum()


def test_gradient_text(font: SizedFont) -> None:
    paint = LinearPaint(0, 0, 120, 0, (Stop(0, RED), Stop(1, BLUE)))
    painted = layer(run(font, "HHHH", paint), size=SIZE)
    inked = painted[..., 3] == 255
    assert inked.any()
    columns = np.flatnonzero(inked.any(axis=0))
    left = painted[:, columns[0]][inked[:, columns[0]]][0]
    right = painted[:, columns[-1]][inked[:, columns[-1]]][0]
    assert left[0] > right[0]
    assert left[2] < right[2]


def test_background_clipped_to_text(font: SizedFont) -> None:
    painted = layer(Group((Fill(PAGE, RED),), mask=(run(font, "H"),)), size=SIZE)
    assert painted[25, 12:40, 3].max() == 255
    assert painted[2, 2, 3] == 0
    assert (painted[painted[..., 3] > 0][:, 0] == 255).all()


def test_scaled_text_is_drawn_at_its_size(font: SizedFont) -> None:
    twice = ink(Group((run(font, "o", x=5, y=20),), transform=(2, 0, 0, 2, 0, 0)))
    large = ink(run(sized(font.face, 64.0), "o", x=10, y=40))
    assert np.abs(twice - large).max() <= 24


def test_turned_text(font: SizedFont) -> None:
    upright = ink(run(font, "H", x=10, y=38))
    turned = ink(Group((run(font, "H", x=0, y=0),), transform=(0, 1, -1, 0, 60, 10)))
    assert turned.sum() == pytest.approx(upright.sum(), rel=0.03)
    assert np.flatnonzero(turned.max(axis=0))[0] == 60


def test_impossible_positions_paint_nothing(font: SizedFont) -> None:
    for bad in (math.nan, math.inf):
        assert ink(run(font, "H", x=bad)).sum() == 0
        assert ink(run(font, "H", x=bad, stroke_width=2.0)).sum() == 0
        ink(run(font, "H", blur=bad))
    assert ink(run(font, "")).sum() == 0
