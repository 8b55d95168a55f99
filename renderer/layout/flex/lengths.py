"""Resolving flexible lengths (CSS Flexbox 1 section 9.7)."""

from __future__ import annotations

from renderer.layout.flex.axis import Axis
from renderer.layout.flex.items import FlexItem


def resolve_flexible_lengths(items: list[FlexItem], available: float, gap: float, axis: Axis) -> None:
    """Set every item's `target` main size so that the line fills `available` px as far as the items allow."""
    fixed = gap * (len(items) - 1) + sum(axis.main_edges(item.margin) for item in items)
    growing = sum(item.hypothetical for item in items) + fixed < available
    for item in items:
        factor = item.style.flex_grow if growing else item.style.flex_shrink
        item.target = item.hypothetical
        item.frozen = (
            factor == 0
            or (growing and item.base > item.hypothetical)
            or (not growing and item.base < item.hypothetical)
        )
    initial = available - fixed - sum(item.target if item.frozen else item.base for item in items)
    while not all(item.frozen for item in items):
        _distribute(items, available - fixed, initial, growing, axis)
        _freeze(items)


def _distribute(items: list[FlexItem], room: float, initial: float, growing: bool, axis: Axis) -> None:
    """Share the free space among the unfrozen items and record how far each was clamped."""
    loose = [item for item in items if not item.frozen]
    free = room - sum(item.target if item.frozen else item.base for item in items)
    factors = sum(item.style.flex_grow if growing else item.style.flex_shrink for item in loose)
    if factors < 1 and abs(initial * factors) < abs(free):
        free = initial * factors
    weights = [_weight(item, growing, axis) for item in loose]
    total = sum(weights)
    for item, weight in zip(loose, weights, strict=True):
        wanted = item.base + (free * weight / total if total else 0.0)
        item.target = max(item.minimum, min(wanted, item.maximum))
        item.violation = item.target - wanted


def _weight(item: FlexItem, growing: bool, axis: Axis) -> float:
    if growing:
        return item.style.flex_grow
    inner = item.base - axis.main_edges(item.padding) - axis.main_edges(item.border)
    return item.style.flex_shrink * inner


def _freeze(items: list[FlexItem]) -> None:
    loose = [item for item in items if not item.frozen]
    total = sum(item.violation for item in loose)
    for item in loose:
        # A rounding remainder must not keep the loop going with an item that fits exactly.
        if abs(total) < 1e-9 or (total > 0 and item.violation > 0) or (total < 0 and item.violation < 0):
            item.frozen = True
