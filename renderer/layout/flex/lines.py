"""Collecting flex items into lines (CSS Flexbox 1 section 9.3)."""

from __future__ import annotations

from dataclasses import dataclass

from renderer.layout.flex.axis import Axis
from renderer.layout.flex.items import FlexItem


@dataclass(slots=True, eq=False)
class FlexLine:
    """One line: its items, its cross size, its offset on the cross axis, and its shared baseline."""

    items: list[FlexItem]
    cross: float = 0.0
    offset: float = 0.0
    baseline: float = 0.0  # below the line's cross start, of the items aligned by their first baselines
    last_baseline: float = 0.0  # above the line's cross end, of the items aligned by their last baselines

    def outer_main(self, axis: Axis, gap: float) -> float:
        """Main size that the items want, gaps and margins included."""
        wanted = sum(item.hypothetical + axis.main_edges(item.margin) for item in self.items)
        return wanted + gap * (len(self.items) - 1)


def break_lines(items: list[FlexItem], limit: float | None, gap: float, axis: Axis, wraps: bool) -> list[FlexLine]:
    """Fill lines greedily up to `limit` px of main size; None: no limit."""
    if not items:
        return []
    if not wraps or limit is None:
        return [FlexLine(items)]
    lines: list[FlexLine] = []
    current: list[FlexItem] = []
    used = 0.0
    for item in items:
        outer = item.hypothetical + axis.main_edges(item.margin)
        # A hundredth of a pixel of tolerance: percentages such as three times 33.3333% must fit.
        if current and used + gap + outer > limit + 0.01:
            lines.append(FlexLine(current))
            current, used = [item], outer
        else:
            used += outer + (gap if current else 0.0)
            current.append(item)
    lines.append(FlexLine(current))
    return lines
