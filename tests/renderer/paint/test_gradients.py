import math

import numpy as np
import pytest

from renderer.paint.color_interpolation import gradient_colors
from renderer.paint.display_list import ConicPaint, Fill, Group, LinearPaint, RadialPaint, Rect, Stop
from renderer.style.values import Color
from tests.renderer.paint.scene import BLUE, RED, layer, pixels

PAGE = Rect(0, 0, 40, 30)
CLEAR = Color(0, 0, 255, 0.0)


def stops(*pairs: tuple[float, Color | None]) -> tuple[Stop, ...]:
    return tuple(Stop(*pair) for pair in pairs)


def colors_at(*positions: float, line: tuple[Stop, ...], space: str = "srgb", hue: str = "shorter") -> list[list[int]]:
    table = gradient_colors(line, np.array(positions), repeating=False, space=space, hue=hue)
    return [list(map(int, row)) for row in table]


def test_linear_gradient_has_the_colour_of_each_pixels_centre() -> None:
    row = pixels(Fill(PAGE, LinearPaint(0, 0, 40, 0, stops((0, RED), (1, BLUE)))))[7]
    centers = (np.arange(40) + 0.5) / 40
    assert np.abs(row[:, 2] - 255 * centers).max() <= 1
    assert np.abs(row[:, 0] - 255 * (1 - centers)).max() <= 1


def test_hard_stop_is_crisp() -> None:
    row = pixels(Fill(PAGE, LinearPaint(0, 0, 40, 0, stops((0, RED), (0.5, RED), (0.5, BLUE), (1, BLUE)))))[7]
    assert list(row[19]) == [255, 0, 0]
    assert list(row[20]) == [0, 0, 255]


def test_interpolation_is_premultiplied() -> None:
    # Red to transparent blue: the colour stays red while it fades.
    row = layer(Fill(PAGE, LinearPaint(0, 0, 40, 0, stops((0, RED), (1, CLEAR)))))[7]
    assert row[20, 0] == 255
    assert row[20, 2] == 0
    assert abs(row[20, 3] - 124) <= 1


def test_stops_out_of_order_take_the_largest_offset_before_them() -> None:
    assert colors_at(0.55, 0.65, line=stops((0, RED), (0.6, RED), (0.3, BLUE), (1, BLUE)))[0] == [255, 0, 0, 255]
    assert colors_at(0.65, line=stops((0, RED), (0.6, RED), (0.3, BLUE), (1, BLUE)))[0] == [0, 0, 255, 255]


def test_hint_moves_the_middle() -> None:
    middle = colors_at(0.25, line=stops((0, RED), (0.25, None), (1, BLUE)))[0]
    assert abs(middle[0] - 128) <= 4
    assert abs(middle[2] - 128) <= 4


@pytest.mark.parametrize(
    ("hint", "expected"), [(0.0, [0, 0, 255, 255]), (1.0, [255, 0, 0, 255]), (0.5, [128, 0, 128, 255])]
)
def test_hint_at_the_ends_is_a_jump_and_in_the_middle_changes_nothing(hint: float, expected: list[int]) -> None:
    assert colors_at(0.5, line=stops((0, RED), (hint, None), (1, BLUE)))[0] == expected


def test_repeating_gradient_repeats() -> None:
    paint = LinearPaint(0, 0, 40, 0, stops((0, RED), (0.25, BLUE)), repeating=True)
    row = pixels(Fill(PAGE, paint))[3]
    assert np.array_equal(row[:10], row[10:20])
    assert np.array_equal(row[:10], row[30:40])


def test_repeating_gradient_without_length_is_its_last_colour() -> None:
    paint = LinearPaint(0, 0, 40, 0, stops((0.5, RED), (0.5, BLUE)), repeating=True)
    assert (pixels(Fill(PAGE, paint)) == [0, 0, 255]).all()


# Chromium's colours in the middle of linear-gradient(in SPACE, #f00, #00f).
@pytest.mark.parametrize(
    ("space", "hue", "expected"),
    [
        ("srgb", "shorter", (128, 0, 128)),
        ("srgb-linear", "shorter", (188, 0, 188)),
        ("xyz", "shorter", (188, 0, 188)),
        ("oklab", "shorter", (140, 83, 162)),
        ("oklch", "shorter", (186, 0, 194)),
        ("lab", "shorter", (193, 0, 136)),
        ("lch", "shorter", (245, 0, 134)),
        ("hsl", "shorter", (255, 0, 255)),
        ("hsl", "longer", (0, 255, 0)),
        ("hsl", "increasing", (0, 255, 0)),
        ("hsl", "decreasing", (255, 0, 255)),
        ("hwb", "shorter", (255, 0, 255)),
        ("no-such-space", "shorter", (128, 0, 128)),
    ],
)
def test_interpolation_spaces(space: str, hue: str, expected: tuple[int, int, int]) -> None:
    color = colors_at(0.5, line=stops((0, RED), (1, BLUE)), space=space, hue=hue)[0]
    assert color == pytest.approx([*expected, 255], abs=2)


def test_grey_has_no_hue_of_its_own() -> None:
    middle = colors_at(0.5, line=stops((0, Color(128, 128, 128)), (1, BLUE)), space="hsl")[0]
    assert middle[0] == middle[1] < middle[2]


def test_every_space_returns_its_ends() -> None:
    for space in ("srgb-linear", "xyz-d50", "oklab", "oklch", "lab", "lch", "hsl", "hwb"):
        line = stops((0, Color(30, 58, 138)), (0.5, Color(200, 10, 90, 0.5)), (1, Color(5, 250, 100)))
        first, middle, last = colors_at(0.0, 0.5, 1.0, line=line, space=space)
        assert first == pytest.approx([30, 58, 138, 255], abs=1)
        assert middle == pytest.approx([100, 5, 45, 128], abs=1)
        assert last == pytest.approx([5, 250, 100, 255], abs=1)


def test_radial_gradient_is_round() -> None:
    paint = RadialPaint(20, 15, 10, 5, stops((0, RED), (0.5, RED), (0.5, BLUE), (1, BLUE)))
    painted = pixels(Fill(PAGE, paint))[..., 0] == 255
    assert painted.sum() == pytest.approx(math.pi * 5 * 2.5, rel=0.1)
    assert painted[15, 20]
    assert not painted[15, 26]


def test_radial_gradient_without_radius_shows_its_last_colour() -> None:
    assert (pixels(Fill(PAGE, RadialPaint(20, 15, 1e-6, 1e-6, stops((0, RED), (1, BLUE)))))[3, 3] == [0, 0, 255]).all()


def test_conic_gradient_turns_clockwise_from_its_start() -> None:
    line = stops((0, RED), (0.25, RED), (0.25, BLUE), (1, BLUE))
    up = pixels(Fill(PAGE, ConicPaint(20, 15, 0, line)))
    assert list(up[5, 30]) == [255, 0, 0]  # top right quarter
    assert list(up[25, 30]) == [0, 0, 255]
    assert list(up[5, 10]) == [0, 0, 255]
    turned = pixels(Fill(PAGE, ConicPaint(20, 15, 90, line)))
    assert list(turned[25, 30]) == [255, 0, 0]
    assert list(turned[5, 30]) == [0, 0, 255]


def test_gradient_turns_with_its_group() -> None:
    paint = LinearPaint(-15, 0, 15, 0, stops((0, RED), (1, BLUE)))
    turned = pixels(Group((Fill(Rect(-15, -15, 30, 30), paint),), transform=(0, 1, -1, 0, 15, 15)), size=(30, 30))
    assert turned[1, 10, 0] > 240
    assert turned[28, 10, 2] > 240
    assert np.array_equal(turned[:, 3], turned[:, 25])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_impossible_geometry_paints_no_garbage(bad: float) -> None:
    line = stops((0, RED), (1, BLUE))
    for paint in (LinearPaint(0, 0, bad, 0, line), RadialPaint(bad, 0, 5, 5, line), ConicPaint(0, bad, 0, line)):
        pixels(Fill(PAGE, paint))
    pixels(Fill(PAGE, LinearPaint(0, 0, 40, 0, stops((0, RED), (bad, BLUE)))))


def test_no_colours_at_all() -> None:
    assert (layer(Fill(PAGE, LinearPaint(0, 0, 40, 0, ())))[..., 3] == 0).all()
