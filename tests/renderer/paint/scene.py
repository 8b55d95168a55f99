"""Short hands for display lists and their pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderer.images import AssetImages
from renderer.paint.display_list import DisplayList, Operation, Rect, RoundedRect
from renderer.paint.raster import rasterize
from renderer.style.values import TRANSPARENT, WHITE, Color

RED, GREEN, BLUE, BLACK = Color(255, 0, 0), Color(0, 255, 0), Color(0, 0, 255), Color(0, 0, 0)


def pixels(
    *operations: Operation,
    size: tuple[int, int] = (40, 30),
    background: Color = WHITE,
    scale: float = 1.0,
    opaque: bool | None = None,
    images: AssetImages | None = None,
) -> NDArray[np.int16]:
    """Rows of pixels of a page with these operations, painted without the canvas cache."""
    display = DisplayList(*size, operations, background)
    picture = rasterize(display, images or AssetImages({}, {}), scale=scale, opaque=opaque, cache=None)
    return np.asarray(picture.image).astype(np.int16)


def layer(*operations: Operation, size: tuple[int, int] = (40, 30)) -> NDArray[np.int16]:
    """The same on a transparent page: RGBA with straight alpha."""
    return pixels(*operations, size=size, background=TRANSPARENT, opaque=False)


def box(x: float, y: float, width: float, height: float, radius: float = 0.0) -> Rect | RoundedRect:
    """A rectangle, rounded if there is a radius."""
    rect = Rect(x, y, width, height)
    return RoundedRect(rect, *[(radius, radius)] * 4) if radius else rect


def rounded(x: float, y: float, width: float, height: float, radius: float) -> RoundedRect:
    """A rounded rectangle."""
    return RoundedRect(Rect(x, y, width, height), *[(radius, radius)] * 4)
