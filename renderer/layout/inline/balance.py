"""text-wrap: balance (CSS Text 4 section 6.4.2): the narrowest width that needs no more lines."""

from __future__ import annotations

from renderer.layout.inline.break_lines import Cut, LineBreaker

_MOST_LINES = 6  # longer paragraphs stay as they are, as in Chromium
_PRECISION = 1 / 64  # px


def balanced_width(breaker: LineBreaker, cuts: list[Cut], width: float, indent: float, *, clamped: bool) -> float:
    """Width to break the lines at instead of `width`. Text that overflows or is clamped is not balanced."""
    count = len(cuts)
    if count > _MOST_LINES or clamped or any(cut.width > width for cut in cuts):
        return width
    low, high = max(cut.width for cut in cuts) / 2, width
    while high - low > _PRECISION:
        middle = (low + high) / 2
        trial = breaker.lines(middle, indent, count + 1)
        if len(trial) <= count and not any(cut.width > middle + _PRECISION for cut in trial):
            high = middle
        else:
            low = middle
    return high
