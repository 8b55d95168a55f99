"""Breaking lines for looks: text-wrap balance and pretty (CSS Text 4 section 6.4.2), as Chromium decides."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from renderer.layout.inline.break_lines import Cut, LineBreaker

_MOST_BALANCED_LINES = 6  # longer paragraphs stay as they are
_PRECISION = 1 / 64  # px
_PRETTY_LINES = 4  # at the paragraph's end; the lines before stay as they are
_SHORT = 1 / 3  # of the width: a single word longer than this may stand alone on the last line
_INFINITE = float("inf")


def balanced(breaker: LineBreaker, cuts: list[Cut], width: float, indent: float) -> list[Cut]:
    """As many lines as before, in the narrowest width that holds them, and in that as even as possible.

    Text that overflows is left as it is.
    """
    count = len(cuts)
    if count > _MOST_BALANCED_LINES or _overflows(cuts, width):
        return cuts
    low, high = max(cut.width for cut in cuts) / 2, width
    while high - low > _PRECISION:
        middle = (low + high) / 2
        trial = breaker.lines(middle, indent, count + 1)
        if len(trial) <= count and not _overflows(trial, middle):
            high = middle
        else:
            low = middle
    return _Search(breaker, cuts, high, indent, keep_last_even=True).best() or cuts


def without_orphan(breaker: LineBreaker, cuts: list[Cut], width: float, indent: float) -> list[Cut]:
    """The last lines broken anew if the last one is a single short word, so that it gets company."""
    last = cuts[-1]
    if last.width >= width * _SHORT or _words(breaker, last) > 1 or _overflows(cuts, width):
        return cuts
    kept = cuts[: max(0, len(cuts) - _PRETTY_LINES)]
    search = _Search(breaker, cuts[len(kept) :], width, 0.0 if kept else indent, keep_last_even=False)
    return [*kept, *(search.best() or cuts[len(kept) :])]


def _overflows(cuts: list[Cut], width: float) -> bool:
    return any(cut.width > width + _PRECISION for cut in cuts)


def _words(breaker: LineBreaker, cut: Cut) -> int:
    """Unbreakable parts of the paragraph's last line."""
    breaks = breaker.measured.breaks[0]
    return len(breaks) - bisect_right(breaks, cut.start)


class _Way(NamedTuple):
    """Lines up to a break, and how uneven they are: the sum of the squares of what they leave free."""

    cost: float
    lines: tuple[Cut, ...]


class _Search:
    """Dynamic programming over break opportunities: the most even lines of a given number."""

    def __init__(
        self, breaker: LineBreaker, cuts: list[Cut], width: float, indent: float, *, keep_last_even: bool
    ) -> None:
        self._breaker = breaker
        self._count = len(cuts)
        self._start = cuts[0].start
        self._width, self._indent = width, indent
        self._keep_last_even = keep_last_even  # else the last line may be short, but not a single word

    def best(self) -> list[Cut] | None:
        """The best lines; None if no way of breaking is allowed."""
        reached = {self._start: _Way(0.0, ())}
        for line in range(self._count):
            room = self._width - (self._indent if line == 0 else 0.0)
            reached = self._extend(reached, room, last=line == self._count - 1)
        best = min(reached.values(), key=lambda way: way.cost, default=None)
        return None if best is None or best.cost == _INFINITE else list(best.lines)

    def _extend(self, reached: dict[int, _Way], room: float, *, last: bool) -> dict[int, _Way]:
        """The ways to every break that one more line reaches."""
        further: dict[int, _Way] = {}
        for start, way in reached.items():
            for cut in self._breaker.candidates(start, room):
                if cut.last != last:
                    continue
                cost = way.cost + self._cost(cut, room)
                known = further.get(cut.end)
                if known is None or cost < known.cost:
                    further[cut.end] = _Way(cost, (*way.lines, cut))
        return further

    def _cost(self, cut: Cut, room: float) -> float:
        if cut.last and not self._keep_last_even:
            return 0.0 if _words(self._breaker, cut) > 1 else _INFINITE
        return (room - cut.width) ** 2
