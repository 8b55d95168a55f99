"""Gradients as pictures.

The colours along the gradient line are tabulated finely (sixteen entries to a device pixel), and each pixel looks up
the entry of its centre. That is exact to a rounding step and costs one multiplication and one look-up a pixel,
whatever the colour space. Gradients along an axis are computed for one row or column only. Unlike Chromium's, gradients
are not dithered: that changes no pixel by more than one step, and noise would make PNG files several times as large.
"""

from __future__ import annotations

from math import cos, hypot, isfinite, radians, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from renderer.paint.affine import Affine, invert
from renderer.paint.color_interpolation import gradient_colors
from renderer.paint.display_list import ConicPaint, LinearPaint, RadialPaint
from renderer.paint.region import Box
from renderer.paint.surface import Picture
from renderer.text.cache import GenerationCache

Gradient = LinearPaint | RadialPaint | ConicPaint
Field = NDArray[np.float32]

_CACHE_BYTES = 64_000_000
_ENTRIES_PER_PIXEL = 16
_LARGEST_TABLE = 32_768

_pictures: GenerationCache[tuple[Gradient, Affine, Box], Picture] = GenerationCache(
    _CACHE_BYTES, lambda picture: picture.image.width * picture.image.height * 4 + 500
)


def gradient_picture(paint: Gradient, matrix: Affine, box: Box) -> Picture:
    """The gradient in the device pixels of `box`, seen through a matrix; transparent if the matrix flattens it."""
    key = (paint, matrix, box)
    picture = _pictures.get(key)
    if picture is None:
        image, opaque = _draw(paint, matrix, box)
        picture = Picture(image, box.left, box.top, opaque)
        _pictures.put(key, picture)
    return picture


def is_opaque(paint: Gradient) -> bool:
    """Whether no colour of the gradient lets anything through."""
    return all(stop.color is None or stop.color.alpha >= 1 for stop in paint.stops)


def _draw(paint: Gradient, matrix: Affine, box: Box) -> tuple[Image.Image, bool]:
    inverse = invert(matrix)
    if inverse is None:
        return Image.new("RGBa", box.size, (0, 0, 0, 0)), False
    if isinstance(paint, LinearPaint):
        positions = _linear(paint, inverse, box)
    elif isinstance(paint, RadialPaint):
        positions = _radial(paint, inverse, box)
    else:
        positions = _conic(paint, inverse, box)
    low, high = float(positions.min()), float(positions.max())
    if not (isfinite(low) and isfinite(high)):
        return Image.new("RGBa", box.size, (0, 0, 0, 0)), False
    count = int(min(_LARGEST_TABLE, max(256, _ENTRIES_PER_PIXEL * hypot(*box.size))))
    step = (high - low) / count
    centers = low + (np.arange(count, dtype=np.float64) + 0.5) * step
    table = gradient_colors(paint.stops, centers, repeating=paint.repeating, space=paint.space, hue=paint.hue)
    packed = np.ascontiguousarray(table).view(np.uint32).reshape(-1)
    if step > 0:
        positions -= np.float32(low)
        positions *= np.float32(1 / step)
        pixels = packed.take(positions.astype(np.intp), mode="clip")
    else:
        pixels = np.full(positions.shape, packed[0], np.uint32)
    height, width = pixels.shape
    image = Image.frombytes("RGBa", (width, height), pixels.data)
    if image.size != box.size:
        image = image.resize(box.size, Image.Resampling.NEAREST)
    return image, is_opaque(paint)


def _linear(paint: LinearPaint, inverse: Affine, box: Box) -> Field:
    """Fraction of the gradient line at each pixel's centre; one row or column if the others are equal."""
    dx, dy = paint.x1 - paint.x0, paint.y1 - paint.y0
    length = dx * dx + dy * dy
    if length == 0:
        return np.ones((1, 1), np.float32)
    a, b, c, d, e, f = inverse
    across, down = (a * dx + b * dy) / length, (c * dx + d * dy) / length
    start = ((e - paint.x0) * dx + (f - paint.y0) * dy) / length
    reach = abs(across) * box.width + abs(down) * box.height
    columns = box.width if abs(across) * box.width > reach * 1e-6 else 1
    rows = box.height if abs(down) * box.height > reach * 1e-6 else 1
    x = ((np.arange(columns) + (box.left + 0.5)) * across).astype(np.float32)
    y = ((np.arange(rows) + (box.top + 0.5)) * down + start).astype(np.float32)
    return np.add(y[:, None], x[None, :])


def _radial(paint: RadialPaint, inverse: Affine, box: Box) -> Field:
    x, y = _user_space(inverse, box)
    x -= np.float32(paint.cx)
    y -= np.float32(paint.cy)
    x *= np.float32(1 / paint.rx if paint.rx else 1e6)
    y *= np.float32(1 / paint.ry if paint.ry else 1e6)
    distance: Field = np.hypot(x, y)
    return distance


def _conic(paint: ConicPaint, inverse: Affine, box: Box) -> Field:
    x, y = _user_space(inverse, box)
    x -= np.float32(paint.cx)
    y -= np.float32(paint.cy)
    # Turn the plane so that the seam of arctan2, behind the negative x axis, lies where the gradient starts.
    angle = radians(paint.start - 90) + np.pi
    turned_x = x * np.float32(cos(angle)) + y * np.float32(sin(angle))
    turned_y = y * np.float32(cos(angle)) - x * np.float32(sin(angle))
    turns = np.arctan2(turned_y, turned_x)
    turns *= np.float32(0.5 / np.pi)
    turns += np.float32(0.5)
    return turns


def _user_space(inverse: Affine, box: Box) -> tuple[Field, Field]:
    """Coordinates of the centres of a box's pixels before the matrix was applied."""
    a, b, c, d, e, f = inverse
    columns = np.arange(box.width) + (box.left + 0.5)
    rows = (np.arange(box.height) + (box.top + 0.5))[:, None]
    x = np.broadcast_to(columns * a + rows * c + e, (box.height, box.width)).astype(np.float32)
    y = np.broadcast_to(columns * b + rows * d + f, (box.height, box.width)).astype(np.float32)
    return x, y
