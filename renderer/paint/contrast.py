"""Contrast of texts to what is really behind them (WCAG 2.1, success criterion 1.4.3), measured on pixels.

The page is painted four times: without its texts, with a block of colour in place of each text, and with all texts
black and then white. The last two differ exactly where ink of a text can be seen, whatever covers or fades it; there
the block (the text's own colour after opacity, filters and blending) is compared with the bare page. Text shadows stay
on the bare page: a dark glow below white letters is what makes them legible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from renderer.assets import Images
from renderer.diagnostics import Diagnostic
from renderer.document import Element
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.paint.display_list import DisplayList, Fill, Glyphs, Group, Operation, Rect
from renderer.paint.painted_text import (
    GlyphsKey,
    PaintedText,
    TextOwner,
    ink_rect,
    intersection,
    own_glyphs,
    painted_texts,
)
from renderer.paint.raster import rasterize
from renderer.style.computed import ComputedStyle
from renderer.style.values import BLACK, WHITE, Color

LARGE_TEXT = 24.0  # px: 18 pt (WCAG 2.1, large scale text)
LARGE_BOLD_TEXT = 14 * 96 / 72  # px: 14 pt
_NEEDED, _NEEDED_LARGE = 4.5, 3.0
_WORST_PART = 0.25  # the contrast that a quarter of the ink does not reach stands for the text
_FAINTEST = 24  # levels of 255 by which ink must show to be seen at all
_MAX_TEXTS = 400

_Pixels = NDArray[np.uint8]
_Numbers = NDArray[np.float64]
_Look = Literal["bare", "blocks"] | Color


@dataclass(frozen=True, slots=True)
class Contrast:
    """The contrast of one text and the two colours that were compared."""

    ratio: float
    needed: float
    text: Color
    background: Color


def contrast_findings(
    display: DisplayList, owners: Mapping[GlyphsKey, TextOwner], images: Images, *, limits: Limits = DEFAULT_LIMITS
) -> list[Diagnostic]:
    """A `low-contrast` finding for each element with text below the ratio that its size needs, with the worst ratio.

    Texts over transparent parts of the page are left out, since what will be behind them is not known.
    """
    texts = [text for text in painted_texts(display, owners) if text.visible.width > 0 and text.visible.height > 0]
    if not texts:
        return []
    measure = _Measure(display, owners, images, limits)
    worst: dict[tuple[object, str], tuple[Contrast, Element]] = {}
    for text in texts[:_MAX_TEXTS]:
        element, found = text.owner.element, measure.contrast(text)
        if element is None or found is None or found.ratio >= found.needed:
            continue
        key = (element.position, element.describe())
        if key not in worst or found.ratio < worst[key][0].ratio:
            worst[key] = (found, element)
    return [_finding(contrast, element) for contrast, element in worst.values()]


def _finding(contrast: Contrast, element: Element) -> Diagnostic:
    text, background = _hex(contrast.text), _hex(contrast.background)
    ratio = floor(contrast.ratio * 100) / 100  # 4.499 must not read 4.5
    message = f"The text's contrast is {ratio:g}:1 ({text} on {background}); it needs {contrast.needed:g}:1."
    data = (("background", background), ("contrast", ratio), ("needed", contrast.needed), ("text", text))
    return Diagnostic("low-contrast", message, "warning", element.position, element.describe(), data)


class _Measure:
    """The four paintings of one page."""

    def __init__(
        self, display: DisplayList, owners: Mapping[GlyphsKey, TextOwner], images: Images, limits: Limits
    ) -> None:
        def paint(look: _Look) -> _Pixels:
            changed = replace(display, operations=tuple(_changed(display.operations, owners, look)))
            picture = rasterize(changed, images, limits=limits, cache=None)
            return np.asarray(picture.image.convert("RGBA"))

        self.bare, self.blocks = paint("bare"), paint("blocks")
        black, white = paint(BLACK), paint(WHITE)
        self.ink = np.abs(white[..., :3].astype(np.int16) - black[..., :3]).max(axis=2)

    def contrast(self, text: PaintedText) -> Contrast | None:
        """The contrast of one text, or None if nothing of it is seen."""
        area = _slices(text.visible, self.ink.shape)
        ink = self.ink[area]
        if ink.size == 0 or ink.max() < _FAINTEST:
            return None
        seen = (ink >= ink.max() / 2) & (self.bare[area][..., 3] == 255)
        if not seen.any():
            return None
        behind, front = self.bare[area][seen], self.blocks[area][seen]
        ratios = _ratios(front, behind)
        style = text.owner.fragment.style
        outline = style.text_stroke_color
        if style.text_stroke_width > 0 and outline.alpha == 1:
            # An outline of another colour than the letter's separates it from anything.
            ratios = np.maximum(ratios, _ratios(front, np.array([outline[:3]], np.uint8)))
        at = int(np.argsort(ratios)[int((ratios.size - 1) * _WORST_PART)])
        return Contrast(float(ratios[at]), needed_contrast(text, style), _color(front[at]), _color(behind[at]))


def needed_contrast(text: PaintedText, style: ComputedStyle) -> float:
    """The ratio that WCAG 2.1 level AA asks of a text: 3 for large text, else 4.5."""
    large = LARGE_BOLD_TEXT if style.font_weight >= 700 else LARGE_TEXT
    return _NEEDED_LARGE if text.font_size >= large - 0.01 else _NEEDED


def _changed(
    operations: Iterable[Operation], owners: Mapping[GlyphsKey, TextOwner], look: _Look
) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, Group):
            yield from _changed_group(operation, owners, look)
        elif own_glyphs(operation, owners) is not None and isinstance(operation, Glyphs):
            yield from _changed_glyphs(operation, look)
        else:
            yield operation


def _changed_group(group: Group, owners: Mapping[GlyphsKey, TextOwner], look: _Look) -> Iterator[Operation]:
    if not group.mask:
        yield replace(group, operations=tuple(_changed(group.operations, owners, look)))
    elif look == "blocks":
        yield replace(group, mask=tuple(_changed(group.mask, owners, look)))
    elif look != "bare":
        # A background clipped to text is that text's paint.
        inner = (replace(op, paint=look) if isinstance(op, Fill) else op for op in group.operations)
        yield replace(group, operations=tuple(inner))


def _changed_glyphs(glyphs: Glyphs, look: _Look) -> Iterator[Operation]:
    if look == "blocks":
        ink = ink_rect(glyphs)
        if ink is not None:
            yield Fill(Rect(ink.x - 1, ink.y - 1, ink.width + 2, ink.height + 2), glyphs.paint)
    elif look != "bare":
        yield replace(glyphs, paint=look)


def _slices(rect: Rect, shape: tuple[int, ...]) -> tuple[slice, slice]:
    height, width = shape[:2]
    inside = intersection(rect, Rect(0.0, 0.0, float(width), float(height)))
    return (
        slice(floor(inside.y), ceil(inside.y + inside.height)),
        slice(floor(inside.x), ceil(inside.x + inside.width)),
    )


def _ratios(one: _Pixels, other: _Pixels) -> _Numbers:
    first, second = _luminances(one), _luminances(other)
    ratios: _Numbers = (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)
    return ratios


def _luminances(pixels: _Pixels) -> _Numbers:
    """Relative luminance as WCAG 2.1 defines it."""
    levels: _Numbers = _LINEAR[pixels[:, :3]] @ np.array([0.2126, 0.7152, 0.0722])
    return levels


def _linear_levels() -> _Numbers:
    levels = np.arange(256) / 255.0
    linear: _Numbers = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return linear


_LINEAR = _linear_levels()


def _color(pixel: _Pixels) -> Color:
    red, green, blue = (int(channel) for channel in pixel[:3])
    return Color(red, green, blue)


def _hex(color: Color) -> str:
    return f"#{color.red:02x}{color.green:02x}{color.blue:02x}"
