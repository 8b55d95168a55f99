"""Background colour and image layers (CSS Backgrounds 3 sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from renderer.assets import Images, IntrinsicSize
from renderer.paint.builder.geometry import BoxGeometry, intersect, simple
from renderer.paint.builder.gradients import gradient_paint
from renderer.paint.display_list import (
    ConicPaint,
    Fill,
    ImagePaint,
    LinearPaint,
    RadialPaint,
    Rect,
    RoundedRect,
    Shape,
    TiledPaint,
)
from renderer.style.values import BackgroundLayer, ImageReference, ImageValue, LengthPercentage, resolve


def background_fills(
    geometry: BoxGeometry,
    images: Images,
    scale: float,
    area: Rect | None = None,
    positioning: BoxGeometry | None = None,
) -> Iterator[tuple[Fill, bool]]:
    """Fills from the bottom up, each with whether it is clipped to the text of the element.

    `area` replaces the painted area for the canvas, which the root's background covers whole. `positioning` replaces
    the box that images are sized and placed by, for inline elements that are broken into several lines.
    """
    style = geometry.style
    if style.background_color.alpha > 0:
        shape = simple(_clip_shape(geometry, style.background_clip)) if area is None else area
        yield Fill(shape, style.background_color), style.background_clip == "text"
    for layer in reversed(style.background_layers):
        if layer.image is None:
            continue
        shape = simple(_clip_shape(geometry, layer.clip)) if area is None else area
        fill = _layer_fill(layer, layer.image, positioning or geometry, shape, images, scale)
        if fill is not None:
            yield fill, layer.clip == "text"


def _clip_shape(geometry: BoxGeometry, area: str) -> RoundedRect:
    match area:
        case "padding-box":
            return geometry.padding_shape
        case "content-box":
            return geometry.content_shape
        case _:
            return geometry.border_shape


def _layer_fill(
    layer: BackgroundLayer,
    image: ImageValue,
    geometry: BoxGeometry,
    shape: Shape,
    images: Images,
    scale: float,
) -> Fill | None:
    """One layer: the size and place of its first tile, and how it repeats."""
    positioning = _clip_shape(geometry, layer.origin).rect
    natural = _natural(image, images)
    if natural is None or positioning.width <= 0 or positioning.height <= 0:
        return None
    width, height = _tile_size(layer, natural, positioning)
    if width <= 0 or height <= 0:
        return None
    width, step_x, x = _axis(layer.repeat[0], layer.position.x, positioning.x, positioning.width, width)
    height, step_y, y = _axis(layer.repeat[1], layer.position.y, positioning.y, positioning.height, height)
    tile = Rect(_to_pixel(x, scale), _to_pixel(y, scale), width, height)
    paint = _image_paint(image, tile, geometry.style.image_rendering)
    if step_x == 0 and step_y == 0:
        return _single(shape, tile, paint)
    if step_x == width and step_y == height and _covers(tile, _bounds(shape)):
        return Fill(shape, paint)
    return Fill(shape, TiledPaint(paint, tile, step_x, step_y))


def _to_pixel(value: float, scale: float) -> float:
    return floor(value * scale + 0.5) / scale


def _image_paint(image: ImageValue, tile: Rect, rendering: str) -> LinearPaint | RadialPaint | ConicPaint | ImagePaint:
    if isinstance(image, ImageReference):
        return ImagePaint(image.url, tile, rendering)
    return gradient_paint(image, tile)


def _natural(image: ImageValue, images: Images) -> IntrinsicSize | None:
    if isinstance(image, ImageReference):
        return images.intrinsic(image.url)
    return IntrinsicSize(None, None, None)


def _tile_size(layer: BackgroundLayer, natural: IntrinsicSize, area: Rect) -> tuple[float, float]:
    """Concrete size of the image (background-size, section 3.9)."""
    ratio = natural.ratio
    if isinstance(layer.size, str):
        if not ratio:
            return area.width, area.height
        fits_width = (area.width / area.height >= ratio) == (layer.size == "cover")
        return (area.width, area.width / ratio) if fits_width else (area.height * ratio, area.height)
    width = _length(layer.size[0], area.width)
    height = _length(layer.size[1], area.height)
    if width is None and height is None:
        width, height = natural.width, natural.height
        if width is None and height is None and ratio:
            return _contain(ratio, area)
    if width is None:
        width = height * ratio if height is not None and ratio else natural.width or area.width
    if height is None:
        height = width / ratio if ratio else natural.height or area.height
    return width, height


def _contain(ratio: float, area: Rect) -> tuple[float, float]:
    if area.width / area.height < ratio:
        return area.width, area.width / ratio
    return area.height * ratio, area.height


def _length(value: LengthPercentage | str, base: float) -> float | None:
    return None if isinstance(value, str) else resolve(value, base)


def _axis(
    repeat: str, position: LengthPercentage, start: float, room: float, size: float
) -> tuple[float, float, float]:
    """Tile size, distance between tiles (0: once) and place of the first tile on one axis."""
    if repeat == "round":
        size = room / max(1, floor(room / size + 0.5))
    offset = resolve(position, room - size)
    if repeat == "no-repeat":
        return size, 0.0, start + offset
    if repeat == "space":
        count = floor(room / size + 1e-6)
        if count > 1:
            return size, size + (room - count * size) / (count - 1), start
        return size, 0.0, start + offset
    return size, size, start + offset


def _bounds(shape: Shape) -> Rect:
    if isinstance(shape, Rect):
        return shape
    if isinstance(shape, RoundedRect):
        return shape.rect
    raise TypeError("backgrounds fill boxes")


def _covers(tile: Rect, area: Rect) -> bool:
    return (
        tile.x <= area.x
        and tile.y <= area.y
        and tile.x + tile.width >= area.x + area.width
        and tile.y + tile.height >= area.y + area.height
    )


def _single(shape: Shape, tile: Rect, paint: LinearPaint | RadialPaint | ConicPaint | ImagePaint) -> Fill:
    """A fill with one tile that may be smaller than the box."""
    bounds = _bounds(shape)
    if _covers(tile, bounds):
        return Fill(shape, paint)
    if isinstance(shape, Rect):
        return Fill(intersect(shape, tile), paint)
    return Fill(shape, TiledPaint(paint, tile, 0.0, 0.0))
