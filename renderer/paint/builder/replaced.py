"""Images in their content box: object-fit and object-position (CSS Images 3 section 5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from renderer.assets import Images, IntrinsicSize
from renderer.paint.builder.geometry import BoxGeometry, intersect, simple
from renderer.paint.display_list import Fill, ImagePaint, Operation, Rect, TiledPaint
from renderer.style.computed import ComputedStyle
from renderer.style.values import resolve


def image_operations(key: str, geometry: BoxGeometry, images: Images) -> Iterator[Operation]:
    """The image of a replaced box; nothing if it is missing, as its diagnostic says."""
    natural = images.intrinsic(key)
    shape = geometry.content_shape
    box = shape.rect
    if natural is None or box.width <= 0 or box.height <= 0:
        return
    style = geometry.style
    width, height = _fitted(style, natural, box)
    if width <= 0 or height <= 0:
        return
    x = box.x + resolve(style.object_position.x, box.width - width)
    y = box.y + resolve(style.object_position.y, box.height - height)
    destination = Rect(x, y, width, height)
    paint = ImagePaint(key, destination, style.image_rendering)
    covered = simple(shape)
    if isinstance(covered, Rect):
        yield Fill(intersect(covered, destination), paint)
    elif style.object_fit in ("fill", "cover"):
        yield Fill(covered, paint)
    else:
        yield Fill(covered, TiledPaint(paint, destination, 0.0, 0.0))


def _fitted(style: ComputedStyle, natural: IntrinsicSize, box: Rect) -> tuple[float, float]:
    """Concrete size of the image for object-fit."""
    ratio = natural.ratio
    if style.object_fit == "fill" or not ratio:
        return box.width, box.height
    contained = (box.width, box.width / ratio) if box.width / box.height < ratio else (box.height * ratio, box.height)
    if style.object_fit == "contain":
        return contained
    if style.object_fit == "cover":
        return (box.height * ratio, box.height) if box.width / box.height < ratio else (box.width, box.width / ratio)
    size = natural.width or contained[0], natural.height or contained[1]
    if style.object_fit == "scale-down" and size[0] > contained[0]:
        return contained
    return size
