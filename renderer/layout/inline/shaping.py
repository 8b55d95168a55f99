"""Shaping of a paragraph's items, and cutting shaped runs where lines break."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter

from renderer.layout.inline.edges import separates
from renderer.layout.inline.model import Item, Kind
from renderer.style.computed import ComputedStyle
from renderer.text.types import GlyphRun, TextEngine

_SPACES = frozenset(" \t\n\u3000\u200b\ufffc")


def shape_items(text: str, items: list[Item], engine: TextEngine) -> None:
    """Shape all text items. Neighbours of one font and level are shaped together, so that kerning crosses boxes."""
    group: list[Item] = []
    for item in items:
        if item.kind == Kind.TEXT:
            if group and not (group[-1].end == item.start and _same_shaping(group[-1], item)):
                _shape_group(text, group, engine)
                group = []
            group.append(item)
        elif group and item.kind in (Kind.OPEN, Kind.CLOSE) and separates(item.style, end=item.kind == Kind.CLOSE):
            _shape_group(text, group, engine)
            group = []
    if group:
        _shape_group(text, group, engine)


def _shape_group(text: str, group: list[Item], engine: TextEngine) -> None:
    first, last = group[0], group[-1]
    if len(group) > 1:
        runs = engine.shape(text, first.start, last.end, first.style, first.level)
        starts = {cluster for run in runs for cluster in run.clusters}
        if all(item.start in starts for item in group):
            for item in group:
                item.runs = cut_runs(runs, item.start, item.end)
            return
    for item in group:
        item.runs = engine.shape(text, item.start, item.end, item.style, item.level)


def _same_shaping(one: Item, other: Item) -> bool:
    return one.level == other.level and (one.style is other.style or _font_key(one.style) == _font_key(other.style))


def _font_key(style: ComputedStyle) -> tuple[object, ...]:
    """Everything that decides how text of this style is shaped."""
    return (
        style.font_family,
        style.font_size,
        style.font_weight,
        style.font_style,
        style.font_stretch,
        style.font_optical_sizing,
        style.font_feature_settings,
        style.font_variation_settings,
        style.font_variant_caps,
        style.font_variant_numeric,
        style.font_variant_ligatures,
        style.font_kerning,
        style.letter_spacing,
        style.word_spacing,
        style.language,
    )


def piece(text: str, item: Item, start: int, end: int, engine: TextEngine) -> tuple[GlyphRun, ...]:
    """Runs of part of a text item. Where the cut could touch kerning, joining or a ligature, the part is reshaped."""
    if start == item.start and end == item.end:
        return item.runs
    if (start == item.start or is_safe_cut(text, start)) and (end == item.end or is_safe_cut(text, end)):
        return cut_runs(item.runs, start, end)
    return engine.shape(text, start, end, item.style, item.level)


def is_safe_cut(text: str, index: int) -> bool:
    """Whether glyphs on both sides of text[index] are the same with and without each other."""
    before, after = text[index - 1], text[index]
    return before in _SPACES or after in _SPACES or (_is_ideograph(before) and _is_ideograph(after))


def _is_ideograph(char: str) -> bool:
    return "\u3041" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


def cut_runs(runs: Sequence[GlyphRun], start: int, end: int) -> tuple[GlyphRun, ...]:
    """Glyphs of text[start:end] out of shaped runs, in the same visual order."""
    if runs and runs[0].level & 1:
        first = bisect_right(runs, -end, key=_negated_start)
        last = bisect_left(runs, -start, lo=first, key=_negated_end)
    else:
        first = bisect_right(runs, start, key=_end)
        last = bisect_left(runs, end, lo=first, key=_start)
    result = []
    for run in runs[first:last]:
        if run.start >= start and run.end <= end:
            result.append(run)
        else:
            part = _cut_run(run, max(start, run.start), min(end, run.end))
            if part.glyphs:
                result.append(part)
    return tuple(result)


def _cut_run(run: GlyphRun, start: int, end: int) -> GlyphRun:
    clusters = run.clusters
    if run.level & 1:  # clusters fall from left to right
        first = bisect_left(clusters, -(end - 1), key=_negated)
        last = bisect_left(clusters, -start + 1, key=_negated)
    else:
        first = bisect_left(clusters, start)
        last = bisect_left(clusters, end)
    advances = run.advances[first:last]
    return GlyphRun(
        run.font,
        run.glyphs[first:last],
        clusters[first:last],
        advances,
        run.x_offsets[first:last],
        run.y_offsets[first:last],
        start,
        end,
        run.level,
        sum(advances),
        tuple(index for index in run.missing if start <= index < end) if run.missing else (),
    )


_start, _end = attrgetter("start"), attrgetter("end")


def _negated_start(run: GlyphRun) -> int:
    return -run.start


def _negated_end(run: GlyphRun) -> int:
    return -run.end


def _negated(value: int) -> int:
    return -value
