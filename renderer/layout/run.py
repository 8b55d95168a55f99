"""The interface through which layout rooms call each other: constraints in, a laid out box out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from renderer.layout.content import Box, IntrinsicWidths, LayoutContext
from renderer.layout.fragments import Fragment
from renderer.layout.margins import MarginStrut


@dataclass(frozen=True, slots=True)
class Space:
    """The room a parent offers.

    `width` and `height` are the containing block's content size (`height` None: indefinite, so percentages become
    auto). `border_width` / `border_height` are used border-box sizes that the parent has already decided (flex items,
    shrink-to-fit boxes, stretched boxes). `definite_height` tells whether a decided height may serve as a base for the
    children's percentages. `independent` boxes establish a block formatting context whatever their style says.
    """

    width: float
    height: float | None = None
    border_width: float | None = None
    border_height: float | None = None
    definite_height: bool = True
    independent: bool = False
    automatic_height: bool = False  # ignore the height property: the contents' height is asked for


@dataclass(slots=True, eq=False)
class Laid:
    """A laid out box with the margins that adjoin its top and bottom edges (own and its children's, collapsed)."""

    fragment: Fragment
    top: MarginStrut
    bottom: MarginStrut
    self_collapsing: bool = False


class Run(Protocol):
    """One layout run over one document."""

    context: LayoutContext

    def layout(self, box: Box, space: Space) -> Laid:
        """Lay out a box; equal constraints return the same result."""

    def widths(self, box: Box) -> IntrinsicWidths:
        """Intrinsic border-box widths, the box's own width, min-width and max-width taken into account."""

    def content_widths(self, box: Box) -> IntrinsicWidths:
        """Intrinsic border-box widths of the contents: the box's own width properties are ignored."""
