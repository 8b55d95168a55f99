"""Display list to pixels."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor
from typing import NamedTuple

from PIL import Image

from renderer.assets import Images
from renderer.errors import LimitError
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.paint.canvas_cache import CanvasCache, Context, Start, Step
from renderer.paint.display_list import DisplayList, Fill, Glyphs, Group, Operation, Rect
from renderer.paint.glyph_painter import CoverageTable
from renderer.paint.painter import Painter, State, needs_layer
from renderer.paint.pictures import image_keys, paint_is_opaque
from renderer.paint.region import Box, Piece
from renderer.paint.surface import Surface, alpha_byte
from renderer.style.values import WHITE, Color
from renderer.text.gamma import coverage_table


class Picture(NamedTuple):
    """A finished page: mode RGB if `opaque`, else RGBA with straight alpha. sRGB."""

    image: Image.Image
    opaque: bool


_canvases = CanvasCache()


def rasterize(
    display: DisplayList,
    images: Images,
    *,
    scale: float = 1.0,
    opaque: bool | None = None,
    limits: Limits = DEFAULT_LIMITS,
    contrast: CoverageTable = coverage_table,
    cache: CanvasCache | None = _canvases,
) -> Picture:
    """Paint a page at `scale` device pixels per CSS px.

    `opaque` True puts the page on white, False keeps an alpha channel, None keeps one only where something shows
    through. `contrast` gives the table by which coverage of text of a luminance is changed. The cache changes nothing
    but speed. Raises LimitError if the page has more device pixels than the limits allow.
    """
    box = Box(0, 0, _device_length(display.width, scale), _device_length(display.height, scale))
    if box.width * box.height > limits.output_pixels:
        raise LimitError(
            f"The picture would have {box.width} × {box.height} pixels; at most {limits.output_pixels:,} are allowed. "
            "Make the page smaller or lower the device pixel ratio."
        )
    start = _start(display, box, scale, opaque)
    surface = _paint_steps(tuple(_steps(display.operations, images)), start, images, contrast, cache)
    return _finished(surface, opaque)


def _device_length(length: float, scale: float) -> int:
    return max(1, floor(length * scale + 0.5))


def _start(display: DisplayList, box: Box, scale: float, opaque: bool | None) -> Start:
    background = display.background
    is_opaque = bool(opaque) or (
        opaque is None and (background.alpha >= 1 or _begins_opaque(display, Rect(0, 0, display.width, display.height)))
    )
    return Start(box.width, box.height, scale, tuple(background), is_opaque)


def _begins_opaque(display: DisplayList, page: Rect) -> bool:
    """Whether the first operation hides the whole page, as a gradient background does."""
    first = display.operations[0] if display.operations else None
    if not isinstance(first, Fill) or type(first.shape) is not Rect:
        return False
    x, y, width, height = first.shape
    covers = x <= page.x and y <= page.y and x + width >= page.width and y + height >= page.height
    if isinstance(first.paint, Color):
        return covers and first.paint.alpha >= 1
    return covers and paint_is_opaque(first.paint)


def _steps(
    operations: tuple[Operation, ...],
    images: Images,
    context: Context = (),
) -> Iterator[Step]:
    """The list without the groups that are mere clips or transforms, so that prefixes reach inside them."""
    for operation in operations:
        if isinstance(operation, Group) and not needs_layer(operation):
            yield from _steps(operation.operations, images, (*context, (operation.clip, operation.transform)))
        else:
            identities = tuple(images.identity(key) for key in _image_keys(operation))
            yield Step(operation, context, identities)


def _image_keys(operation: Operation) -> Iterator[str]:
    if isinstance(operation, Fill | Glyphs):
        yield from image_keys(operation.paint)
    elif isinstance(operation, Group):
        for inner in (*operation.operations, *operation.mask):
            yield from _image_keys(inner)


def _paint_steps(
    steps: tuple[Step, ...], start: Start, images: Images, contrast: CoverageTable, cache: CanvasCache | None
) -> Surface:
    box = Box(0, 0, start.width, start.height)
    done, parting, keys = 0, 0, [0]
    kept: Image.Image | None = None
    if cache is not None:
        keys = cache.chain(start, steps)
        done, kept = cache.find(start, steps, keys)
        parting = cache.parting(keys)
    surface = _blank(start, box) if kept is None else Surface(box, kept)
    painter = Painter(images, contrast)
    root = State((start.scale, 0.0, 0.0, start.scale, 0.0, 0.0), (Piece(box),))
    state = root
    context: Context = ()
    for index in range(done, len(steps)):
        if index == parting > done and cache is not None:
            cache.keep(start, steps, keys, index, surface.image)
        step = steps[index]
        if step.context != context:
            context = step.context
            state = _entered(root, context)
        painter.paint(step.operation, surface, state)
    if parting == len(steps) > done and cache is not None:
        cache.keep(start, steps, keys, parting, surface.image)
    return surface


def _entered(state: State, context: Context) -> State:
    for clip, transform in context:
        state = state.entered(Group((), clip=clip, transform=transform))
    return state


def _blank(start: Start, box: Box) -> Surface:
    red, green, blue, alpha = start.background
    background = Color(int(red), int(green), int(blue), alpha)
    if start.opaque and alpha >= 1:
        return Surface.opaque(box, background)
    surface = Surface.opaque(box, WHITE) if start.opaque else Surface.transparent(box)
    if alpha_byte(alpha) > 0:
        surface.fill((Piece(box),), background)
    return surface


def _finished(surface: Surface, opaque: bool | None) -> Picture:
    image = surface.image
    if surface.is_opaque:
        return Picture(image, opaque=True)
    straight = image.convert("RGBA")
    if opaque is None and image.getchannel("a").getextrema() == (255, 255):
        return Picture(straight.convert("RGB"), opaque=True)
    return Picture(straight, opaque=False)
