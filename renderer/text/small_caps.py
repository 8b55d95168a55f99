"""Small capitals for fonts that have none: capitals of a smaller size (CSS Fonts 4 section 6.6)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from unicodedata import category

from renderer.text.shaping import CAPS, Shaping, shape
from renderer.text.stack import FontStack, is_ignorable
from renderer.text.types import GlyphRun

_ALL = frozenset({"all-small-caps", "all-petite-caps"})  # capitals and digits get small as well
_SYNTHETIC = _ALL | {"small-caps", "petite-caps"}


def small_size(size: float) -> float:
    """Font size of synthetic small capitals: 0.7 times the font's in whole px, as in Chromium."""
    return math.floor(size * 0.7 + 0.5)


def lacks_small_caps(caps: str, stack: FontStack) -> bool:
    """Whether capitals must stand in for what font-variant-caps asks of the stack's first font."""
    return caps in _SYNTHETIC and not stack.primary.face.substitutions.issuperset(CAPS[caps])


def shape_small_caps(
    text: str, start: int, end: int, stacks: tuple[FontStack, FontStack], shaping: Shaping, level: int, caps: str
) -> tuple[GlyphRun, ...]:
    """As `shape`. `stacks`: the style's fonts, and those of `small_size` for what becomes a small capital."""
    parts: list[tuple[GlyphRun, ...]] = []
    for first, last, small in [(start, end, True)] if caps in _ALL else _parts(text, start, end):
        if small:
            parts.append(_shape_capitals(text, first, last, stacks[1], shaping, level))
        else:
            parts.append(shape(text, first, last, stacks[0], shaping, level))
    if level & 1:
        parts.reverse()
    return tuple(run for runs in parts for run in runs)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Cut where letters that have a capital meet other characters; marks stay with their letter."""
    first, small = start, False
    for index in range(start, end):
        character = text[index]
        if index > start and (is_ignorable(ord(character)) or category(character)[0] == "M"):
            continue
        changes = character.upper() != character
        if changes != small and index > first:
            yield first, index, small
            first = index
        small = changes
    if first < end:
        yield first, end, small


def _shape_capitals(
    text: str, start: int, end: int, stack: FontStack, shaping: Shaping, level: int
) -> tuple[GlyphRun, ...]:
    """Shape the capitals of text[start:end] by themselves: one letter may have two (ß), so places are mapped back."""
    capitals = [text[index].upper() for index in range(start, end)]
    places = [start + index for index, letters in enumerate(capitals) for _ in letters]
    upper = "".join(capitals)
    bounds = [*places, end]
    return tuple(
        replace(
            run,
            clusters=tuple([places[cluster] for cluster in run.clusters]),
            start=bounds[run.start],
            end=bounds[run.end],
            missing=tuple(dict.fromkeys(places[index] for index in run.missing)),
        )
        for run in shape(upper, 0, len(upper), stack, shaping, level)
    )
