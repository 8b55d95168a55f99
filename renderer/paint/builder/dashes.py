"""Dash patterns of borders and decoration lines, fitted to the length of the line as Chromium does."""

from __future__ import annotations

from math import floor

_LARGEST_SQUARE_DOT = 3.0  # px: thicker dots are round


def dots_are_square(thickness: float) -> bool:
    """Whether the dots of a decoration line are too small to be seen round."""
    return thickness <= _LARGEST_SQUARE_DOT


def dash_and_gap(thickness: float) -> tuple[float, float]:
    """Wanted lengths of a dash and the gap after it: thin lines have longer ones in proportion."""
    return (2 * thickness, thickness) if thickness >= 3 else (3 * thickness, 2 * thickness)


def best_gap(length: float, dash: float, gap: float) -> float:
    """Gap nearest to the wanted one such that the line begins and ends with a whole dash."""
    if length < 2 * dash + gap:
        return gap
    available = length + gap
    fewer = floor(available / (dash + gap))
    gaps = [(length - count * dash) / (count - 1) for count in (fewer, fewer + 1) if count > 1]
    possible = [value for value in gaps if value > 0]
    return min(possible, key=lambda value: abs(value - gap)) if possible else gap
