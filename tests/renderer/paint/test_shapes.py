import math

import numpy as np
import pytest

from renderer.paint.display_list import Fill, Group, Path, Rect, Ring, RoundedRect, Stroke
from renderer.style.values import Color
from tests.renderer.paint.scene import BLACK, RED, box, pixels, rounded


def ink(*shapes: Rect | RoundedRect | Ring | Path, size: tuple[int, int] = (40, 30), scale: float = 1.0) -> np.ndarray:
    """Coverage of black shapes on white, 0–1."""
    return 1 - pixels(*[Fill(shape, BLACK) for shape in shapes], size=size, scale=scale)[..., 0] / 255


def test_rectangle_covers_its_pixels_only() -> None:
    covered = ink(Rect(3, 4, 10, 5))
    assert covered[4:9, 3:13].min() == 1
    assert covered.sum() == 50


def test_fractional_edges_cover_in_proportion() -> None:
    covered = ink(Rect(3.25, 4.5, 10, 5))
    assert covered[6, 3] == pytest.approx(0.75, abs=0.003)
    assert covered[6, 13] == pytest.approx(0.25, abs=0.003)
    assert covered[4, 3] == pytest.approx(0.375, abs=0.003)
    assert covered.sum() == pytest.approx(50, abs=0.1)


def test_thin_rectangle_inside_one_pixel() -> None:
    assert ink(Rect(3.25, 4.25, 0.5, 0.5))[4, 3] == pytest.approx(0.25, abs=0.003)


@pytest.mark.parametrize("radius", [0.5, 1, 3.3, 8, 12.5])
def test_area_of_rounded_rectangles(radius: float) -> None:
    expected = 25 * 25 - (4 - math.pi) * radius**2
    assert ink(rounded(5, 2, 25, 25, radius)).sum() == pytest.approx(expected, rel=0.001)
    assert ink(rounded(5.3, 2.6, 25, 25, radius)).sum() == pytest.approx(expected, rel=0.001)


def test_elliptical_corners_of_different_sizes() -> None:
    shape = RoundedRect(Rect(2, 2, 36, 26), (10, 5), (0, 0), (6, 12), (18, 13))
    lost = (1 - math.pi / 4) * (10 * 5 + 6 * 12 + 18 * 13)
    covered = ink(shape)
    assert covered.sum() == pytest.approx(36 * 26 - lost, rel=0.001)
    assert covered[2, 37] == 1  # the square corner
    assert covered[2, 2] < 0.1
    assert covered[27, 37] < 0.1


def test_corners_match_a_finer_picture_of_themselves() -> None:
    shape = RoundedRect(Rect(2.5, 3.25, 30, 20), (8, 8), (3, 5), (10, 10), (6.5, 2))
    fine = ink(shape, scale=16.0)
    averaged = fine.reshape(30, 16, 40, 16).mean(axis=(1, 3))
    assert np.abs(ink(shape) - averaged).max() < 0.01


def test_ring_is_outer_less_inner() -> None:
    ring = Ring(rounded(2, 2, 30, 24, 8), rounded(3, 3, 28, 22, 7))
    expected = ink(ring.outer) - ink(ring.inner)
    assert np.abs(ink(ring) - expected).max() <= 1.01 / 255


def test_square_ring() -> None:
    ring = Ring(rounded(2, 2, 30, 24, 0), rounded(4, 4, 26, 20, 0))
    assert ink(ring).sum() == 30 * 24 - 26 * 20


def test_turned_rectangle_keeps_its_area() -> None:
    c, s = math.cos(0.5), math.sin(0.5)
    turned = Group((Fill(Rect(-8, -6, 16, 12), BLACK),), transform=(c, s, -s, c, 20, 15))
    covered = 1 - pixels(turned)[..., 0] / 255
    assert covered.sum() == pytest.approx(16 * 12, rel=0.005)


def test_path_fill_rules() -> None:
    nested = "M2 2H22V22H2ZM7 7H17V17H7Z"
    assert ink(Path(nested, Rect(2, 2, 20, 20), even_odd=True)).sum() == pytest.approx(300, abs=0.1)
    assert ink(Path(nested, Rect(2, 2, 20, 20))).sum() == pytest.approx(400, abs=0.1)


def test_dashes_and_caps() -> None:
    line = Path("M5 10H35", Rect(5, 10, 30, 0))
    covered = 1 - pixels(Stroke(line, 4, BLACK, dash=(5, 5)))[..., 0] / 255
    assert covered.sum() == pytest.approx(60, abs=0.2)
    round_dots = 1 - pixels(Stroke(line, 4, BLACK, dash=(0, 10), cap="round"))[..., 0] / 255
    assert round_dots.sum() == pytest.approx(4 * math.pi * 4, rel=0.02)


def test_translucent_fill_blends() -> None:
    assert list(pixels(Fill(Rect(0, 0, 40, 30), Color(255, 0, 0, 0.5)))[5, 5]) == [255, 127, 127]


def test_device_pixel_ratio_draws_at_its_resolution() -> None:
    doubled = pixels(Fill(box(5, 5, 20, 20, 8), RED), scale=2.0)
    assert doubled.shape == (60, 80, 3)
    assert np.array_equal(doubled, pixels(Fill(box(10, 10, 40, 40, 16), RED), size=(80, 60)))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30, -1e30])
def test_impossible_numbers_paint_something_finite(bad: float) -> None:
    shapes = [
        Rect(bad, 0, 10, 10), Rect(0, 0, bad, 10), rounded(0, bad, 10, 10, 3), rounded(0, 0, 10, 10, bad),
        Ring(rounded(0, 0, bad, 10, 2), rounded(1, 1, 8, 8, 1)), Path("M0 0L10 10Z", Rect(0, 0, bad, 10)),
    ]  # fmt: skip
    pixels(*[Fill(shape, RED) for shape in shapes])
    pixels(Stroke(Path("M0 0L10 10", Rect(0, 0, 10, 10)), bad, RED, dash=(bad, 1)))
    pixels(Group((Fill(Rect(0, 0, 10, 10), RED),), transform=(bad, 0, 0, 1, 0, 0)))
    pixels(Group((Fill(rounded(0, 0, 10, 10, 3), RED),), transform=(1, 0, 0, 1, bad, 0), opacity=0.5))


def test_negative_and_empty_shapes_paint_nothing() -> None:
    blank = [Rect(5, 5, -3, 5), Rect(5, 5, 0, 5), rounded(5, 5, -2, 8, 3), Rect(100, 100, 5, 5)]
    assert ink(*blank).sum() == 0


def test_inner_curve_larger_than_its_box_is_cut_by_it() -> None:
    """A quarter of a circle of radius 20 whose box ends 4 px before the circle's centre."""
    none = (0.0, 0.0)
    cut = ink(RoundedRect(Rect(5, 5, 16, 16), (20.0, 20.0), none, none, none))
    whole = ink(RoundedRect(Rect(5, 5, 20, 20), (20.0, 20.0), none, none, none))
    assert np.array_equal(cut[:21, :21], whole[:21, :21])
    assert cut[21:].sum() == cut[:, 21:].sum() == 0
