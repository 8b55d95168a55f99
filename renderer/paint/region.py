"""Anti-aliased regions of the device pixel grid as disjoint pieces.

Most of a rounded rectangle is fully covered and only its corners need a mask. Keeping the two apart is what makes
painting cheap: solid pieces are filled row by row, masks are blended over small areas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PIL import Image, ImageChops


class Box(NamedTuple):
    """Whole device pixels: left and top inclusive, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across; not positive if empty."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down; not positive if empty."""
        return self.bottom - self.top

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a box that is not empty."""
        return self.right - self.left, self.bottom - self.top

    @property
    def empty(self) -> bool:
        """Whether the box holds no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    def contains(self, other: Box) -> bool:
        """Whether all pixels of `other` are in this box."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def intersect(self, other: Box) -> Box:
        """Common pixels; may be empty."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def moved(self, x: int, y: int) -> Box:
        """The box shifted by whole pixels."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)


class Piece(NamedTuple):
    """Coverage inside one box: `mask` (mode L, of the box's size) times `alpha`; no mask means even coverage."""

    box: Box
    mask: Image.Image | None = None
    alpha: int = 255

    @property
    def solid(self) -> bool:
        """Whether every pixel is fully covered."""
        return self.mask is None and self.alpha == 255


Coverage = tuple[Piece, ...]
"""Disjoint pieces; what no piece holds is not covered."""


def scale_mask(mask: Image.Image, alpha: int) -> Image.Image:
    """A mask times alpha / 255."""
    return mask if alpha == 255 else mask.point(_SCALE_TABLES[alpha])


def as_mask(piece: Piece) -> Image.Image:
    """The piece's coverage as one mask of its box's size."""
    if piece.mask is None:
        return Image.new("L", piece.box.size, piece.alpha)
    return scale_mask(piece.mask, piece.alpha)


def crop_piece(piece: Piece, box: Box) -> Piece:
    """The part of a piece inside `box`, which must lie within the piece's own box."""
    own = piece.box
    if piece.mask is None or box == own:
        return Piece(box, piece.mask, piece.alpha)
    left, top = box.left - own.left, box.top - own.top
    return Piece(box, piece.mask.crop((left, top, left + box.width, top + box.height)), piece.alpha)


def within(coverage: Coverage, box: Box) -> Coverage:
    """The part of a region inside a box."""
    for piece in coverage:
        if not box.contains(piece.box):
            break
    else:
        return coverage
    parts = ((piece, piece.box.intersect(box)) for piece in coverage)
    return tuple(crop_piece(piece, common) for piece, common in parts if not common.empty)


def intersect(first: Coverage, second: Coverage) -> Coverage:
    """Coverage multiplied, as successive anti-aliased clips do."""
    if len(second) == 1 and second[0].solid:
        return within(first, second[0].box)
    if len(first) == 1 and first[0].solid:
        return within(second, first[0].box)
    pieces = []
    for a in first:
        for b in second:
            box = a.box.intersect(b.box)
            if not box.empty:
                pieces.append(_product(crop_piece(a, box), crop_piece(b, box)))
    return tuple(pieces)


def subtract(first: Coverage, second: Coverage, *, nested: bool) -> Coverage:
    """What is left of `first` outside `second`.

    `nested` says that the second shape lies inside the first: pixels shared by both edges then lose exactly the
    area of the inner shape. Otherwise coverage is multiplied by the inverse, as clipping out does.
    """
    remaining: list[Piece] = list(first)
    for cut in second:
        kept: list[Piece] = []
        for piece in remaining:
            common = piece.box.intersect(cut.box)
            if common.empty:
                kept.append(piece)
                continue
            kept += (crop_piece(piece, box) for box in _around(piece.box, common))
            if not cut.solid:
                kept.append(_difference(crop_piece(piece, common), crop_piece(cut, common), nested))
        remaining = kept
    return tuple(remaining)


def bounds(boxes: Iterable[Box]) -> Box:
    """Smallest box around all boxes that are not empty; an empty box if there is none."""
    found = [box for box in boxes if not box.empty]
    if not found:
        return Box(0, 0, 0, 0)
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def multiply_alpha(first: int, second: int) -> int:
    """Product of two values of 0–255 that stand for 0–1, rounded."""
    return (first * second * 2 + 255) // 510


def _product(a: Piece, b: Piece) -> Piece:
    alpha = multiply_alpha(a.alpha, b.alpha)
    if a.mask is None or b.mask is None:
        return Piece(a.box, a.mask or b.mask, alpha)
    return Piece(a.box, ImageChops.multiply(a.mask, b.mask), alpha)


def _difference(piece: Piece, cut: Piece, nested: bool) -> Piece:
    if nested:
        return Piece(piece.box, ImageChops.subtract(as_mask(piece), as_mask(cut)))
    return _product(piece, Piece(cut.box, ImageChops.invert(as_mask(cut))))


def _around(box: Box, hole: Box) -> Iterator[Box]:
    """Up to four boxes that make up `box` without the `hole` inside it."""
    if hole.top > box.top:
        yield Box(box.left, box.top, box.right, hole.top)
    if hole.left > box.left:
        yield Box(box.left, hole.top, hole.left, hole.bottom)
    if hole.right < box.right:
        yield Box(hole.right, hole.top, box.right, hole.bottom)
    if hole.bottom < box.bottom:
        yield Box(box.left, hole.bottom, box.right, box.bottom)


_SCALE_TABLES = [[multiply_alpha(value, alpha) for value in range(256)] for alpha in range(256)]
