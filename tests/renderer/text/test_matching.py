from __future__ import annotations

import pytest

from renderer.errors import AssetError
from renderer.text.face import Face
from renderer.text.matching import FaceDescription, match


def never() -> Face:
    raise AssetError("matching opens no font")


def face(weight: float | tuple[float, float] = 400.0, style: str = "normal", stretch: float = 100.0) -> FaceDescription:
    weights = weight if isinstance(weight, tuple) else (weight, weight)
    return FaceDescription("F", weights, style, (stretch, stretch), never, "f.ttf")


@pytest.mark.parametrize(
    ("wanted", "offered", "chosen"),
    [
        (650, [300, 700], 700),
        (650, [300, 500], 500),
        (350, [300, 400], 300),
        (350, [400, 700], 400),
        (400, [300, 500], 500),
        (450, [400, 500], 500),
        (500, [400, 700], 400),
        (450, [600, 300], 300),
        (450, [600, 700], 600),
        (900, [100, 200], 200),
    ],
)
def test_weights_of_css_fonts_4(wanted: float, offered: list[float], chosen: float) -> None:
    assert match([face(weight) for weight in offered], wanted, "normal", 100.0) == [face(chosen)]


def test_a_variable_face_that_holds_the_weight_wins() -> None:
    assert match([face(600), face((100, 900))], 650, "normal", 100.0) == [face((100, 900))]


def test_style_goes_before_weight_and_stretch_before_style() -> None:
    assert match([face(700), face(400, "italic")], 700, "italic", 100.0) == [face(400, "italic")]
    assert match([face(style="italic", stretch=75.0), face()], 400, "italic", 100.0) == [face()]


def test_italic_falls_back_to_oblique_then_upright() -> None:
    assert match([face(), face(style="oblique")], 400, "italic", 100.0) == [face(style="oblique")]
    assert match([face(style="italic")], 400, "normal", 100.0) == [face(style="italic")]


def test_narrow_requests_prefer_narrower_faces() -> None:
    offered = [face(stretch=50.0), face(stretch=87.5), face(stretch=125.0)]
    assert match(offered, 400, "normal", 75.0)[0].stretch == (50.0, 50.0)
    assert match(offered, 400, "normal", 110.0)[0].stretch == (125.0, 125.0)


def test_equal_faces_stay_in_order() -> None:
    assert len(match([face(), face()], 400, "normal", 100.0)) == 2
