"""Filter functions (Filter Effects 1 section 9) on premultiplied layers."""

from __future__ import annotations

from math import ceil, cos, radians, sin

import numpy as np
from PIL import Image, ImageFilter

from renderer.paint.affine import Affine
from renderer.paint.blur import Field, box_kernel, box_window, convolve
from renderer.paint.region import Box, Piece, scale_mask
from renderer.paint.surface import Picture, Surface, alpha_byte
from renderer.style.values import FilterFunction

ColorMatrix = tuple[float, ...]  # three rows of (red, green, blue, offset)

LARGEST_SIGMA = 532.0  # device px; wider blurs are cut to this, as in Skia
_WIDE_SIGMA = 48.0  # device px from which a blur is computed at half the resolution, at twice that a quarter …
_SMALL_WINDOW = 4  # px of a box up to which half weights would show


def margin(filters: tuple[FilterFunction, ...], scale: float) -> int:
    """Device px by which filters together may spread paint to each side."""
    spread = 0.0
    for function in filters:
        if function.name == "blur":
            spread += 3 * min(LARGEST_SIGMA, function.arguments[0] * scale)
        elif function.name == "drop-shadow" and function.shadow is not None:
            shadow = function.shadow
            spread += 3 * min(LARGEST_SIGMA, shadow.blur * scale) + max(abs(shadow.x), abs(shadow.y)) * scale
    return ceil(spread)


def apply_filters(layer: Image.Image, filters: tuple[FilterFunction, ...], matrix: Affine, scale: float) -> Image.Image:
    """The layer (mode RGBa) after all filters; lengths are multiplied by `scale`, offsets go through `matrix`."""
    for function in filters:
        layer = _apply(layer, function, matrix, scale)
    return layer


def _apply(layer: Image.Image, function: FilterFunction, matrix: Affine, scale: float) -> Image.Image:
    match function.name:
        case "blur":
            return blur_layer(layer, function.arguments[0] * scale)
        case "drop-shadow":
            return _drop_shadow(layer, function, matrix, scale)
        case "opacity":
            return fade(layer, alpha_byte(function.arguments[0]))
        case _:
            return _recolor(layer, color_matrix(function))


def fade(layer: Image.Image, alpha: int) -> Image.Image:
    """The layer with its alpha (and so all its components) times alpha / 255."""
    if alpha == 255:
        return layer
    return Image.merge("RGBa", [scale_mask(band, alpha) for band in layer.split()])


def blur_layer(layer: Image.Image, sigma: float) -> Image.Image:
    """Gaussian blur with a standard deviation in device px."""
    sigma = min(sigma, LARGEST_SIGMA)
    if sigma <= 0.01:
        return layer
    if sigma >= _WIDE_SIGMA:
        return _blur_reduced(layer, sigma)
    window = box_window(sigma)
    if window <= _SMALL_WINDOW:
        return Image.merge("RGBa", [_convolved(band, box_kernel(sigma)) for band in layer.split()])
    # Three box blurs in a row; where the window is even, the outermost two pixels get half weight.
    box = ImageFilter.BoxBlur((window - 1) / 2)
    return layer.filter(box).filter(box).filter(box)


def _blur_reduced(layer: Image.Image, sigma: float) -> Image.Image:
    factor = 2
    while sigma / factor >= _WIDE_SIGMA:
        factor *= 2
    # Whole blocks of pixels, so that nothing is shifted; what is added is transparent.
    columns, rows = -(-layer.width // factor), -(-layer.height // factor)
    padded = layer.crop((0, 0, columns * factor, rows * factor))
    small = blur_layer(padded.reduce(factor), sigma / factor)
    part = (0.0, 0.0, layer.width / factor, layer.height / factor)
    return small.resize(layer.size, Image.Resampling.BILINEAR, part)


def _convolved(band: Image.Image, weights: Field) -> Image.Image:
    spread = len(weights) // 2
    blurred = convolve(np.asarray(band, dtype=np.float32), weights)
    inner = blurred[spread : spread + band.height, spread : spread + band.width]
    return Image.fromarray((inner + 0.5).astype(np.uint8))


def _drop_shadow(layer: Image.Image, function: FilterFunction, matrix: Affine, scale: float) -> Image.Image:
    shadow = function.shadow
    if shadow is None:
        return layer
    # The blur of drop-shadow() is a standard deviation times two only in box-shadow; here it is the deviation itself.
    silhouette = blur_layer(layer, shadow.blur * scale).getchannel("a")
    box = Box(0, 0, *layer.size)
    surface = Surface.transparent(box)
    dx = round(matrix[0] * shadow.x + matrix[2] * shadow.y)
    dy = round(matrix[1] * shadow.x + matrix[3] * shadow.y)
    moved = box.moved(dx, dy).intersect(box)
    if not moved.empty:
        surface.fill((Piece(moved, silhouette.crop(moved.moved(-dx, -dy))),), shadow.color)
    surface.draw((Piece(box),), Picture(layer, 0, 0, opaque=False))
    return surface.image


def color_matrix(function: FilterFunction) -> ColorMatrix:
    """The function on straight colours of 0–1 (Filter Effects 1 section 12, shorthand equivalents)."""
    amount = function.arguments[0] if function.arguments else 1.0
    match function.name:
        case "brightness":
            return _per_channel(max(0.0, amount), 0.0)
        case "contrast":
            amount = max(0.0, amount)
            return _per_channel(amount, 0.5 - 0.5 * amount)
        case "invert":
            amount = min(1.0, max(0.0, amount))
            return _per_channel(1.0 - 2.0 * amount, amount)
        case "grayscale":
            return _toward((0.2126, 0.7152, 0.0722) * 3, 1.0 - min(1.0, max(0.0, amount)))
        case "sepia":
            tones = (0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131)
            return _toward(tones, 1.0 - min(1.0, max(0.0, amount)))
        case "saturate":
            return _toward((0.213, 0.715, 0.072) * 3, max(0.0, amount))
        case "hue-rotate":
            return _hue_rotation(radians(amount))
        case _:
            raise ValueError(f"no colour matrix for {function.name}()")


def _per_channel(slope: float, intercept: float) -> ColorMatrix:
    return (slope, 0.0, 0.0, intercept, 0.0, slope, 0.0, intercept, 0.0, 0.0, slope, intercept)


def _toward(goal: tuple[float, ...], identity: float) -> ColorMatrix:
    """Mix of a 3×3 matrix with the identity, which weighs `identity`."""
    rows: list[float] = []
    for row in range(3):
        mixed = (goal[3 * row + column] * (1 - identity) for column in range(3))
        rows += (value + identity if row == column else value for column, value in enumerate(mixed))
        rows.append(0.0)
    return tuple(rows)


def _hue_rotation(angle: float) -> ColorMatrix:
    c, s = cos(angle), sin(angle)
    return (
        0.213 + c * 0.787 - s * 0.213, 0.715 - c * 0.715 - s * 0.715, 0.072 - c * 0.072 + s * 0.928, 0.0,
        0.213 - c * 0.213 + s * 0.143, 0.715 + c * 0.285 + s * 0.140, 0.072 - c * 0.072 - s * 0.283, 0.0,
        0.213 - c * 0.213 - s * 0.787, 0.715 - c * 0.715 + s * 0.715, 0.072 + c * 0.928 + s * 0.072, 0.0,
    )  # fmt: skip


def _recolor(layer: Image.Image, matrix: ColorMatrix) -> Image.Image:
    straight = layer.convert("RGBA")
    red, green, blue, offset = 0, 1, 2, 3
    rows = [matrix[4 * row : 4 * row + 4] for row in range(3)]
    scaled = tuple(value for row in rows for value in (row[red], row[green], row[blue], row[offset] * 255.0))
    recolored = straight.convert("RGB").convert("RGB", scaled)
    recolored.putalpha(straight.getchannel("A"))
    return recolored.convert("RGBa")
