"""Choosing a face within a family (CSS Fonts 4 section 5.2, "Matching font styles")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from renderer.text.face import Face

Range = tuple[float, float]

BOLD = 600.0  # from this weight on, Chromium makes a face bold that is not


@dataclass(frozen=True, slots=True)
class FaceDescription:
    """A face that a family offers, described without opening it. `open` raises AssetError if it is broken."""

    family: str
    weight: Range
    style: str  # normal | italic | oblique
    stretch: Range
    open: Callable[[], Face]
    name: str  # what messages call it: a URL or path
    unicode_range: tuple[tuple[int, int], ...] = ()  # inclusive; empty: everything

    def admits(self, codepoint: int) -> bool:
        """Whether the descriptor unicode-range includes a code point."""
        return not self.unicode_range or any(low <= codepoint <= high for low, high in self.unicode_range)


def match(faces: Sequence[FaceDescription], weight: float, style: str, stretch: float) -> list[FaceDescription]:
    """The faces that fit best, in order; several if they differ only in the unicode-range that they serve."""
    faces = _narrow(faces, lambda face: _stretch_distance(face.stretch, stretch))
    faces = _narrow(faces, lambda face: _style_distance(face.style, style))
    return _narrow(faces, lambda face: _weight_distance(face.weight, weight))


def _narrow(
    faces: Sequence[FaceDescription], distance: Callable[[FaceDescription], tuple[int, float]]
) -> list[FaceDescription]:
    distances = [distance(face) for face in faces]
    best = min(distances)
    return [face for face, how_far in zip(faces, distances, strict=True) if how_far == best]


def _stretch_distance(offered: Range, wanted: float) -> tuple[int, float]:
    low, high = offered
    if low <= wanted <= high:
        return 0, 0.0
    narrower_first = wanted <= 100.0
    below = high < wanted
    return (1 if below == narrower_first else 2), (wanted - high if below else low - wanted)


_STYLE_ORDER = {
    "normal": ("normal", "oblique", "italic"),
    "italic": ("italic", "oblique", "normal"),
    "oblique": ("oblique", "italic", "normal"),
}


def _style_distance(offered: str, wanted: str) -> tuple[int, float]:
    return _STYLE_ORDER[wanted].index(offered), 0.0


def _weight_distance(offered: Range, wanted: float) -> tuple[int, float]:
    low, high = offered
    if low <= wanted <= high:
        return 0, 0.0
    if 400 <= wanted <= 500:
        if wanted < low <= 500:
            return 1, low - wanted
        return (2, wanted - high) if high < wanted else (3, low - wanted)
    lighter_first = wanted < 400
    lighter = high < wanted
    return (1 if lighter == lighter_first else 2), (wanted - high if lighter else low - wanted)
