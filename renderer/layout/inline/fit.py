"""text-fit: the largest font size at which text fits its box.

An extension of Signet (CSS Text 4 only sketches `text-fit`). The text fits if no line is wider than the container
without a word being broken for it, if it is no higher than the container's definite height, and if it has no more
lines than line-clamp allows. Sizes are tried in steps of half a px between the smallest and the largest allowed; if
not even the smallest fits, the text is laid out at that and clamped or left to overflow. All font sizes inside scale
by the same factor, and with them what `scaled_style` lists; boxes inside keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from renderer.layout.content import InlineContent, InlineResult, LayoutContext
from renderer.layout.inline.break_lines import EPSILON, Cut, LineBreaker
from renderer.layout.inline.frame import Frame
from renderer.layout.inline.layout import layout_atomics, layout_paragraph, measure
from renderer.layout.inline.metrics import box_metrics
from renderer.layout.inline.prepare import prepare
from renderer.layout.inline.scale import scaled_content
from renderer.style.computed import ComputedStyle
from renderer.style.values import resolve

_STEP = 0.5  # px


class _Fitted(NamedTuple):
    width: float
    height: float | None
    size: float


def fit_inline(content: InlineContent, width: float, context: LayoutContext, height: float | None) -> InlineResult:
    """Lay out content whose container has text-fit, at the size that fits."""
    size = _fitting_size(content, width, context, height)
    result = layout_paragraph(scaled_content(content, size / content.style.font_size), width, context, height)
    result.fitted_size = size
    return result


def _fitting_size(content: InlineContent, width: float, context: LayoutContext, height: float | None) -> float:
    """The largest size that fits. What the latest layout of a paragraph found is kept with it."""
    paragraph = prepare(content, context.text)
    kept = paragraph.cache.get("fitted") if paragraph.fixed else None
    if isinstance(kept, _Fitted) and kept.width == width and kept.height == height:
        return kept.size
    attempt = _Attempt(content, width, context, height)
    sizes = _sizes(content.style)
    last = len(sizes) - 1
    size = sizes[last if attempt.fits(sizes[last]) else _search(sizes, attempt)]
    if paragraph.fixed:
        paragraph.cache["fitted"] = _Fitted(width, height, size)
    return size


def _sizes(style: ComputedStyle) -> list[float]:
    """Sizes to choose from, ascending: the two limits and the half px between them."""
    fit, size = style.text_fit, style.font_size
    low = size if fit.mode == "grow" else min(fit.minimum, size) if fit.mode == "shrink" else fit.minimum
    high = size if fit.mode == "shrink" else max(fit.maximum, size) if fit.mode == "grow" else fit.maximum
    low, high = max(_STEP, low), max(_STEP, low, high)
    steps = range(math.floor(low / _STEP) + 1, math.ceil(high / _STEP))
    return [low, *(step * _STEP for step in steps), *([high] if high > low else [])]


def _search(sizes: list[float], attempt: _Attempt) -> int:
    """Largest index whose size fits, 0 if none does. An estimate leaves two layouts to be done in most cases."""
    last = len(sizes) - 1
    guess = _bisect(0, last - 1, lambda index: attempt.seems_to_fit(sizes[index]))
    if attempt.fits(sizes[guess]):
        if guess + 1 >= last or not attempt.fits(sizes[guess + 1]):
            return guess
        return _bisect(guess + 1, last - 1, lambda index: attempt.fits(sizes[index]))
    if guess == 0:
        return 0
    if attempt.fits(sizes[guess - 1]):
        return guess - 1
    return _bisect(0, max(0, guess - 2), lambda index: attempt.fits(sizes[index]))


def _bisect(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """Largest index from `low` to `high` that fits, taking it that `low` does."""
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


class _Attempt:
    """Answers whether content fits at a size."""

    def __init__(self, content: InlineContent, width: float, context: LayoutContext, height: float | None) -> None:
        self._content, self._width, self._context, self._height = content, width, context, height
        self._size = content.style.font_size or 1.0
        self._limit = content.style.line_clamp
        self._breaker = self._breaker_of(content)
        self._line_height = sum(box_metrics(content.style, context.text).leaded)

    def scaled(self, size: float) -> InlineContent:
        """The content with its container at this font size."""
        return scaled_content(self._content, size / self._size)

    def fits(self, size: float) -> bool:
        """Whether a layout at this size fits."""
        content = self.scaled(size)
        indent = resolve(content.style.text_indent, self._width)
        if not self._lines_fit(self._breaker_of(content), self._width, indent):
            return False
        if self._height is None:
            return True
        result = layout_paragraph(content, self._width, self._context, self._height)
        return result.height <= self._height + EPSILON

    def seems_to_fit(self, size: float) -> bool:
        """An estimate without shaping: text grows in proportion, so the container may shrink instead."""
        factor = size / self._size
        indent = resolve(self._content.style.text_indent, self._width) / factor
        cuts = self._lines_fit(self._breaker, self._width / factor, indent)
        return bool(cuts) and (self._height is None or len(cuts) * self._line_height * factor <= self._height + EPSILON)

    def _lines_fit(self, breaker: LineBreaker, width: float, indent: float) -> list[Cut]:
        """The lines if they fit, else an empty list."""
        cuts = breaker.lines(width, indent, None if self._limit is None else self._limit + 1)
        if self._limit is not None and len(cuts) > self._limit:
            return []
        room = width - indent
        for cut in cuts:
            if cut.emergency or cut.width > room + EPSILON:
                return []
            room = width
        return cuts

    def _breaker_of(self, content: InlineContent) -> LineBreaker:
        context, engine = self._context, self._context.text
        paragraph = prepare(content, engine)
        atomics = layout_atomics(content, self._width, context)
        frame = Frame(content, paragraph, context, self._width, self._height, atomics)
        return LineBreaker(measure(paragraph, engine, self._width, frame.atomic_widths), engine, frame.tab_width)
