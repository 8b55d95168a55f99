"""Paints that are not one colour as pictures of device pixels: gradients, images and tiles."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, isfinite, sqrt

import numpy as np
from PIL import Image

from renderer.assets import Images
from renderer.paint.affine import Affine, device_box, invert, is_upright, map_rect, multiply, scales
from renderer.paint.display_list import ConicPaint, ImagePaint, LinearPaint, RadialPaint, Rect, TiledPaint
from renderer.paint.gradients import Gradient, gradient_picture, is_opaque
from renderer.paint.region import Box
from renderer.paint.surface import Picture
from renderer.text.cache import GenerationCache

_CACHE_BYTES = 48_000_000
_converted: GenerationCache[int, tuple[Image.Image, Image.Image]] = GenerationCache(
    _CACHE_BYTES, lambda pair: pair[0].width * pair[0].height * 8 + 500
)

PicturePaint = LinearPaint | RadialPaint | ConicPaint | ImagePaint | TiledPaint

_LARGEST_AREA = 16_000_000  # pixels of a scaled image; larger ones are decoded smaller and their visible part stretched
_LARGE_TILE = 4  # times the painted area, from which a tile is not drawn whole
_PIXELATED = frozenset({"pixelated", "crisp-edges"})


def paint_picture(paint: PicturePaint, matrix: Affine, box: Box, images: Images) -> Picture | None:
    """The device pixels of a paint inside `box`, or None where it shows nothing.

    The picture may be smaller than the box: what it does not cover stays unpainted.
    """
    if isinstance(paint, LinearPaint | RadialPaint | ConicPaint):
        return gradient_picture(paint, matrix, box)
    if not is_upright(matrix):
        return _turned(paint, matrix, box, images)
    if isinstance(paint, TiledPaint):
        return _tiled(paint, matrix, box, images)
    return _image(paint, matrix, box, images)


def image_keys(paint: object) -> tuple[str, ...]:
    """Keys of the images that a paint shows."""
    if isinstance(paint, TiledPaint):
        return image_keys(paint.paint)
    return (paint.key,) if isinstance(paint, ImagePaint) else ()


def _pixel_box(matrix: Affine, rect: Rect) -> Box | None:
    """Whole device pixels nearest to a rectangle, at least one wide and high."""
    edges = map_rect(matrix, rect)
    if not all(map(isfinite, edges)):
        return None
    left, top, right, bottom = (floor(edge + 0.5) for edge in edges)
    return Box(left, top, max(left + 1, right), max(top + 1, bottom))


def _image(paint: ImagePaint, matrix: Affine, box: Box, images: Images) -> Picture | None:
    target = _pixel_box(matrix, paint.destination)
    if target is None or target.intersect(box).empty:
        return None
    scaled = _scaled(paint, target, box, images)
    if scaled is None:
        return None
    image, left, top = scaled
    # An image is the same object as long as its source and size are in use: its other form is kept beside it.
    known = _converted.get(id(image))
    if known is None or known[0] is not image:
        known = (image, _premultiplied(image))
        _converted.put(id(image), known)
    return Picture(known[1], left, top, opaque=image.mode == "RGB")


def _scaled(paint: ImagePaint, target: Box, box: Box, images: Images) -> tuple[Image.Image, int, int] | None:
    """The image at its size in device px and the place of its corner; only the part inside `box` if it is huge."""
    width, height = target.size
    if paint.rendering in _PIXELATED:
        natural = images.intrinsic(paint.key)
        if natural is None or not natural.width or not natural.height:
            return None
        source = images.pixels(paint.key, max(1, round(natural.width)), max(1, round(natural.height)))
        return None if source is None else _stretched(source, target, box, Image.Resampling.NEAREST)
    if width * height > _LARGEST_AREA:
        factor = sqrt(_LARGEST_AREA / (width * height))
        source = images.pixels(paint.key, max(1, round(width * factor)), max(1, round(height * factor)))
        return None if source is None else _stretched(source, target, box, Image.Resampling.BILINEAR)
    source = images.pixels(paint.key, width, height)
    return None if source is None else (source, target.left, target.top)


def _stretched(source: Image.Image, target: Box, box: Box, resample: Image.Resampling) -> tuple[Image.Image, int, int]:
    visible = target.intersect(box)
    x, y = source.width / target.width, source.height / target.height
    region = (
        (visible.left - target.left) * x,
        (visible.top - target.top) * y,
        (visible.right - target.left) * x,
        (visible.bottom - target.top) * y,
    )
    return source.resize(visible.size, resample, region), visible.left, visible.top


def _premultiplied(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA":
        return image.convert("RGBa")
    converted = image.convert("RGBA")
    # An opaque picture is its own premultiplied form; only the name of its mode differs.
    return Image.frombytes("RGBa", converted.size, converted.tobytes())


def _tiled(paint: TiledPaint, matrix: Affine, box: Box, images: Images) -> Picture | None:
    tile = _pixel_box(matrix, paint.tile)
    if tile is None or not isfinite(paint.step_x + paint.step_y):
        return None
    step_x, step_y = paint.step_x * matrix[0], paint.step_y * matrix[3]
    inner = paint.paint
    large = tile.width * tile.height > _LARGE_TILE * box.width * box.height
    if step_x == 0 and step_y == 0 and (isinstance(inner, ImagePaint) or not large):
        return _tile_content(paint, matrix, tile, images)
    left, top, right, bottom = map_rect(matrix, paint.tile)
    columns = _places(left, step_x, right - left, tile.width, box.left, box.right)
    rows = _places(top, step_y, bottom - top, tile.height, box.top, box.bottom)
    if large and not isinstance(inner, ImagePaint):
        return _large_tiles(inner, matrix, tile, box, columns, rows)
    result = Image.new("RGBa", box.size, (0, 0, 0, 0))
    opaque = True
    # One row of tiles first, then whole rows: far fewer pastes than tiles.
    strips: dict[int, Image.Image] = {}
    for height in {height for _, height in rows}:
        strips[height] = strip = Image.new("RGBa", (box.width, height), (0, 0, 0, 0))
        for width in {width for _, width in columns}:
            content = _sized_content(paint, tile, matrix, (width, height), images)
            if content is None:
                return None
            opaque = opaque and content.opaque and content.image.size == (width, height)
            for x, _ in (place for place in columns if place[1] == width):
                strip.paste(content.image, (x - box.left, 0))
    for y, height in rows:
        result.paste(strips[height], (0, y - box.top))
    seamless = opaque and _seamless(columns, box.left, box.right) and _seamless(rows, box.top, box.bottom)
    return Picture(result, box.left, box.top, opaque=seamless) if rows and columns else None


def _sized_content(
    paint: TiledPaint, tile: Box, matrix: Affine, size: tuple[int, int], images: Images
) -> Picture | None:
    """One tile at a size that may differ by a pixel from that of the first."""
    if size == tile.size:
        return _tile_content(paint, matrix, tile, images)
    x, y = size[0] / paint.tile.width, size[1] / paint.tile.height
    stretched: Affine = (x, 0.0, 0.0, y, -paint.tile.x * x, -paint.tile.y * y)
    return _tile_content(paint, stretched, Box(0, 0, *size), images)


def _large_tiles(
    paint: Gradient, matrix: Affine, tile: Box, box: Box, columns: list[tuple[int, int]], rows: list[tuple[int, int]]
) -> Picture:
    """Tiles of which only a small part shows: that part alone is drawn, whatever the size of the whole."""
    result = Image.new("RGBa", box.size, (0, 0, 0, 0))
    for x, width in columns:
        for y, height in rows:
            visible = box.intersect(Box(x, y, x + width, y + height))
            if not visible.empty:
                moved: Affine = (*matrix[:4], matrix[4] + x - tile.left, matrix[5] + y - tile.top)
                part = gradient_picture(paint, moved, visible)
                result.paste(part.image, (visible.left - box.left, visible.top - box.top))
    return Picture(result, box.left, box.top, opaque=False)


def _tile_content(paint: TiledPaint, matrix: Affine, tile: Box, images: Images) -> Picture | None:
    inner = paint.paint
    if isinstance(inner, ImagePaint):
        return _image(inner, matrix, tile, images)
    return gradient_picture(inner, matrix, tile)


def _places(start: float, step: float, size: float, pixels: int, low: int, high: int) -> list[tuple[int, int]]:
    """First pixel and number of pixels of all tiles that show between low and high.

    Tiles without a gap between them end where the next begins, so their numbers of pixels may differ by one.
    """
    if step <= 0:
        return [(floor(start + 0.5), pixels)]
    joined = abs(step - size) < 1e-3 and step >= 1.0
    step = max(step, 1.0)  # tiles of less than a device pixel cannot be told apart
    first = floor((low - start - pixels) / step)
    last = ceil((high - start) / step)
    origins = [floor(start + index * step + 0.5) for index in range(first, last + 2)]
    places = ((a, b - a if joined else pixels) for a, b in pairwise(origins))
    return [(origin, length) for origin, length in places if origin + length > low and origin < high]


def _seamless(places: list[tuple[int, int]], low: int, high: int) -> bool:
    """Whether tiles cover everything between low and high."""
    if not places or places[0][0] > low or sum(places[-1]) < high:
        return False
    return all(first[0] + first[1] >= second[0] for first, second in pairwise(places))


def _turned(paint: ImagePaint | TiledPaint, matrix: Affine, box: Box, images: Images) -> Picture | None:
    """Paint an upright picture at the matrix's scale, then turn or skew it on premultiplied colours."""
    scale_x, scale_y = scales(matrix)
    back = invert(matrix)
    if back is None:
        return None
    upright: Affine = (scale_x, 0.0, 0.0, scale_y, 0.0, 0.0)
    pixels = Rect(box.left, box.top, box.width, box.height)
    everything = Box(-1 << 30, -1 << 30, 1 << 30, 1 << 30)
    area = device_box(multiply(upright, back), pixels, everything, margin=2.0)
    if isinstance(paint, ImagePaint):
        area = area.intersect(device_box(upright, paint.destination, everything))
    if area.empty or area.width * area.height > _LARGEST_AREA:
        return None
    flat = paint_picture(paint, upright, area, images)
    if flat is None:
        return None
    # The shape's own mask makes the edge soft; repeating the outermost pixels keeps it from fading twice.
    image = _with_frame(flat.image)
    turn = multiply(upright, back)
    a, b, c, d, e, f = turn
    x, y = box.left, box.top
    offset_x = a * x + c * y + e - flat.left + 1
    offset_y = b * x + d * y + f - flat.top + 1
    drawn = image.transform(
        box.size, Image.Transform.AFFINE, (a, c, offset_x, b, d, offset_y), Image.Resampling.BILINEAR
    )
    return Picture(drawn, box.left, box.top, opaque=False)


def _with_frame(image: Image.Image) -> Image.Image:
    framed = np.pad(np.asarray(image), ((1, 1), (1, 1), (0, 0)), mode="edge")
    return Image.frombytes("RGBa", (framed.shape[1], framed.shape[0]), framed.tobytes())


def paint_is_opaque(paint: PicturePaint) -> bool:
    """Whether a paint surely hides what is below, as far as can be told without decoding images."""
    return isinstance(paint, LinearPaint | RadialPaint | ConicPaint) and is_opaque(paint)
