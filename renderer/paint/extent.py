"""How far operations reach, so that layers need not be larger than what is painted on them."""

from __future__ import annotations

from collections.abc import Iterable

from renderer.paint.affine import Affine, device_box, mean_scale, multiply
from renderer.paint.blur import reach
from renderer.paint.display_list import BoxShadow, Fill, Glyphs, Group, Operation, Shape, Stroke
from renderer.paint.filters import margin
from renderer.paint.glyph_painter import ink_bounds
from renderer.paint.region import Box, bounds
from renderer.paint.shadows import shadow_box
from renderer.paint.shapes import shape_rect


def operations_box(operations: Iterable[Operation], matrix: Affine, area: Box) -> Box:
    """Device pixels inside `area` that the operations may touch."""
    return bounds(_operation_box(operation, matrix, area) for operation in operations)


def shape_box(shape: Shape, matrix: Affine, area: Box) -> Box:
    """Device pixels inside `area` that a shape may touch."""
    return device_box(matrix, shape_rect(shape), area, margin=1e-3)


def _operation_box(operation: Operation, matrix: Affine, area: Box) -> Box:
    if isinstance(operation, Fill):
        return shape_box(operation.shape, matrix, area)
    if isinstance(operation, Glyphs):
        blur = reach(operation.blur / 2 * mean_scale(matrix)) if operation.blur > 0 else 0
        return device_box(matrix, ink_bounds(operation), area, margin=blur + 1)
    if isinstance(operation, BoxShadow):
        if operation.inset:
            return shape_box(operation.box, matrix, area)
        return shadow_box(operation, matrix, area)
    if isinstance(operation, Stroke):
        spread = operation.width * 2.5 * mean_scale(matrix)  # room for mitres of up to four half widths
        return device_box(matrix, operation.path.bounds, area, margin=spread + 1)
    return group_box(operation, matrix, area)


def group_box(group: Group, matrix: Affine, area: Box) -> Box:
    """Device pixels inside `area` that a group may touch, its filters included; `matrix` is the one outside it."""
    inner = matrix if group.transform is None else multiply(matrix, group.transform)
    spread = margin(group.filters, mean_scale(inner))
    wider = Box(area.left - spread, area.top - spread, area.right + spread, area.bottom + spread)
    box = operations_box(group.operations, inner, wider)
    if box.empty:
        return box
    box = Box(box.left - spread, box.top - spread, box.right + spread, box.bottom + spread)
    if group.clip is not None:
        box = box.intersect(shape_box(group.clip, inner, area))
    return box.intersect(area)
