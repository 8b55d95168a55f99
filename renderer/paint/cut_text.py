"""Texts that a reader cannot read whole: cut by a clip or the page's edge, hidden, or run into by another text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from renderer.diagnostics import Diagnostic
from renderer.document import Element
from renderer.paint.display_list import Rect
from renderer.paint.painted_text import PaintedText, intersection

_TOLERANCE = 1.5  # px: anti-aliasing and the overhang of round letters
_COLLISION = 2.0  # px in both directions by which ink of two texts must overlap
_MAX_TEXTS = 2_000

_Kind = Literal["cut", "outside", "hidden"]


@dataclass(frozen=True, slots=True)
class Collision:
    """Two elements whose texts are painted over each other, in painting order."""

    below: Element
    above: Element

    def finding(self) -> Diagnostic:
        """The collision as a finding on the element that is painted over."""
        message = f"The text runs into that of <{self.above.describe()}>."
        return Diagnostic("text-overflow", message, "warning", self.below.position, self.below.describe())


def cut_text_findings(texts: Iterable[PaintedText], width: float, height: float) -> list[Diagnostic]:
    """Warnings of texts that are cut through or lie outside a page of width × height CSS px, one for each element.

    Lines that a clipping box hides as a whole are an info only: boxes are made to hide what does not fit.
    """
    page = Rect(0.0, 0.0, width, height)
    found: dict[tuple[object, str, _Kind], tuple[float, Element]] = {}
    for text in texts:
        element = text.owner.element
        kind = _kind(text, page)
        if element is None or kind is None:
            continue
        key = (element.position, element.describe(), kind)
        lost = _lost(text)
        if key not in found or lost > found[key][0]:
            found[key] = (lost, element)
    return [_finding(kind, lost, element) for (_, _, kind), (lost, element) in found.items()]


def _kind(text: PaintedText, page: Rect) -> _Kind | None:
    if _is_empty(text.visible):
        return "outside" if _is_empty(intersection(text.ink, page)) else "hidden"
    return "cut" if _lost(text) > _TOLERANCE else None


def _lost(text: PaintedText) -> float:
    """Px of ink that are missing in the direction in which most are."""
    if _is_empty(text.visible):
        return 0.0
    return max(text.ink.width - text.visible.width, text.ink.height - text.visible.height)


def _is_empty(rect: Rect) -> bool:
    return rect.width <= 0 or rect.height <= 0


def _finding(kind: _Kind, lost: float, element: Element) -> Diagnostic:
    place, name = element.position, element.describe()
    if kind == "hidden":
        return Diagnostic("text-clamped", "Some of the text is hidden by a box that clips it.", "info", place, name)
    if kind == "outside":
        return Diagnostic("text-overflow", "Some of the text lies outside the picture.", "warning", place, name)
    message = f"The text is cut: {lost:.0f} px of it cannot be seen."
    return Diagnostic("text-overflow", message, "warning", place, name, (("cut", round(lost, 2)),))


def colliding_texts(texts: Sequence[PaintedText]) -> list[Collision]:
    """Pairs of elements, neither inside the other, whose upright texts overlap visibly; each pair once."""
    shown = [text for text in texts[:_MAX_TEXTS] if text.upright and not _is_empty(text.visible)]
    order = sorted(range(len(shown)), key=lambda index: shown[index].visible.y)
    pairs: dict[tuple[int, int], Collision] = {}
    open_texts: list[int] = []
    for index in order:
        rect = shown[index].visible
        open_texts = [other for other in open_texts if _bottom(shown[other].visible) > rect.y]
        for other in open_texts:
            if _overlap(rect, shown[other].visible):
                below, above = (shown[i].owner.element for i in sorted((index, other)))
                if below is not None and above is not None and not _related(below, above):
                    pairs.setdefault((id(below), id(above)), Collision(below, above))
        open_texts.append(index)
    return list(pairs.values())


def _bottom(rect: Rect) -> float:
    return rect.y + rect.height


def _overlap(one: Rect, other: Rect) -> bool:
    common = intersection(one, other)
    return common.width > _COLLISION and common.height > _COLLISION


def _related(one: Element, other: Element) -> bool:
    return one is other or _is_inside(one, other) or _is_inside(other, one)


def _is_inside(element: Element, outer: Element) -> bool:
    parent = element.parent
    while parent is not None:
        if parent is outer:
            return True
        parent = parent.parent
    return False
