"""Exact coverage of elliptical corners, by integrating the ellipse over every pixel."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Radii = tuple[float, float]

_TRANSPOSE = (
    None,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.ROTATE_180,
    Image.Transpose.FLIP_TOP_BOTTOM,
)


@lru_cache(maxsize=512)
def corner_mask(radius_x: float, radius_y: float, inset_x: float, inset_y: float, corner: int) -> Image.Image:
    """Coverage of one corner of a rounded rectangle; corners count clockwise from the top left.

    The insets (0–1) are the distances of the rectangle's edges from the outer edges of the mask.
    """
    coverage = corner_coverage(radius_x, radius_y, inset_x, inset_y)
    mask = Image.fromarray(np.rint(coverage * 255.0).astype(np.uint8))
    flip = _TRANSPOSE[corner]
    return mask if flip is None else mask.transpose(flip)


def corner_coverage(radius_x: float, radius_y: float, inset_x: float, inset_y: float) -> NDArray[np.float64]:
    """Covered area of each pixel around the top left corner, row by row.

    The area of the shape left of x and above y is known in closed form; a pixel's share is the mixed difference of
    that function at its corners.
    """
    width, height = ceil(inset_x + radius_x), ceil(inset_y + radius_y)
    x = np.arange(width + 1, dtype=np.float64)[None, :]
    y = np.arange(height + 1, dtype=np.float64)[:, None]
    center_x, center_y = inset_x + radius_x, inset_y + radius_y
    above = np.minimum(y, center_y) - center_y
    # Left end of the shape at each height, and the right end of what the ellipse bounds, in units of the radius.
    start = -np.sqrt(np.maximum(0.0, 1.0 - (above / radius_y) ** 2))
    end = np.clip((np.minimum(x, center_x) - center_x) / radius_x, start, 0.0)
    area = above * radius_x * (end - start) + radius_x * radius_y * (_segment(end) - _segment(start))
    area = np.where(above > -radius_y, area, 0.0)
    area += np.maximum(0.0, x - center_x) * np.maximum(0.0, np.minimum(y, center_y) - inset_y)
    area += np.maximum(0.0, y - center_y) * np.maximum(0.0, x - inset_x)
    coverage = area[1:, 1:] - area[:-1, 1:] - area[1:, :-1] + area[:-1, :-1]
    return np.clip(coverage, 0.0, 1.0)


def _segment(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integral of the square root of 1 - u²."""
    return 0.5 * (u * np.sqrt(np.maximum(0.0, 1.0 - u * u)) + np.arcsin(u))
