import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from renderer.paint.region import Box, Coverage, Piece, as_mask, bounds, intersect, multiply_alpha, subtract, within

AREA = Box(0, 0, 12, 12)


def array(coverage: Coverage) -> np.ndarray:
    result = np.zeros((AREA.height, AREA.width), np.int32)
    for piece in coverage:
        part = result[piece.box.top : piece.box.bottom, piece.box.left : piece.box.right]
        assert not part.any(), "pieces overlap"
        part[...] = np.asarray(as_mask(piece))
    return result


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    left, top = draw(st.integers(0, 8)), draw(st.integers(0, 8))
    box = Box(left, top, left + draw(st.integers(1, 4)), top + draw(st.integers(1, 4)))
    alpha = draw(st.sampled_from([255, 255, 128, 1]))
    if draw(st.booleans()):
        return Piece(box, None, alpha)
    seed = draw(st.integers(0, 99))
    values = np.random.default_rng(seed).integers(0, 256, (box.height, box.width), dtype=np.uint8)
    return Piece(box, Image.fromarray(values), alpha)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    first, second = draw(pieces()), draw(pieces())
    return (first,) if not first.box.intersect(second.box).empty else (first, second)


@given(coverages(), coverages())
def test_intersection_multiplies(first: Coverage, second: Coverage) -> None:
    expected = array(first) * array(second) / 255
    assert np.abs(array(intersect(first, second)) - expected).max() <= 2


@given(coverages(), coverages())
def test_clipping_out_multiplies_by_the_inverse(first: Coverage, second: Coverage) -> None:
    expected = array(first) * (255 - array(second)) / 255
    assert np.abs(array(subtract(first, second, nested=False)) - expected).max() <= 2


@given(coverages(), coverages())
def test_nested_shapes_are_subtracted(first: Coverage, second: Coverage) -> None:
    expected = np.maximum(0, array(first) - array(second))
    assert np.array_equal(array(subtract(first, second, nested=True)), expected)


@given(coverages(), pieces())
def test_within_cuts(coverage: Coverage, piece: Piece) -> None:
    box = piece.box
    expected = np.zeros_like(array(coverage))
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    expected[rows, columns] = array(coverage)[rows, columns]
    assert np.array_equal(array(within(coverage, box)), expected)


def test_bounds_ignore_empty_boxes() -> None:
    assert bounds([Box(5, 5, 5, 9), Box(1, 2, 3, 4), Box(2, 0, 6, 3)]) == Box(1, 0, 6, 4)
    assert bounds([]).empty


def test_product_of_alphas_is_rounded() -> None:
    for first in range(256):
        for second in (0, 1, 127, 128, 200, 255):
            assert abs(multiply_alpha(first, second) - first * second / 255) <= 0.5
