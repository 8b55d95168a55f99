"""Heights of inline boxes: line-height, leading and vertical-align (CSS 2.2 section 10.8, CSS Inline 3)."""

from __future__ import annotations

import math
from typing import NamedTuple

from renderer.layout.content import AtomicBox
from renderer.style.computed import ComputedStyle
from renderer.style.values import Factor, resolve
from renderer.text.types import Font, TextEngine


class Extent(NamedTuple):
    """Distances from a baseline: up to the top, down to the bottom."""

    ascent: float
    descent: float


class BoxMetrics(NamedTuple):
    """Content area of an inline box (from its primary font) and the same with leading; distances in px."""

    ascent: float
    descent: float
    leaded: Extent
    font: Font


def box_metrics(style: ComputedStyle, engine: TextEngine) -> BoxMetrics:
    """Metrics of the inline box of a style, as its strut."""
    font = engine.primary_font(style)
    metrics = font.metrics
    ascent, descent = math.floor(metrics.ascent + 0.5), math.floor(metrics.descent + 0.5)
    return BoxMetrics(ascent, descent, add_leading(ascent, descent, used_line_height(style, font)), font)


def used_line_height(style: ComputedStyle, font: Font) -> float:
    """Used line-height in px; `normal` is the font's own line spacing, every part of it rounded as Chromium does."""
    line_height = style.line_height
    if isinstance(line_height, Factor):
        return line_height.value * style.font_size
    if isinstance(line_height, str):
        metrics = font.metrics
        return math.floor(metrics.ascent + 0.5) + math.floor(metrics.descent + 0.5) + math.floor(metrics.line_gap + 0.5)
    return line_height


def add_leading(ascent: float, descent: float, line_height: float) -> Extent:
    """Half of the leading above, rounded down to a whole px, the rest below: Chromium's rule."""
    above = math.floor((line_height - ascent - descent) / 2)
    return Extent(ascent + above, line_height - ascent - above)


def fallback_extent(font: Font) -> Extent:
    """What a fallback font adds to a line whose line-height is normal."""
    metrics = font.metrics
    ascent, descent = math.floor(metrics.ascent + 0.5), math.floor(metrics.descent + 0.5)
    return add_leading(ascent, descent, ascent + descent + math.floor(metrics.line_gap + 0.5))


def atomic_extent(atomic: AtomicBox) -> Extent:
    """Margin box of an atomic inline around its baseline."""
    margin, height = atomic.margin, atomic.fragment.height
    if atomic.baseline is None:
        return Extent(margin.top + height + margin.bottom, 0.0)
    return Extent(margin.top + atomic.baseline, height - atomic.baseline + margin.bottom)


def baseline_shift(style: ComputedStyle, extent: Extent, parent: ComputedStyle, engine: TextEngine) -> float:
    """How far below its parent's baseline a box with this vertical-align has its own; top and bottom are 0 here."""
    align = style.vertical_align
    if not isinstance(align, str):
        return -resolve(align, used_line_height(style, engine.primary_font(style)))
    match align:
        case "sub":
            return _snap(parent.font_size / 5) + 1
        case "super":
            return -_snap(parent.font_size / 3) - 1
        case "middle":
            x_height = engine.primary_font(parent).metrics.x_height
            return (extent.ascent - extent.descent) / 2 - x_height / 2
        case "text-top":
            return extent.ascent - box_metrics(parent, engine).ascent
        case "text-bottom":
            return box_metrics(parent, engine).descent - extent.descent
    return 0.0


def _snap(value: float) -> float:
    """Down to Chromium's layout unit of 1/64 px."""
    return math.floor(value * 64) / 64
