import math

import numpy as np
import pytest

from renderer.paint.blur import box_window, kernel
from renderer.paint.display_list import BoxShadow, Fill, Group
from renderer.style.values import Color
from tests.renderer.paint.scene import BLACK, box, pixels, rounded

SIZE = (120, 100)
NOWHERE = rounded(500, 500, 10, 10, 0)  # a box that hides nothing of the shadow


def shade(shadow: BoxShadow, transform: tuple[float, ...] | None = None, scale: float = 1.0) -> np.ndarray:
    operation = Group((shadow,), transform=transform) if transform else shadow  # type: ignore[arg-type]
    return 255 - pixels(operation, size=SIZE, scale=scale)[..., 0]


@pytest.mark.parametrize("sigma", [0.3, 1.0, 1.9, 2.0, 5.5, 20.0, 128.0])
def test_kernels_keep_the_total_and_have_about_the_wanted_spread(sigma: float) -> None:
    weights = kernel(sigma)
    x = np.arange(len(weights)) - len(weights) // 2
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert np.array_equal(weights, weights[::-1])
    assert math.sqrt((weights * x * x).sum()) == pytest.approx(sigma, rel=0.12, abs=0.1)


def test_box_window_is_that_of_the_filter_specification() -> None:
    assert [box_window(sigma) for sigma in (2.0, 2.5, 10.0, 20.0)] == [4, 5, 19, 38]


# Chromium's greys below a black box-shadow of 250 × 150 px at y 60 (radius 10, 0 1px 3px).
def test_small_blur_as_in_chromium() -> None:
    shadow = BoxShadow(rounded(10, 11, 100, 60, 10), rounded(10, 10, 100, 60, 10), 3.0, BLACK, inset=False)
    assert list(255 - shade(shadow)[70:75, 60]) == [90, 165, 220, 246, 255]


def test_plain_rectangle_as_in_chromium() -> None:
    shadow = BoxShadow(rounded(-200, -200, 272, 600, 0), rounded(-200, -200, 272, 600, 0), 30.0, BLACK, inset=False)
    # What Chromium showed right of the edge for box-shadow: 0 0 30px #000.
    assert list(255 - shade(shadow)[50, 72:78]) == [130, 137, 143, 149, 155, 162]


@pytest.mark.parametrize("blur", [4.0, 7.0, 16.0])
@pytest.mark.parametrize("radius", [0.0, 6.0, 20.0])
def test_stretching_a_small_stand_in_is_the_same_as_blurring_the_whole(blur: float, radius: float) -> None:
    """A quarter turn takes the path that draws and blurs everything."""
    flat = BoxShadow(rounded(30, 20, 61, 41, radius), NOWHERE, blur, BLACK, inset=False)
    turned = BoxShadow(rounded(20, -91, 41, 61, radius), NOWHERE, blur, BLACK, inset=False)
    difference = np.abs(shade(flat) - shade(turned, (0, 1, -1, 0, 0, 0)))
    # Plain rectangles have Skia's own formula, and librsvg's edges differ a little from exact ones.
    assert difference.max() <= (8 if radius == 0 else 3)


def test_wide_blur_computed_small_is_smooth() -> None:
    # 48 px is where halving begins; both sides of it must agree.
    below = shade(BoxShadow(rounded(30, 20, 61, 41, 10), NOWHERE, 95.9, BLACK, inset=False))
    above = shade(BoxShadow(rounded(30, 20, 61, 41, 10), NOWHERE, 96.1, BLACK, inset=False))
    assert np.abs(below - above).max() <= 1
    assert np.abs(np.diff(above, n=2, axis=0)).max() <= 2


def test_shadow_is_not_painted_under_its_box() -> None:
    shadow = BoxShadow(rounded(30, 25, 60, 40, 8), rounded(30, 20, 60, 40, 8), 10.0, BLACK, inset=False)
    painted = shade(shadow)
    assert painted[25:55, 35:85].max() == 0
    assert painted[62, 60] > 100


def test_sharp_shadow() -> None:
    shadow = BoxShadow(rounded(35, 25, 60, 40, 0), rounded(30, 20, 60, 40, 0), 0.0, BLACK, inset=False)
    assert shade(shadow).sum() == 255 * (60 * 40 - 55 * 35)


def test_inset_shadow_stays_inside() -> None:
    shadow = BoxShadow(rounded(35, 25, 60, 40, 8), rounded(30, 20, 60, 40, 8), 6.0, BLACK, inset=True)
    painted = shade(shadow)
    assert painted[21, 60] > 200
    assert painted[40, 31] > 200
    assert painted[45, 75] == 0
    assert painted[:20].max() == 0
    assert painted[60:].max() == 0


def test_inset_shadow_without_blur_is_a_frame() -> None:
    shadow = BoxShadow(rounded(33, 24, 60, 40, 0), rounded(30, 20, 60, 40, 0), 0.0, BLACK, inset=True)
    assert shade(shadow).sum() == 255 * (60 * 40 - 57 * 36)


def test_colour_and_alpha() -> None:
    shadow = BoxShadow(rounded(10, 10, 100, 80, 5), NOWHERE, 4.0, Color(255, 0, 0, 0.5), inset=False)
    assert list(pixels(shadow, size=SIZE)[50, 60]) == [255, 127, 127]


def test_blur_scales_with_the_device_pixel_ratio() -> None:
    shadow = BoxShadow(rounded(30, 20, 61, 41, 6), rounded(30, 20, 61, 41, 6), 8.0, BLACK, inset=False)
    fine = shade(shadow, scale=2.0)
    averaged = fine.reshape(100, 2, 120, 2).mean(axis=(1, 3))
    assert np.abs(averaged - shade(shadow)).mean() < 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -5.0, 1e12])
def test_impossible_shadows(bad: float) -> None:
    for inset in (True, False):
        pixels(BoxShadow(rounded(bad, 0, 10, 10, 2), rounded(0, 0, 10, 10, 2), 4.0, BLACK, inset))
        pixels(BoxShadow(rounded(0, 0, bad, 10, 2), rounded(0, 0, 10, 10, 2), 4.0, BLACK, inset))
        pixels(BoxShadow(rounded(0, 0, 10, 10, 2), rounded(0, 0, 10, 10, bad), bad, BLACK, inset))


def test_clip_applies_to_shadows() -> None:
    shadow = BoxShadow(rounded(30, 20, 60, 40, 8), NOWHERE, 10.0, BLACK, inset=False)
    clipped = Group((shadow,), clip=box(0, 0, 60, 100))
    painted = pixels(clipped, Fill(box(0, 0, 1, 1), BLACK), size=SIZE)
    assert (painted[:, 60:] == 255).all()
    assert painted[40, 59, 0] < 20
