"""Painting order: from the fragment tree to one display list (CSS 2.2 appendix E, CSS Flexbox 1 section 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from renderer.assets import Images
from renderer.layout.fragments import Edges, Fragment, InlineBoxFragment, Line, TextFragment
from renderer.layout.sizing import border_edges, padding_edges
from renderer.paint.builder.backgrounds import background_fills
from renderer.paint.builder.borders import border_operations, outline_operations
from renderer.paint.builder.clips import Clips, Placed, fold
from renderer.paint.builder.geometry import BoxGeometry, box_geometry, inset, outset, simple
from renderer.paint.builder.inline_layers import Item, is_inside, is_layer, layered, makes_context
from renderer.paint.builder.replaced import image_operations
from renderer.paint.builder.text import glyph_mask, text_operations
from renderer.paint.builder.transforms import page_matrix
from renderer.paint.display_list import BoxShadow, DisplayList, Group, Operation, Rect, RoundedRect
from renderer.style.computed import ComputedStyle
from renderer.style.values import TRANSPARENT, Color


def build_display_list(
    root: Fragment, width: float, height: float, images: Images, *, scale: float = 1.0
) -> DisplayList:
    """Display list of a page of width × height CSS px; `scale` is the device pixel ratio that boxes snap to."""
    builder = _Builder(images, scale)
    canvas, background = builder.canvas(root, Rect(0.0, 0.0, width, height))
    content = fold(builder.context(root, root.x, root.y))
    return DisplayList(width, height, (*canvas, *content), background)


TextSource = Callable[[], Iterable[Operation]]
"""Glyphs to clip a background to, asked for only by `background-clip: text`."""


Strips = dict[int, tuple[float, float]]
"""By inline box (its id): the width of its element's parts before it, and of all of them; px."""


@dataclass(slots=True)
class _Layer:
    """A box painted out of order: a stacking context or a positioned box."""

    z_index: int
    sequence: int
    operations: list[Placed]


@dataclass(slots=True)
class _Phases:
    """What one stacking context has collected, phase by phase."""

    blocks: list[Placed] = field(default_factory=list)
    inlines: list[Placed] = field(default_factory=list)
    layers: list[_Layer] = field(default_factory=list)

    def stacked(self, own: list[Placed]) -> list[Placed]:
        """Everything bottom to top, beginning with the box's own background and border."""
        self.layers.sort(key=lambda layer: (layer.z_index, layer.sequence))
        below = [op for layer in self.layers if layer.z_index < 0 for op in layer.operations]
        above = [op for layer in self.layers if layer.z_index >= 0 for op in layer.operations]
        return [*own, *below, *self.blocks, *self.inlines, *above]


class _Place(NamedTuple):
    """What the lines of one block share: its place in document order, and its inline boxes that were cut."""

    sequence: int
    strips: Strips


class _Builder:
    def __init__(self, images: Images, scale: float) -> None:
        self.images = images
        self.scale = scale
        self.canvas_source: Fragment | None = None

    # --- the canvas -------------------------------------------------------------------------------------------

    def canvas(self, root: Fragment, page: Rect) -> tuple[list[Operation], Color]:
        """The root's background, or else the body's, covers the whole canvas (CSS Backgrounds 3 section 2.11)."""
        source = root
        if not _has_background(root.style):
            source = next((c for c in root.children if c.element and c.element.local_name == "body"), root)
        self.canvas_source = source
        geometry = self.geometry(source, root.x, root.y, positioning=root)
        fills = [fill for fill, _ in background_fills(geometry, self.images, self.scale, area=page)]
        if fills and isinstance(fills[0].paint, Color) and fills[0].paint.alpha == 1:
            return list(fills[1:]), fills[0].paint
        return list(fills), TRANSPARENT

    def geometry(self, fragment: Fragment, x: float, y: float, positioning: Fragment | None = None) -> BoxGeometry:
        """Border box of a fragment at x, y; `positioning` lends its box to another element's background."""
        box = positioning or fragment
        rect = Rect(x, y, box.width, box.height)
        return box_geometry(fragment.style, rect, box.border, box.padding, self.scale)

    # --- stacking contexts --------------------------------------------------------------------------------------

    def context(self, fragment: Fragment, x: float, y: float) -> list[Placed]:
        """A stacking context: background, negative layers, blocks, inlines, then layers from zero up."""
        phases = _Phases()
        own: list[Placed] = [((), op) for op in self.decorate(fragment, x, y)]
        self.contents(fragment, x, y, (), phases)
        matrix = page_matrix(fragment.style, Rect(x, y, fragment.width, fragment.height))
        return _grouped(fragment.style, matrix, phases.stacked(own))

    def atomic(self, fragment: Fragment, x: float, y: float, clips: Clips, phases: _Phases) -> list[Placed]:
        """A box painted in one piece whose positioned descendants belong to the surrounding context."""
        inner = _Phases(layers=phases.layers)
        own: list[Placed] = [(clips, op) for op in self.decorate(fragment, x, y)]
        self.contents(fragment, x, y, clips, inner)
        return [*own, *inner.blocks, *inner.inlines]

    def contents(self, fragment: Fragment, x: float, y: float, clips: Clips, phases: _Phases) -> None:
        """Sort everything inside a box into the phases of its stacking context."""
        clips = self.clipped(fragment, x, y, clips)
        items_are_atomic = fragment.style.display in ("flex", "inline-flex")
        for child in fragment.children:
            self.child(child, x + child.x, y + child.y, clips, phases, items_are_atomic)
        origin_x, origin_y = x + fragment.content_x, y + fragment.content_y
        place = _Place(fragment.sequence, _strips(fragment.lines) if len(fragment.lines) > 1 else {})
        for line in fragment.lines:
            self.line(line.items, line, origin_x, origin_y, clips, phases, place)
        for child in fragment.positioned:
            self.child(child, x + child.x, y + child.y, clips, phases, atomic=False)

    def child(self, child: Fragment, x: float, y: float, clips: Clips, phases: _Phases, atomic: bool) -> None:
        """One box: into a layer of its own, in one piece among the inlines, or spread over the phases."""
        style = child.style
        z_index = style.z_index if isinstance(style.z_index, int) and (_is_positioned(style) or atomic) else None
        if z_index is not None or _creates_context(style):
            operations = [(clips + placed, op) for placed, op in self.context(child, x, y)]
            phases.layers.append(_Layer(z_index or 0, child.sequence, operations))
        elif _is_positioned(style):
            layer = _Layer(0, child.sequence, [])
            phases.layers.append(layer)
            layer.operations = self.atomic(child, x, y, clips, phases)
        elif atomic:
            phases.inlines += self.atomic(child, x, y, clips, phases)
        else:
            target = phases.inlines if child.image is not None else phases.blocks
            target += [(clips, op) for op in self.decorate(child, x, y)]
            self.contents(child, x, y, clips, phases)

    def line(
        self, items: Sequence[Item], line: Line, x: float, y: float, clips: Clips, phases: _Phases, place: _Place
    ) -> None:
        """Texts, inline boxes and atomic inlines of a line, in order."""
        for item, inside in layered(items) if _has_layers(items) else ((item, []) for item in items):
            if isinstance(item, Fragment):
                self.child(item, x + item.x, y + item.y, clips, phases, atomic=True)
            elif isinstance(item, TextFragment):
                phases.inlines += [(clips, op) for op in text_operations(item, x, y, self.scale)]
            elif is_layer(item.style):
                self.inline_layer(item, inside, line, x, y, clips, phases, place)
            else:
                phases.inlines += [(clips, op) for op in self.inline_box(item, line, x, y, place.strips)]

    def inline_layer(
        self,
        box: InlineBoxFragment,
        inside: list[Item],
        line: Line,
        x: float,
        y: float,
        clips: Clips,
        phases: _Phases,
        place: _Place,
    ) -> None:
        """The part of a positioned, faded or filtered inline element that is on one line."""
        style = box.style
        z_index = style.z_index if isinstance(style.z_index, int) and _is_positioned(style) else None
        layer = _Layer(z_index or 0, place.sequence, [])
        phases.layers.append(layer)
        if z_index is None and not makes_context(style):
            inner = _Phases(layers=phases.layers)
            inner.inlines += [(clips, op) for op in self.inline_box(box, line, x, y, place.strips)]
            self.line(inside, line, x, y, clips, inner, place)
            layer.operations = inner.inlines
            return
        inner = _Phases()
        own: list[Placed] = [((), op) for op in self.inline_box(box, line, x, y, place.strips)]
        self.line(inside, line, x, y, (), inner, place)
        layer.operations = [(clips + placed, op) for placed, op in _grouped(style, None, inner.stacked(own))]

    # --- single boxes ---------------------------------------------------------------------------------------------

    def clipped(self, fragment: Fragment, x: float, y: float, clips: Clips) -> Clips:
        """The clips that apply to the contents of a box."""
        style = fragment.style
        if style.overflow_x == "visible" and style.overflow_y == "visible":
            return clips
        geometry = self.geometry(fragment, x, y)
        rect = geometry.padding_shape
        if style.overflow_x == "visible" or style.overflow_y == "visible":
            rect = _one_axis(rect, horizontal=style.overflow_x != "visible")
        return (*clips, simple(rect))

    def decorate(self, fragment: Fragment, x: float, y: float) -> Iterator[Operation]:
        """Shadow, background, border, image and outline of a box."""
        if fragment.style.visibility != "visible":
            return
        geometry = self.geometry(fragment, x, y)
        paint_background = fragment is not self.canvas_source
        yield from self.box(geometry, paint_background, lambda: self.texts_of(fragment, x, y))
        if fragment.image:
            yield from image_operations(fragment.image, geometry, self.images)
        yield from outline_operations(geometry)

    def box(
        self,
        geometry: BoxGeometry,
        paint_background: bool,
        texts: TextSource,
        positioning: BoxGeometry | None = None,
    ) -> Iterator[Operation]:
        """Outer shadows, background, inset shadows, border: bottom to top."""
        style = geometry.style
        yield from _outer_shadows(geometry)
        if paint_background and _has_background(style):
            for fill, to_text in background_fills(geometry, self.images, self.scale, positioning=positioning):
                if to_text:
                    yield Group((fill,), mask=tuple(texts()))
                else:
                    yield fill
        yield from _inset_shadows(geometry)
        yield from border_operations(geometry)

    def texts_of(self, fragment: Fragment, x: float, y: float) -> Iterator[Operation]:
        """Glyphs of a box and its in-flow descendants."""
        for child in fragment.children:
            yield from self.texts_of(child, x + child.x, y + child.y)
        origin_x, origin_y = x + fragment.content_x, y + fragment.content_y
        for line in fragment.lines:
            for item in line.items:
                if isinstance(item, TextFragment):
                    yield from glyph_mask(item, origin_x, origin_y)
                elif isinstance(item, Fragment):
                    yield from self.texts_of(item, origin_x + item.x, origin_y + item.y)

    def inline_box(
        self, item: InlineBoxFragment, line: Line, x: float, y: float, strips: Strips
    ) -> Iterator[Operation]:
        """Background and border of an inline element's part on one line; open ends have no edge."""
        style = item.style
        if style.visibility != "visible":
            return
        border, padding = border_edges(style), padding_edges(style, 0.0)
        if not item.first:
            border, padding = _without(border, left=True), _without(padding, left=True)
        if not item.last:
            border, padding = _without(border, left=False), _without(padding, left=False)
        rect = Rect(x + item.x, y + item.y, item.width, item.height)
        geometry = box_geometry(style, rect, border, padding, self.scale)
        if not (item.first and item.last):
            tl, tr, br, bl = geometry.radii
            none = (0.0, 0.0)
            geometry.radii = (
                tl if item.first else none,
                tr if item.last else none,
                br if item.last else none,
                bl if item.first else none,
            )
        strip = None
        if id(item) in strips:
            before, whole = strips[id(item)]
            strip_rect = Rect(rect.x - before, rect.y, whole, rect.height)
            strip = box_geometry(style, strip_rect, border_edges(style), padding_edges(style, 0.0), self.scale)
        yield from self.box(geometry, True, lambda: _texts_inside(item, line, x, y), strip)
        yield from outline_operations(geometry)


def _grouped(
    style: ComputedStyle, matrix: tuple[float, float, float, float, float, float] | None, operations: list[Placed]
) -> list[Placed]:
    """Wrap a context in the group that its opacity, filter, blending or transform needs."""
    blend = style.mix_blend_mode
    isolated = style.isolation == "isolate"
    if matrix is None and style.opacity >= 1 and not style.filter and blend == "normal":
        return [((), Group(fold(operations), isolated=True))] if isolated and operations else operations
    if not operations or style.opacity <= 0:
        return []
    group = Group(
        fold(operations),
        transform=matrix,
        opacity=style.opacity,
        filters=style.filter,
        blend=blend,
        isolated=isolated,
    )
    return [((), group)]


def _has_layers(items: Sequence[Item]) -> bool:
    return any(isinstance(item, InlineBoxFragment) and is_layer(item.style) for item in items)


def _strips(lines: list[Line]) -> Strips:
    """Inline boxes broken over lines, as the one strip that they were cut from (box-decoration-break: slice)."""
    parts: dict[tuple[int, int], list[InlineBoxFragment]] = {}
    for line in lines:
        for item in line.items:
            if isinstance(item, InlineBoxFragment) and not (item.first and item.last):
                parts.setdefault((id(item.element), id(item.style)), []).append(item)
    strips: Strips = {}
    for pieces in parts.values():
        whole, before = sum(piece.width for piece in pieces), 0.0
        for piece in pieces:
            strips[id(piece)] = (before, whole)
            before += piece.width
    return strips


def _texts_inside(item: InlineBoxFragment, line: Line, x: float, y: float) -> Iterable[Operation]:
    for text in line.items:
        if isinstance(text, TextFragment) and is_inside(text.element, item.element):
            yield from glyph_mask(text, x, y)


def _without(edges: Edges, *, left: bool) -> Edges:
    return Edges(edges.top, edges.right if left else 0.0, edges.bottom, 0.0 if left else edges.left)


def _one_axis(shape: RoundedRect, *, horizontal: bool) -> RoundedRect:
    """Clip on one axis only: the other reaches far beyond any page."""
    x, y, width, height = shape.rect
    far = 1e6
    rect = Rect(x, -far, width, 2 * far) if horizontal else Rect(-far, y, 2 * far, height)
    none = (0.0, 0.0)
    return RoundedRect(rect, none, none, none, none)


def _has_background(style: ComputedStyle) -> bool:
    return style.background_color.alpha > 0 or any(layer.image for layer in style.background_layers)


def _is_positioned(style: ComputedStyle) -> bool:
    return style.position != "static"


def _creates_context(style: ComputedStyle) -> bool:
    """Stacking contexts that need no z-index (CSS Color 4 section 3.3, Transforms, Filter Effects, Compositing)."""
    return (
        style.opacity < 1
        or bool(style.transform)
        or bool(style.filter)
        or style.position == "fixed"
        or style.mix_blend_mode != "normal"
        or style.isolation == "isolate"
    )


def _outer_shadows(geometry: BoxGeometry) -> Iterator[Operation]:
    box = geometry.border_shape
    for shadow in reversed(geometry.style.box_shadow):
        if shadow.inset or shadow.color.alpha == 0:
            continue
        shape = _moved(outset(box, shadow.spread), shadow.x, shadow.y)
        if shape.rect.width > 0 and shape.rect.height > 0:
            yield BoxShadow(shape, box, shadow.blur, shadow.color, inset=False)


def _inset_shadows(geometry: BoxGeometry) -> Iterator[Operation]:
    box = geometry.padding_shape
    for shadow in reversed(geometry.style.box_shadow):
        if shadow.inset and shadow.color.alpha > 0:
            spread = Edges(shadow.spread, shadow.spread, shadow.spread, shadow.spread)
            shape = _moved(inset(box, spread), shadow.x, shadow.y)
            yield BoxShadow(shape, box, shadow.blur, shadow.color, inset=True)


def _moved(shape: RoundedRect, x: float, y: float) -> RoundedRect:
    rect = shape.rect
    return shape._replace(rect=Rect(rect.x + x, rect.y + y, rect.width, rect.height))
