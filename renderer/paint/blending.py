"""Blend modes (Compositing and Blending 1 sections 9 and 10) of a layer with what lies below it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]
Blend = Callable[[Field, Field], Field]  # (backdrop, source), straight colours of 0–1


def blend(backdrop: Image.Image, source: Image.Image, mode: str) -> Image.Image:
    """Pixels after `source` (RGBa) is blended onto `backdrop` (RGB or RGBa), in the backdrop's mode."""
    below: Field = np.asarray(backdrop, dtype=np.float32) / np.float32(255)
    above: Field = np.asarray(source, dtype=np.float32) / np.float32(255)
    alpha_s = above[..., 3:]
    alpha_b = np.ones_like(alpha_s) if backdrop.mode == "RGB" else below[..., 3:]
    color_s, color_b = above[..., :3], below[..., :3]
    if mode == "plus-lighter":
        color, alpha = np.minimum(1, color_s + color_b), np.minimum(1, alpha_s + alpha_b)
    else:
        mixed = _MODES[mode](_straight(color_b, alpha_b), _straight(color_s, alpha_s))
        color = color_s * (1 - alpha_b) + color_b * (1 - alpha_s) + alpha_s * alpha_b * mixed
        alpha = alpha_s + alpha_b - alpha_s * alpha_b
    result = color if backdrop.mode == "RGB" else np.concatenate([color, alpha], axis=2)
    pixels = (np.clip(result, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Image.frombytes(backdrop.mode, backdrop.size, pixels.tobytes())


def is_blend_mode(mode: str) -> bool:
    """Whether `blend` knows a mode other than normal."""
    return mode in _MODES or mode == "plus-lighter"


def _straight(color: Field, alpha: Field) -> Field:
    return np.minimum(1, color / np.where(alpha > 0, alpha, 1))


def _multiply(b: Field, s: Field) -> Field:
    return b * s


def _screen(b: Field, s: Field) -> Field:
    return b + s - b * s


def _hard_light(b: Field, s: Field) -> Field:
    return np.where(s <= 0.5, b * 2 * s, _screen(b, 2 * s - 1))


def _overlay(b: Field, s: Field) -> Field:
    return _hard_light(s, b)


def _color_dodge(b: Field, s: Field) -> Field:
    return np.where(b <= 0, 0, np.where(s >= 1, 1, np.minimum(1, b / np.maximum(1 - s, 1e-6))))


def _color_burn(b: Field, s: Field) -> Field:
    return np.where(b >= 1, 1, np.where(s <= 0, 0, 1 - np.minimum(1, (1 - b) / np.maximum(s, 1e-6))))


def _soft_light(b: Field, s: Field) -> Field:
    root = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(b))
    return np.where(s <= 0.5, b - (1 - 2 * s) * b * (1 - b), b + (2 * s - 1) * (root - b))


def _exclusion(b: Field, s: Field) -> Field:
    return b + s - 2 * b * s


def _luminosity(color: Field) -> Field:
    return np.asarray(color @ np.array([[0.3], [0.59], [0.11]], np.float32), dtype=np.float32)


def _clip_color(color: Field) -> Field:
    light = _luminosity(color)
    low, high = color.min(axis=-1, keepdims=True), color.max(axis=-1, keepdims=True)
    color = np.where(low < 0, light + (color - light) * light / np.maximum(light - low, 1e-6), color)
    return np.where(high > 1, light + (color - light) * (1 - light) / np.maximum(high - light, 1e-6), color)


def _set_luminosity(color: Field, light: Field) -> Field:
    return _clip_color(color + (light - _luminosity(color)))


def _saturation(color: Field) -> Field:
    return np.asarray(color.max(axis=-1, keepdims=True) - color.min(axis=-1, keepdims=True))


def _set_saturation(color: Field, saturation: Field) -> Field:
    low = color.min(axis=-1, keepdims=True)
    span = _saturation(color)
    return np.where(span > 0, (color - low) * saturation / np.where(span > 0, span, 1), 0)


_MODES: dict[str, Blend] = {
    "normal": lambda b, s: s,
    "multiply": _multiply,
    "screen": _screen,
    "overlay": _overlay,
    "darken": np.minimum,
    "lighten": np.maximum,
    "color-dodge": _color_dodge,
    "color-burn": _color_burn,
    "hard-light": _hard_light,
    "soft-light": _soft_light,
    "difference": lambda b, s: np.abs(b - s),
    "exclusion": _exclusion,
    "hue": lambda b, s: _set_luminosity(_set_saturation(s, _saturation(b)), _luminosity(b)),
    "saturation": lambda b, s: _set_luminosity(_set_saturation(b, _saturation(s)), _luminosity(b)),
    "color": lambda b, s: _set_luminosity(s, _luminosity(b)),
    "luminosity": lambda b, s: _set_luminosity(b, _luminosity(s)),
}
