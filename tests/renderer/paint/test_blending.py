import numpy as np
import pytest

from renderer.paint.display_list import Fill, Group, Rect
from renderer.style.values import TRANSPARENT, Color
from tests.renderer.paint.scene import BLUE, RED, box, layer, pixels

PAGE = Rect(0, 0, 40, 30)
BACKDROP, SOURCE = Color(200, 100, 50), Color(100, 180, 220)


def blended(mode: str, source: Color = SOURCE, backdrop: Color = BACKDROP) -> list[int]:
    group = Group((Fill(Rect(5, 5, 20, 20), source),), blend=mode)
    return list(map(int, pixels(Fill(PAGE, backdrop), group)[15, 15]))


# The formulas of Compositing and Blending 1 section 9.1 worked out for the two colours above.
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("multiply", (78, 71, 43)),
        ("screen", (222, 209, 227)),
        ("overlay", (188, 141, 86)),
        ("darken", (100, 100, 50)),
        ("lighten", (200, 180, 220)),
        ("color-dodge", (255, 255, 255)),
        ("color-burn", (115, 35, 17)),
        ("hard-light", (157, 164, 199)),
        ("difference", (100, 80, 170)),
        ("exclusion", (143, 139, 184)),
        ("plus-lighter", (255, 255, 255)),
        ("normal", (100, 180, 220)),
        ("no-such-mode", (100, 180, 220)),
    ],
)
def test_modes(mode: str, expected: tuple[int, int, int]) -> None:
    assert blended(mode) == pytest.approx(expected, abs=1)


def test_soft_light_brightens_and_darkens() -> None:
    assert blended("soft-light", Color(255, 255, 255))[1] > 100
    assert blended("soft-light", Color(0, 0, 0))[1] < 100
    assert blended("soft-light", Color(128, 128, 128)) == pytest.approx(BACKDROP[:3], abs=1)


def luminosity(color: list[int]) -> float:
    return 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]


@pytest.mark.parametrize("mode", ["hue", "saturation", "color"])
def test_non_separable_modes_keep_the_backdrops_luminosity(mode: str) -> None:
    assert luminosity(blended(mode)) == pytest.approx(luminosity(list(BACKDROP[:3])), abs=2)


def test_luminosity_mode_takes_the_sources() -> None:
    assert luminosity(blended("luminosity")) == pytest.approx(luminosity(list(SOURCE[:3])), abs=2)


def test_grey_takes_the_saturation_away() -> None:
    result = blended("saturation", Color(90, 90, 90))
    assert max(result) - min(result) <= 1


def test_translucent_source_blends_in_proportion() -> None:
    assert blended("multiply", SOURCE._replace(alpha=0.5)) == pytest.approx((139, 85, 46), abs=1)


def test_over_nothing_every_mode_is_normal() -> None:
    for mode in ("multiply", "screen", "difference", "luminosity"):
        group = Group((Fill(Rect(5, 5, 20, 20), SOURCE),), blend=mode)
        assert list(layer(group)[15, 15]) == [100, 180, 220, 255]


def test_isolation_hides_the_page_from_blending() -> None:
    multiplied = Group((Fill(Rect(5, 5, 20, 20), RED),), blend="multiply")
    assert list(pixels(Fill(PAGE, BLUE), Group((multiplied,)))[10, 10]) == [0, 0, 0]
    assert list(pixels(Fill(PAGE, BLUE), Group((multiplied,), isolated=True))[10, 10]) == [255, 0, 0]


def test_clip_of_a_blended_group_is_soft() -> None:
    group = Group((Fill(PAGE, RED),), blend="difference", clip=box(5, 5, 20, 20, 10))
    painted = pixels(group, background=Color(255, 255, 255))
    assert list(painted[15, 15]) == [0, 255, 255]
    assert list(painted[5, 5]) == [255, 255, 255]
    corner = painted[5:12, 5:12, 0]
    assert len(np.unique(corner)) > 5


def test_transparent_page_keeps_its_alpha() -> None:
    group = Group((Fill(Rect(5, 5, 20, 20), SOURCE._replace(alpha=0.5)),), blend="screen")
    painted = layer(Fill(Rect(10, 10, 5, 5), TRANSPARENT), group)
    assert painted[15, 15, 3] == 128
    assert painted[0, 0, 3] == 0
