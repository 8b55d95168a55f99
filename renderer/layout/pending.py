"""Out-of-flow boxes on their way to their containing block."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from renderer.layout.content import Box


class Pending(NamedTuple):
    """An absolutely positioned box and its static position, relative to the border box of the fragment it waits on.

    `align_x`/`align_y` say which edge of the box stands at the static position (flex containers align their
    absolutely positioned children): 0 the start, 0.5 the centre, 1 the end.
    """

    box: Box
    x: float
    y: float
    align_x: float = 0.0
    align_y: float = 0.0

    def moved(self, x: float, y: float) -> Pending:
        """The same box seen from a fragment in which the present one stands at x, y."""
        return self._replace(x=self.x + x, y=self.y + y)
