import numpy as np
import pytest

from renderer.paint.display_list import Fill, Group, Rect
from renderer.style.values import Color, FilterFunction, Shadow
from tests.renderer.paint.scene import BLACK, RED, box, layer, pixels

ORANGE = Color(238, 102, 51)


def filtered(color: Color, *functions: FilterFunction) -> list[int]:
    group = Group((Fill(Rect(5, 5, 20, 20), color),), filters=functions)
    return list(map(int, layer(group)[15, 15]))


# The matrices of Filter Effects 1 section 12 worked out for #e63.
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (FilterFunction("brightness", (1.5,)), (255, 153, 77)),
        (FilterFunction("contrast", (0.5,)), (183, 115, 89)),
        (FilterFunction("grayscale", (1.0,)), (127, 127, 127)),
        (FilterFunction("sepia", (1.0,)), (182, 162, 126)),
        (FilterFunction("saturate", (2.0,)), (255, 77, 0)),
        (FilterFunction("invert", (1.0,)), (17, 153, 204)),
        (FilterFunction("hue-rotate", (180.0,)), (17, 153, 204)),
        (FilterFunction("brightness", (-1.0,)), (0, 0, 0)),
    ],
)
def test_colour_filters(function: FilterFunction, expected: tuple[int, int, int]) -> None:
    assert filtered(ORANGE, function) == pytest.approx([*expected, 255], abs=2)


def test_colour_filters_act_on_straight_colours() -> None:
    red, green, blue, alpha = filtered(ORANGE._replace(alpha=0.5), FilterFunction("invert", (1.0,)))
    assert (red, green, blue) == pytest.approx((17, 153, 204), abs=3)
    assert alpha == 128


def test_filters_apply_in_order() -> None:
    first = filtered(ORANGE, FilterFunction("brightness", (4.0,)), FilterFunction("grayscale", (1.0,)))
    second = filtered(ORANGE, FilterFunction("grayscale", (1.0,)), FilterFunction("brightness", (4.0,)))
    assert first != second


def test_opacity_filter() -> None:
    assert filtered(RED, FilterFunction("opacity", (0.25,)))[3] == 64


@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.0, 10.0, 60.0])
def test_blur_keeps_the_amount_of_paint(sigma: float) -> None:
    size = (700, 700)
    group = Group((Fill(Rect(300, 300, 100, 100), BLACK),), filters=(FilterFunction("blur", (sigma,)),))
    alpha = layer(group, size=size)[..., 3].astype(float)
    assert alpha.sum() == pytest.approx(255 * 100 * 100, rel=0.02)
    assert np.abs(alpha - alpha[::-1]).max() <= 2
    assert np.abs(alpha - alpha[:, ::-1]).max() <= 2


def test_blur_of_zero_changes_nothing() -> None:
    plain = Fill(box(5, 5, 20, 20, 5), RED)
    group = Group((plain,), filters=(FilterFunction("blur", (0.0,)),))
    assert np.array_equal(pixels(group), pixels(plain))


def test_paint_outside_the_page_is_blurred_into_it() -> None:
    group = Group((Fill(Rect(-50, 0, 50, 30), BLACK),), filters=(FilterFunction("blur", (4.0,)),))
    assert pixels(group)[15, 0, 0] < 160


def test_drop_shadow_lies_below_and_beside() -> None:
    shadow = FilterFunction("drop-shadow", (), Shadow(8, 4, 0, 0, BLACK))
    painted = pixels(Group((Fill(Rect(5, 5, 10, 10), RED),), filters=(shadow,)))
    assert list(painted[10, 12]) == [255, 0, 0]
    assert list(painted[12, 18]) == [0, 0, 0]
    assert list(painted[6, 18]) == [255, 255, 255]
