from __future__ import annotations

from tests.fidelity.answers import Node, Rect
from tests.fidelity.geometry import compare, edge_distance, merged_lines


def page(*nodes: Node) -> list[Node]:
    return [Node("body", -1, Rect(0, 0, 400, 300)), *nodes]


def test_pieces_on_one_line_are_joined_and_lines_are_kept_apart() -> None:
    pieces = [Rect(10, 0, 20, 15), Rect(50, 0.2, 30, 15), Rect(10, 20, 5, 15), Rect(15, 20, 5, 22)]
    assert merged_lines(pieces) == [Rect(10, 0, 70, 15), Rect(10, 20, 5, 15), Rect(15, 20, 5, 22)]


def test_the_distance_is_that_of_the_worst_edge() -> None:
    assert edge_distance(Rect(0, 0, 100, 10), Rect(-0.5, 0.25, 102, 10)) == 1.5
    assert edge_distance(None, None) == 0
    assert edge_distance(None, Rect(0, 0, 1, 1)) == float("inf")


def test_boxes_may_be_off_by_one_px() -> None:
    near = compare(page(Node("p", 0, Rect(0, 0, 50, 20))), page(Node("p", 0, Rect(0.9, 0, 50, 20))))
    far = compare(page(Node("p", 0, Rect(0, 0, 50, 20))), page(Node("p", 0, Rect(0, 0, 50, 21.1))))
    assert near.agrees
    assert [str(mismatch) for mismatch in far.wrong_boxes] == [
        "[1] p: Chromium 0.00,0.00 50.00×20.00, Signet 0.00,0.00 50.00×21.10"
    ]


def test_an_empty_box_is_as_good_as_none_but_a_full_one_is_not() -> None:
    assert compare(page(Node("b", 0, None)), page(Node("b", 0, Rect(5, 5, 0, 0)))).agrees
    assert not compare(page(Node("b", 0, None)), page(Node("b", 0, Rect(5, 5, 9, 0)))).agrees


def test_trees_of_different_shape_do_not_agree() -> None:
    result = compare(page(Node("p", 0, Rect(0, 0, 9, 9))), page())
    assert result.wrong_boxes[0].label == "[1] p (Signet has nothing)"


def test_lines_that_a_clip_hides_are_not_compared() -> None:
    clip = Node("div", 0, Rect(0, 0, 100, 20), clips=True)
    theirs = page(clip, Node("p", 1, Rect(0, 0, 100, 40), lines=[Rect(0, 0, 150, 15), Rect(0, 20, 90, 15)]))
    ours = page(clip, Node("p", 1, Rect(0, 0, 100, 40), lines=[Rect(0, 0, 120, 15)]))
    result = compare(theirs, ours)
    assert result.agrees
    assert result.lines == 1


def test_of_text_with_an_ellipsis_only_the_start_of_lines_counts() -> None:
    def line(x: float, width: float) -> list[Node]:
        return page(Node("p", 0, Rect(0, 0, 100, 20), clips=True, cut="ltr", lines=[Rect(x, 0, width, 15)]))

    assert compare(line(0, 100), line(0, 80)).agrees
    assert not compare(line(0, 100), line(3, 80)).agrees
