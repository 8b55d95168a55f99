"""Choice of the PNG row filter (PNG, third edition, section 9) from a sample of rows.

Flat cards and gradients whose rows are shifted copies of each other compress best unfiltered, gradients along one axis
and photographs after subtracting the row above. No statistic of the pixels tells these apart, so a few rows are
compressed both ways.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image
from zlib_ng import zlib_ng

_BANDS = 3
_BAND_ROWS = 4  # enough for the compressor to find rows that repeat shifted
_FLAT = 64  # a sample that shrinks this much unfiltered is not tried otherwise
_WORTH = 0.8  # filtering takes time and its gain shrinks over a whole page: it has to make the sample this much smaller
_NOISY = 2  # a sample that does not even halve is photographic: there filtering costs no time


def choose_filter(image: Image.Image) -> Literal["none", "up"]:
    """Filter for an image of mode RGB or RGBA. Depends on the pixels only."""
    height = image.height
    if height < 4 * _BANDS * _BAND_ROWS:
        return "none"
    plain, filtered = [], []
    for band in range(_BANDS):
        # Bands at 1/4, 1/2 and 3/4 of the height, with the row above as reference.
        top = height * (band + 1) // (_BANDS + 1)
        rows = np.asarray(image.crop((0, top - 1, image.width, top + _BAND_ROWS)))
        plain.append(rows[1:].tobytes())
        filtered.append((rows[1:] - rows[:-1]).tobytes())
    unfiltered = b"".join(plain)
    size = len(zlib_ng.compress(unfiltered, 1))
    if size * _FLAT < len(unfiltered):
        return "none"
    worth = _WORTH if size * _NOISY < len(unfiltered) else 1.0
    return "up" if len(zlib_ng.compress(b"".join(filtered), 1)) < worth * size else "none"
