"""Operations painted onto a surface, group by group."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from renderer.assets import Images
from renderer.errors import LimitError
from renderer.paint.affine import Affine, device_box, mean_scale, multiply
from renderer.paint.blending import blend, is_blend_mode
from renderer.paint.display_list import BoxShadow, Fill, Glyphs, Group, Operation, Paint, Stroke
from renderer.paint.extent import operations_box
from renderer.paint.filters import apply_filters, fade, margin
from renderer.paint.glyph_painter import CoverageTable, GlyphPainter
from renderer.paint.pictures import paint_picture
from renderer.paint.region import Box, Coverage, Piece, bounds, intersect
from renderer.paint.shadows import shadow_pictures
from renderer.paint.shapes import shape_coverage
from renderer.paint.surface import Picture, Surface, alpha_byte
from renderer.paint.vector import draw_mask, stroke_markup
from renderer.style.values import Color
from renderer.text.gamma import coverage_table

_LARGEST_LAYER = 50_000_000  # device pixels: a page of the largest size at ratio 1, and blurs around it


@dataclass(frozen=True, slots=True)
class State:
    """Where operations land: page CSS px to device px, and the region that they may change."""

    matrix: Affine
    clip: Coverage

    def entered(self, group: Group) -> State:
        """The state inside a group."""
        matrix = self.matrix if group.transform is None else multiply(self.matrix, group.transform)
        if group.clip is None:
            return State(matrix, self.clip)
        area = bounds(piece.box for piece in self.clip)
        return State(matrix, intersect(self.clip, shape_coverage(group.clip, matrix, area)))


def needs_layer(group: Group) -> bool:
    """Whether a group must be finished on its own before it is put on the page."""
    return (
        group.opacity < 1
        or bool(group.filters)
        or bool(group.mask)
        or group.isolated
        or (group.blend != "normal" and is_blend_mode(group.blend))
    )


class Painter:
    """Paints operations with the images of one render."""

    def __init__(self, images: Images, table: CoverageTable = coverage_table) -> None:
        self._images = images
        self._glyphs = GlyphPainter(table)

    def paint(self, operation: Operation, surface: Surface, state: State) -> None:
        """Paint one operation. What is not finite, has no area or lies outside the clip paints nothing."""
        if not state.clip:
            return
        if isinstance(operation, Fill):
            area = bounds(piece.box for piece in state.clip)
            coverage = shape_coverage(operation.shape, state.matrix, area)
            self._paint_coverage(intersect(coverage, state.clip), operation.paint, surface, state.matrix)
        elif isinstance(operation, Glyphs):
            self._paint_glyphs(operation, surface, state)
        elif isinstance(operation, Group):
            self._paint_group(operation, surface, state)
        elif isinstance(operation, BoxShadow):
            area = bounds(piece.box for piece in state.clip)
            for picture in shadow_pictures(operation, state.matrix, area):
                surface.draw(state.clip, picture)
        else:
            self._paint_stroke(operation, surface, state)

    def _paint_coverage(self, coverage: Coverage, paint: Paint, surface: Surface, matrix: Affine) -> None:
        if isinstance(paint, Color):
            surface.fill(coverage, paint)
            return
        box = bounds(piece.box for piece in coverage)
        if box.empty:
            return
        picture = paint_picture(paint, matrix, box, self._images)
        if picture is not None:
            surface.draw(coverage, picture)

    def _paint_glyphs(self, glyphs: Glyphs, surface: Surface, state: State) -> None:
        paint = glyphs.paint

        def picture(box: Box) -> Picture | None:
            return None if isinstance(paint, Color) else paint_picture(paint, state.matrix, box, self._images)

        self._glyphs.paint(glyphs, surface, state.matrix, state.clip, picture)

    def _paint_stroke(self, stroke: Stroke, surface: Surface, state: State) -> None:
        area = bounds(piece.box for piece in state.clip)
        spread = stroke.width * 2.5 * mean_scale(state.matrix) + 1
        box = device_box(state.matrix, stroke.path.bounds, area, margin=spread)
        if box.empty or not stroke.width > 0:
            return
        markup = stroke_markup(
            stroke.path.data, stroke.width, dash=stroke.dash, dash_offset=stroke.dash_offset, cap=stroke.cap
        )
        coverage = (Piece(box, draw_mask(markup, state.matrix, box)),)
        surface.fill(intersect(coverage, state.clip), stroke.color)

    # --- groups -----------------------------------------------------------------------------------------------

    def _paint_group(self, group: Group, surface: Surface, state: State) -> None:
        if not needs_layer(group):
            inner = state.entered(group)
            for operation in group.operations:
                self.paint(operation, surface, inner)
            return
        matrix = state.matrix if group.transform is None else multiply(state.matrix, group.transform)
        clip = state.entered(group).clip
        visible = bounds(piece.box for piece in clip)
        if visible.empty:
            return
        spread = margin(group.filters, mean_scale(matrix))
        area = Box(visible.left - spread, visible.top - spread, visible.right + spread, visible.bottom + spread)
        box = operations_box(group.operations, matrix, area)
        if box.empty:
            return
        box = Box(box.left - spread, box.top - spread, box.right + spread, box.bottom + spread)
        if box.width * box.height > _LARGEST_LAYER:
            raise LimitError(
                f"A filter or a faded group would need a layer of {box.width:,} × {box.height:,} pixels; "
                f"at most {_LARGEST_LAYER:,} are allowed. Blur less, or scale less."
            )
        layer = self._layer(group, matrix, box)
        self._put(Picture(layer, box.left, box.top, opaque=False), group, surface, clip)

    def _layer(self, group: Group, matrix: Affine, box: Box) -> Image.Image:
        """The finished pixels of a group: painted, filtered, masked and faded."""
        image = self._painted(group.operations, matrix, box)
        if group.filters:
            image = apply_filters(image, group.filters, matrix, mean_scale(matrix))
        if group.mask:
            mask = self._painted(group.mask, matrix, box).getchannel("a")
            masked = Surface.transparent(box)
            # Toward the layer in proportion to the mask, from nothing: the layer times the mask.
            masked.replace((Piece(box, mask),), image, box.left, box.top)
            image = masked.image
        return fade(image, alpha_byte(group.opacity))

    def _painted(self, operations: tuple[Operation, ...], matrix: Affine, box: Box) -> Image.Image:
        surface = Surface.transparent(box)
        state = State(matrix, (Piece(box),))
        for operation in operations:
            self.paint(operation, surface, state)
        return surface.image

    def _put(self, picture: Picture, group: Group, surface: Surface, clip: Coverage) -> None:
        if group.blend == "normal" or not is_blend_mode(group.blend):
            surface.draw(clip, picture)
            return
        box = picture.box.intersect(bounds(piece.box for piece in clip))
        if not box.empty:
            blended = blend(surface.crop(box), picture.part(box), group.blend)
            surface.replace(clip, blended, box.left, box.top)
