"""Boxes and lines of two layouts, compared edge by edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tests.fidelity.answers import Node, Rect

TOLERANCE = 1.0  # px an edge may be off


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One rectangle that differs by more than the tolerance, or that only one side has."""

    label: str
    expected: Rect | None
    got: Rect | None

    @property
    def distance(self) -> float:
        """Largest difference of an edge in px; infinite if one side has no rectangle."""
        return edge_distance(self.expected, self.got)

    def __str__(self) -> str:
        return f"{self.label}: Chromium {_shown(self.expected)}, Signet {_shown(self.got)}"


@dataclass(frozen=True, slots=True)
class GeometryResult:
    """How many boxes and lines were compared, and which don't agree."""

    boxes: int
    lines: int
    wrong_boxes: tuple[Mismatch, ...]
    wrong_lines: tuple[Mismatch, ...]

    @property
    def agrees(self) -> bool:
        """Whether everything is within the tolerance."""
        return not self.wrong_boxes and not self.wrong_lines


def edge_distance(first: Rect | None, second: Rect | None) -> float:
    """Largest difference between the edges of two rectangles."""
    if first is None or second is None:
        return 0.0 if first is second else float("inf")
    return max(
        abs(first.x - second.x),
        abs(first.y - second.y),
        abs(first.right - second.right),
        abs(first.bottom - second.bottom),
    )


def merged_lines(rects: Sequence[Rect]) -> list[Rect]:
    """One rectangle a line from those of text pieces: pieces with the same top and bottom stand on the same line."""
    lines: list[Rect] = []
    for rect in rects:
        for line in lines:
            if abs(line.y - rect.y) < 0.5 and abs(line.height - rect.height) < 0.5:
                right = max(line.right, rect.right)
                line.x = min(line.x, rect.x)
                line.width = right - line.x
                break
        else:
            lines.append(Rect(rect.x, rect.y, rect.width, rect.height))
    return lines


def compare(expected: Sequence[Node], got: Sequence[Node]) -> GeometryResult:
    """Compare two layouts of the same page."""
    boxes, lines = 0, 0
    wrong_boxes: list[Mismatch] = []
    wrong_lines: list[Mismatch] = []
    for index, (theirs, ours) in enumerate(zip_longest(expected, got)):
        label = f"[{index}] {(theirs or ours).label}"
        if theirs is None or ours is None or theirs.label != ours.label:
            other = "nothing" if ours is None else ours.label
            wrong_boxes.append(Mismatch(f"{label} (Signet has {other})", _box(theirs), _box(ours)))
            break
        boxes += 1
        if _boxes_differ(theirs, ours):
            wrong_boxes.append(Mismatch(label, theirs.box, ours.box))
        pairs = _line_pairs(expected, index, ours)
        lines += len(pairs)
        wrong_lines += [
            Mismatch(f"{label} line {number}", *pair)
            for number, pair in enumerate(pairs, 1)
            if edge_distance(*pair) > TOLERANCE
        ]
    return GeometryResult(boxes, lines, tuple(wrong_boxes), tuple(wrong_lines))


def _box(node: Node | None) -> Rect | None:
    return None if node is None else node.box


def _boxes_differ(theirs: Node, ours: Node) -> bool:
    if theirs.cut == "inline" or edge_distance(theirs.box, ours.box) <= TOLERANCE:
        return False
    # An element without a box shows as much as one whose box has no extent.
    boxes = [box for box in (theirs.box, ours.box) if box is not None]
    return len(boxes) == 2 or any(box.width or box.height for box in boxes)


def _line_pairs(expected: Sequence[Node], index: int, ours: Node) -> list[tuple[Rect | None, Rect | None]]:
    """Lines to compare: Chromium's and Signet's in order; of text that an ellipsis may end only what both can know."""
    theirs = expected[index]
    seen, got = _seen(expected, index, theirs.lines), _seen(expected, index, ours.lines)
    if not theirs.cut:
        return list(zip_longest(seen, got))
    # The browser does not say where the ellipsis stands nor which lines it ends: tops, bottoms and line starts remain.
    starts = {round(line.y): line for line in reversed(got)}
    pairs = [(line, starts[round(line.y)]) for line in seen if round(line.y) in starts]
    return [(_start(line, theirs.cut), _start(other, theirs.cut)) for line, other in pairs]


def _start(line: Rect, cut: str) -> Rect:
    """The starting edge of a line in a block that cuts text; of an inline element in it just the height."""
    x = {"ltr": line.x, "rtl": line.right, "inline": 0.0}[cut]
    return Rect(x, line.y, 0.0, line.height)


def _seen(nodes: Sequence[Node], index: int, lines: Sequence[Rect]) -> list[Rect]:
    """The lines as far as the clipping boxes around them let them be seen, without those that are wholly hidden."""
    clips: list[Rect] = []
    while index >= 0:
        node = nodes[index]
        if node.clips and node.box is not None:
            clips.append(node.box)
        index = node.parent
    seen = [_clipped(line, clips) for line in lines if line.width > 0]
    return sorted((line for line in seen if line.width > 0 and line.height > 0), key=lambda line: (line.y, line.x))


def _clipped(line: Rect, clips: Sequence[Rect]) -> Rect:
    left, top, right, bottom = line.x, line.y, line.right, line.bottom
    for clip in clips:
        left, top = max(left, clip.x), max(top, clip.y)
        right, bottom = min(right, clip.right), min(bottom, clip.bottom)
    return Rect(left, top, max(0.0, right - left), max(0.0, bottom - top))


def _shown(rect: Rect | None) -> str:
    if rect is None:
        return "has none"
    return f"{rect.x:.2f},{rect.y:.2f} {rect.width:.2f}×{rect.height:.2f}"
