import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import LimitError
from renderer.images import AssetImages
from renderer.limits import Limits
from renderer.paint.canvas_cache import CanvasCache
from renderer.paint.display_list import (
    BoxShadow,
    DisplayList,
    Fill,
    Group,
    LinearPaint,
    Operation,
    Path,
    Rect,
    Stop,
    Stroke,
)
from renderer.paint.raster import rasterize
from renderer.style.values import TRANSPARENT, WHITE, Color, FilterFunction
from tests.renderer.paint.scene import BLACK, BLUE, GREEN, RED, box, layer, pixels, rounded

IMAGES = AssetImages({}, {})
PAGE = Rect(0, 0, 40, 30)


def test_background_colour() -> None:
    assert (pixels(background=Color(1, 2, 3)) == [1, 2, 3]).all()


@pytest.mark.parametrize(("opaque", "mode"), [(None, "RGBA"), (False, "RGBA"), (True, "RGB")])
def test_transparent_pages(opaque: bool | None, mode: str) -> None:
    picture = rasterize(DisplayList(4, 4, (), TRANSPARENT), IMAGES, opaque=opaque)
    assert picture.image.mode == mode
    assert picture.opaque == (mode == "RGB")
    assert picture.image.getpixel((1, 1)) == ((255, 255, 255) if opaque else (0, 0, 0, 0))


def test_page_that_turns_out_opaque_needs_no_alpha() -> None:
    halves = (Fill(Rect(0, 0, 20, 30), RED), Fill(Rect(20, 0, 20, 30), BLUE))
    assert rasterize(DisplayList(40, 30, halves, TRANSPARENT), IMAGES).image.mode == "RGB"
    gradient = LinearPaint(0, 0, 40, 0, (Stop(0, RED), Stop(1, BLUE)))
    assert rasterize(DisplayList(40, 30, (Fill(PAGE, gradient),), TRANSPARENT), IMAGES).opaque


def test_straight_alpha_comes_out() -> None:
    assert list(layer(Fill(box(5, 5, 20, 20), Color(200, 100, 50, 0.5)))[10, 10]) == pytest.approx(
        [200, 100, 50, 128], abs=1
    )


def test_translucent_background_on_an_opaque_page() -> None:
    display = DisplayList(4, 4, (), Color(0, 0, 0, 0.5))
    assert rasterize(display, IMAGES, opaque=True).image.getpixel((0, 0)) == (127, 127, 127)


def test_too_many_pixels() -> None:
    with pytest.raises(LimitError, match="400 × 400"):
        rasterize(DisplayList(200, 200, (), WHITE), IMAGES, scale=2.0, limits=Limits(output_pixels=159_999))


def test_opacity_applies_to_the_group_as_a_whole() -> None:
    overlapping = (Fill(Rect(5, 5, 10, 10), RED), Fill(Rect(10, 5, 10, 10), BLUE))
    painted = pixels(Group(overlapping, opacity=0.5))
    assert list(painted[8, 12]) == [127, 127, 255]
    assert list(painted[8, 7]) == [255, 127, 127]


def test_nested_round_clips_multiply() -> None:
    inner = Group((Fill(PAGE, BLACK),), clip=rounded(5, 5, 20, 20, 10))
    outer = Group((inner,), clip=rounded(10, 5, 20, 20, 10))
    painted = pixels(outer)[..., 0]
    assert painted[15, 17] == 0
    assert painted[15, 6] == 255
    assert painted[15, 28] == 255


def test_transform_applies_to_clip_and_contents() -> None:
    group = Group((Fill(PAGE, BLACK),), clip=Rect(0, 0, 5, 5), transform=(2, 0, 0, 2, 10, 4))
    painted = pixels(group)[..., 0] == 0
    assert painted.sum() == 100
    assert painted[4:14, 10:20].all()


def test_mirrored_group() -> None:
    group = Group((Fill(Rect(0, 0, 5, 10), BLACK),), transform=(-1, 0, 0, 1, 20, 0))
    painted = pixels(group)[..., 0] == 0
    assert painted[:10, 15:20].all()
    assert painted.sum() == 50


def test_flattening_transform_paints_nothing() -> None:
    gradient = LinearPaint(0, 0, 40, 0, (Stop(0, RED), Stop(1, BLUE)))
    group = Group((Fill(PAGE, RED), Fill(PAGE, gradient), Fill(box(0, 0, 9, 9, 3), RED)), transform=(0, 0, 0, 0, 5, 5))
    assert (pixels(group) == 255).all()


def test_mask_multiplies_by_its_alpha() -> None:
    mask = (Fill(Rect(0, 0, 20, 30), Color(0, 0, 0)), Fill(Rect(20, 0, 10, 30), Color(0, 0, 0, 0.5)))
    painted = layer(Group((Fill(PAGE, RED),), mask=mask))
    assert list(painted[5, 5]) == [255, 0, 0, 255]
    assert list(painted[5, 25]) == [255, 0, 0, 128]
    assert painted[5, 35, 3] == 0


def test_layer_outside_the_page_costs_nothing() -> None:
    far = Group((Fill(Rect(1e7, 1e7, 1e7, 1e7), RED),), opacity=0.5)
    assert (pixels(far) == 255).all()


def test_clip_that_only_bounds_one_axis() -> None:
    wide = Group((Fill(PAGE, BLACK),), clip=Rect(-1e6, 10, 2e6, 5))
    assert (pixels(wide)[..., 0] == 0).sum() == 5 * 40


colors = st.builds(Color, *[st.integers(0, 255)] * 3, st.sampled_from([1.0, 1.0, 0.5, 0.0]))
boxes = st.builds(
    box, st.integers(-5, 35), st.integers(-5, 25), st.integers(1, 30), st.integers(1, 30), st.sampled_from([0, 3])
)
paints = st.one_of(colors, st.builds(lambda a, b: LinearPaint(0, 0, 40, 30, (Stop(0, a), Stop(1, b))), colors, colors))
fills = st.builds(Fill, boxes, paints)
shadows = st.builds(
    BoxShadow, st.just(rounded(8, 8, 20, 12, 4)), st.just(rounded(6, 6, 20, 12, 4)), st.sampled_from([0.0, 5.0]),
    colors, st.booleans(),
)  # fmt: skip
strokes = st.builds(Stroke, st.just(Path("M2 5L30 20", Rect(2, 5, 28, 15))), st.sampled_from([1.0, 4.0]), colors)
leaves = st.one_of(fills, shadows, strokes)


def groups(children: st.SearchStrategy[Operation]) -> st.SearchStrategy[Operation]:
    return st.builds(
        Group,
        st.lists(children, max_size=3).map(tuple),
        clip=st.none() | boxes,
        transform=st.sampled_from([None, None, (1.0, 0.0, 0.0, 1.0, 3.0, 2.0), (0.8, 0.6, -0.6, 0.8, 5.0, 0.0)]),
        opacity=st.sampled_from([1.0, 1.0, 0.5]),
        filters=st.sampled_from([(), (), (FilterFunction("blur", (2.0,)),)]),
        blend=st.sampled_from(["normal", "normal", "multiply"]),
    )


operations = st.recursive(leaves, groups, max_leaves=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(operations, max_size=4), st.lists(operations, max_size=3), st.lists(operations, max_size=3), colors)
def test_canvas_cache_never_changes_a_byte(
    start: list[Operation], first: list[Operation], second: list[Operation], background: Color
) -> None:
    cache = CanvasCache()
    for end in (first, second, first, second, [], first):
        display = DisplayList(40, 30, (*start, *end), background)
        cached = rasterize(display, IMAGES, cache=cache)
        plain = rasterize(display, IMAGES, cache=None)
        assert cached.image.mode == plain.image.mode
        assert cached.image.tobytes() == plain.image.tobytes()


def test_canvas_cache_starts_where_lists_part() -> None:
    cache = CanvasCache()
    start = (Fill(PAGE, RED), Fill(Rect(1, 1, 5, 5), BLUE))
    for color in (RED, GREEN, BLUE):
        rasterize(DisplayList(40, 30, (*start, Fill(Rect(9, 9, 5, 5), color)), WHITE), IMAGES, cache=cache)
    assert len(cache._snapshots) == 1
    (snapshot,) = cache._snapshots.values()
    assert len(snapshot.steps) == 2


def test_canvas_cache_reaches_inside_clips() -> None:
    cache = CanvasCache()
    for color in (RED, GREEN, BLUE):
        inner = (Fill(PAGE, RED), Fill(Rect(9, 9, 5, 5), color))
        rasterize(DisplayList(40, 30, (Group(inner, clip=box(0, 0, 30, 30, 5)),), WHITE), IMAGES, cache=cache)
    (snapshot,) = cache._snapshots.values()
    assert len(snapshot.steps) == 1


def test_canvas_cache_is_bounded() -> None:
    cache = CanvasCache(capacity=40 * 30 * 4 * 3, remembered=50)
    for red in range(20):
        for _ in range(2):
            rasterize(DisplayList(40, 30, (Fill(PAGE, Color(red, 0, 0)),), WHITE), IMAGES, cache=cache)
    assert cache._snapshots.currsize <= 40 * 30 * 4 * 3
    assert len(cache._seen) <= 50


def test_same_bytes_twice() -> None:
    shadow = BoxShadow(rounded(8, 8, 20, 12, 4), rounded(6, 6, 20, 12, 4), 7.0, BLACK, inset=False)
    gradient = LinearPaint(0, 0, 40, 30, (Stop(0, RED), Stop(1, BLUE)), space="oklch")
    scene = (Fill(PAGE, gradient), shadow, Group((Fill(box(3, 3, 20, 20, 5), GREEN),), opacity=0.3))
    assert np.array_equal(pixels(*scene), pixels(*scene))
