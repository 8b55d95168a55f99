"""Flex items: their base, smallest and largest main sizes (CSS Flexbox 1 sections 4.5 and 9.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from renderer.layout.block import is_out_of_flow
from renderer.layout.content import Box
from renderer.layout.flex.axis import Axis
from renderer.layout.fragments import Edges, Fragment
from renderer.layout.run import Run, Space
from renderer.layout.sizing import (
    border_box,
    border_edges,
    clamp_height,
    clamp_width,
    fit_content,
    height_from_ratio,
    intrinsic_keyword,
    length,
    margin_edges,
    padding_edges,
    width_from_ratio,
)
from renderer.style.computed import ComputedStyle


@dataclass(slots=True, eq=False)
class FlexItem:
    """One in-flow child. Sizes are border-box sizes in px; `main` and `cross` follow the container's axes."""

    box: Box
    style: ComputedStyle
    margin: Edges
    padding: Edges
    border: Edges
    align: str  # resolved align-self
    base: float = 0.0
    hypothetical: float = 0.0
    minimum: float = 0.0
    maximum: float = inf
    target: float = 0.0
    frozen: bool = False
    violation: float = 0.0
    cross: float = 0.0
    fragment: Fragment = field(default=None)  # type: ignore[assignment]  # set once the target size is known
    main_offset: float = 0.0
    cross_offset: float = 0.0


@dataclass(slots=True, eq=False)
class Container:
    """What the items need to know of their container. Content-box sizes; None: indefinite."""

    axis: Axis
    style: ComputedStyle
    width: float
    height: float | None
    single_line: bool
    run: Run

    @property
    def main(self) -> float | None:
        """Main size, if definite."""
        return self.width if self.axis.row else self.height

    @property
    def cross(self) -> float | None:
        """Cross size, if definite."""
        return self.height if self.axis.row else self.width


def collect_items(children: list[Box], container: Container) -> list[FlexItem]:
    """In-flow children in order-modified document order with their flex base sizes (section 9.2)."""
    items = [_item(child, container) for child in children if not is_out_of_flow(child.style)]
    if any(item.style.order for item in items):
        items.sort(key=lambda item: item.style.order)
    for item in items:
        _measure(item, container)
    return items


def _item(box: Box, container: Container) -> FlexItem:
    style = box.style
    return FlexItem(
        box,
        style,
        margin_edges(style, container.width),
        padding_edges(style, container.width),
        border_edges(style),
        resolve_align(style.align_self, container.style.align_items),
    )


def resolve_align(own: str, of_container: str) -> str:
    """The used align-self: auto takes the container's align-items, normal behaves as stretch."""
    value = of_container if own == "auto" else own
    return "stretch" if value == "normal" else value


def _measure(item: FlexItem, container: Container) -> None:
    measure = _measure_row if container.axis.row else _measure_column
    measure(item, container)
    item.minimum = min(item.minimum, item.maximum) if _is_automatic(item, container) else item.minimum
    item.hypothetical = max(item.minimum, min(item.base, item.maximum))


def _is_automatic(item: FlexItem, container: Container) -> bool:
    return (item.style.min_width if container.axis.row else item.style.min_height) == "auto"


def _clips(item: FlexItem) -> bool:
    """Scroll containers have no automatic minimum size."""
    return item.style.overflow_x not in ("visible", "clip") or item.style.overflow_y not in ("visible", "clip")


def _measure_row(item: FlexItem, container: Container) -> None:
    style, run = item.style, container.run
    edges = item.padding.horizontal + item.border.horizontal
    specified = _row_size(item, style.width, container, edges)
    basis = style.flex_basis
    base = specified if basis == "auto" else _row_size(item, basis, container, edges)
    transferred = _width_through_ratio(item, container)
    if base is None:
        base = transferred if transferred is not None else run.content_widths(item.box).maximum
    item.base = max(base, edges)
    largest = _row_size(item, style.max_width, container, edges)
    item.maximum = inf if largest is None else largest
    if style.min_width != "auto":
        item.minimum = max(edges, _row_size(item, style.min_width, container, edges) or 0.0)
    elif _clips(item):
        item.minimum = edges
    else:
        item.minimum = _automatic_width(item, container, specified, transferred, edges)


def _automatic_width(
    item: FlexItem, container: Container, specified: float | None, transferred: float | None, edges: float
) -> float:
    """Content-based minimum width (section 4.5)."""
    if item.box.kind == "replaced":
        content = transferred if transferred is not None else container.run.content_widths(item.box).minimum
    else:
        content = container.run.content_widths(item.box).minimum
    content = min(content, item.maximum)
    return max(edges, content if specified is None else min(specified, content))


def _row_size(item: FlexItem, value: object, container: Container, edges: float) -> float | None:
    """Border-box width for a width-like value; None for auto, content and none."""
    if isinstance(value, str):
        if value not in ("min-content", "max-content", "fit-content"):
            return None
        widths = container.run.content_widths(item.box)
        return intrinsic_keyword(value, widths, container.width - item.margin.horizontal)
    found = length(value, container.width)  # type: ignore[arg-type]  # a LengthPercentage where it is no keyword
    return None if found is None else border_box(found, edges, item.style)


def _width_through_ratio(item: FlexItem, container: Container) -> float | None:
    """Width transferred from a definite height through the aspect ratio, if there is one."""
    height = definite_cross(item, container)
    if height is None:
        return None
    if item.box.kind == "replaced" and isinstance(item.style.aspect_ratio, str):
        natural = container.run.context.images.intrinsic(item.box.image) if item.box.image else None
        if natural is None or natural.ratio is None:
            return None
        inner = height - item.padding.vertical - item.border.vertical
        return inner * natural.ratio + item.padding.horizontal + item.border.horizontal
    return width_from_ratio(item.style, height, item.border, item.padding)


def definite_cross(item: FlexItem, container: Container) -> float | None:
    """Border-box cross size if it is known before layout: specified, or stretched in a definite single line."""
    axis = container.axis
    style = item.style
    edges = axis.cross_edges(item.padding) + axis.cross_edges(item.border)
    found = length(style.height if axis.row else style.width, container.cross)
    if found is not None:
        return clamp_cross(border_box(found, edges, style), item, container)
    if container.single_line and container.cross is not None and stretches(item, container):
        return clamp_cross(container.cross - axis.cross_edges(item.margin), item, container)
    return None


def stretches(item: FlexItem, container: Container) -> bool:
    """Whether align-self: stretch takes effect: the cross size is auto and no cross margin is."""
    style = item.style
    if item.align != "stretch":
        return False
    if container.axis.row:
        return style.height == "auto" and "auto" not in (style.margin_top, style.margin_bottom)
    return style.width == "auto" and "auto" not in (style.margin_left, style.margin_right)


def clamp_cross(size: float, item: FlexItem, container: Container) -> float:
    """Border-box cross size between the item's minimum and maximum."""
    edges = container.axis.cross_edges(item.padding) + container.axis.cross_edges(item.border)
    if container.axis.row:
        return clamp_height(size, item.style, container.height, edges)
    return clamp_width(size, item.style, container.width, edges)


def _measure_column(item: FlexItem, container: Container) -> None:
    style = item.style
    edges = item.padding.vertical + item.border.vertical
    specified = _column_size(item, style.height, container, edges)
    basis = style.flex_basis
    base = specified if basis == "auto" else _column_size(item, basis, container, edges)
    content: float | None = None
    if base is None:
        base = content = _content_height(item, container)
    item.base = max(base, edges)
    largest = _column_size(item, style.max_height, container, edges)
    item.maximum = inf if largest is None else largest
    if style.min_height != "auto":
        item.minimum = max(edges, _column_size(item, style.min_height, container, edges) or 0.0)
    elif _clips(item):
        item.minimum = edges
    else:
        if content is None:
            content = _content_height(item, container)
        content = min(content, item.maximum)
        item.minimum = max(edges, content if specified is None else min(specified, content))


def _column_size(item: FlexItem, value: object, container: Container, edges: float) -> float | None:
    if isinstance(value, str):
        return None
    found = length(value, container.height)  # type: ignore[arg-type]  # a LengthPercentage where it is no keyword
    return None if found is None else border_box(found, edges, item.style)


def _content_height(item: FlexItem, container: Container) -> float:
    """Border-box height of the contents at the width that the item will have."""
    width = column_cross(item, container)
    through_ratio = height_from_ratio(item.style, width, item.border, item.padding)
    if through_ratio is not None and item.box.kind == "replaced":
        return through_ratio
    space = Space(container.width, None, border_width=width, independent=True, automatic_height=True)
    return container.run.layout(item.box, space).fragment.height


def column_cross(item: FlexItem, container: Container) -> float:
    """Border-box width of an item of a column: specified, stretched, or fit-content."""
    known = definite_cross(item, container)
    if known is not None:
        return known
    available = container.width - item.margin.horizontal
    if item.box.kind == "replaced":
        space = Space(container.width, container.height, independent=True)
        return container.run.layout(item.box, space).fragment.width
    widths = container.run.content_widths(item.box)
    if isinstance(item.style.width, str) and item.style.width != "auto":
        return clamp_cross(intrinsic_keyword(item.style.width, widths, available), item, container)
    return clamp_cross(fit_content(widths, available), item, container)
