"""Where the texts of a page are really painted: their ink after transforms, and what clips leave of it.

Layout knows the boxes that texts were given; only the display list knows what becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from renderer.document import Element
from renderer.layout.fragments import Fragment, TextFragment
from renderer.paint.affine import Affine, is_upright, map_rect, mean_scale, multiply
from renderer.paint.builder.text import place_glyphs
from renderer.paint.display_list import DisplayList, Glyphs, Group, Operation, Rect
from renderer.paint.shapes import shape_rect
from renderer.text.types import Font

GlyphsKey = tuple[Font, tuple[tuple[int, float, float], ...]]
_IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_LARGEST_MEASURED = 400.0  # px; above this a glyph's bitmap is not worth its memory


@dataclass(frozen=True, slots=True)
class TextOwner:
    """The text that glyphs belong to, and the element that it stands in (None for text outside all elements)."""

    fragment: TextFragment
    element: Element | None


@dataclass(frozen=True, slots=True)
class PaintedText:
    """Glyphs of one font on one line, as they are painted.

    `ink` and `visible` (what clips and the page leave of it; possibly empty) are bounding rectangles in CSS px from the
    page's corner, transforms applied. `font_size` in px includes text-fit and transforms. `upright`: the text is
    neither turned nor mirrored, so that the rectangle is tight.
    """

    owner: TextOwner
    ink: Rect
    visible: Rect
    font_size: float
    upright: bool


def text_owners(root: Fragment) -> dict[GlyphsKey, TextOwner]:
    """Every run of glyphs of a layout, as the display list has it, with its owner."""
    return dict(_owners(root, root.x, root.y, None))


def _owners(fragment: Fragment, x: float, y: float, outer: Element | None) -> Iterator[tuple[GlyphsKey, TextOwner]]:
    element = fragment.element or outer
    for child in (*fragment.children, *fragment.positioned):
        yield from _owners(child, x + child.x, y + child.y, element)
    origin_x, origin_y = x + fragment.content_x, y + fragment.content_y
    for line in fragment.lines:
        for item in line.items:
            if isinstance(item, Fragment):
                yield from _owners(item, origin_x + item.x, origin_y + item.y, element)
            elif isinstance(item, TextFragment):
                owner = TextOwner(item, item.element or element)
                for font, glyphs in place_glyphs(item, origin_x, origin_y):
                    yield (font, glyphs), owner


def own_glyphs(operation: Operation, owners: Mapping[GlyphsKey, TextOwner]) -> TextOwner | None:
    """The owner of filled glyphs; None for everything else, such as shadows and outlines of texts."""
    if not isinstance(operation, Glyphs) or operation.blur or operation.stroke_width:
        return None
    return owners.get((operation.font, operation.glyphs))


def painted_texts(display: DisplayList, owners: Mapping[GlyphsKey, TextOwner]) -> list[PaintedText]:
    """All texts of a page in painting order."""
    page = Rect(0.0, 0.0, display.width, display.height)
    return list(_painted(display.operations, owners, _IDENTITY, page))


def _painted(
    operations: Iterable[Operation], owners: Mapping[GlyphsKey, TextOwner], matrix: Affine, clip: Rect
) -> Iterator[PaintedText]:
    for operation in operations:
        if isinstance(operation, Group):
            inner = matrix if operation.transform is None else multiply(matrix, operation.transform)
            inside = clip if operation.clip is None else intersection(clip, _mapped(inner, shape_rect(operation.clip)))
            yield from _painted((*operation.operations, *operation.mask), owners, inner, inside)
            continue
        owner = own_glyphs(operation, owners)
        if owner is not None and isinstance(operation, Glyphs):
            ink = ink_rect(operation)
            if ink is not None:
                placed = _mapped(matrix, ink)
                size = operation.font.size * mean_scale(matrix)
                yield PaintedText(owner, placed, intersection(placed, clip), size, is_upright(matrix))


def ink_rect(glyphs: Glyphs) -> Rect | None:
    """The rectangle around a run's ink in CSS px, to whole pixels; None if it has no ink."""
    left = top = float("inf")
    right = bottom = float("-inf")
    for glyph, x, y in glyphs.glyphs:
        edges = _glyph_edges(glyphs.font, glyph)
        if edges is not None:
            left, top = min(left, x + edges[0]), min(top, y + edges[1])
            right, bottom = max(right, x + edges[2]), max(bottom, y + edges[3])
    return Rect(left, top, right - left, bottom - top) if left < right else None


def _glyph_edges(font: Font, glyph: int) -> tuple[float, float, float, float] | None:
    if font.size > _LARGEST_MEASURED:
        span = font.ink_span(glyph, -font.metrics.ascent, font.metrics.descent)
        return None if span is None else (span[0], -font.metrics.cap_height, span[1], 0.0)
    bitmap = font.rasterize(glyph, (1.0, 0.0, 0.0, 1.0), 0.0, 0.0)
    if bitmap is None:
        return None
    return bitmap.left, bitmap.top, bitmap.left + bitmap.width, bitmap.top + bitmap.height


def _mapped(matrix: Affine, rect: Rect) -> Rect:
    left, top, right, bottom = map_rect(matrix, rect)
    return Rect(left, top, right - left, bottom - top)


def intersection(one: Rect, other: Rect) -> Rect:
    """The common part of two rectangles; without width or height if there is none."""
    left, top = max(one.x, other.x), max(one.y, other.y)
    right = min(one.x + one.width, other.x + other.width)
    bottom = min(one.y + one.height, other.y + other.height)
    return Rect(left, top, max(0.0, right - left), max(0.0, bottom - top))
