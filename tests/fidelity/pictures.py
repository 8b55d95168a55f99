"""How different two pictures look.

Rasterisers disagree about the coverage of pixels along the edges of glyphs and curves; nobody sees that. So both
pictures are blurred (Gaussian, σ = 1.2 px), which leaves such noise below the threshold but not a box that is off by
two pixels or a wrong colour, and then compared in OKLab, where distances are about as large as they look
(Ottosson 2020, https://bottosson.github.io/posts/oklab/). ΔE is the Euclidean distance × 100: about 2 is just
noticeable side by side.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Floats = npt.NDArray[np.float32]

BLUR = 1.2  # σ in px
VISIBLE = 5.0  # ΔE from which a pixel counts as different
TILE = 16  # px

MAX_SHARE = 0.01
MAX_MEAN = 0.4
MAX_TILE = 6.0

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_CODES = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


@dataclass(frozen=True, slots=True)
class PictureResult:
    """`share` of pixels that differ visibly, `mean` ΔE of all, `tile` the mean ΔE of the worst 16×16 px."""

    share: float
    mean: float
    tile: float

    @property
    def score(self) -> float:
        """One number to sort by: how far the worst of the three is towards its limit; above 1 is a failure."""
        return max(self.share / MAX_SHARE, self.mean / MAX_MEAN, self.tile / MAX_TILE)

    @property
    def agrees(self) -> bool:
        """Whether all three are within their limits."""
        return self.score <= 1

    def __str__(self) -> str:
        return f"{self.share:.2%} of pixels differ, mean ΔE {self.mean:.2f}, worst tile {self.tile:.2f}"


def opened(data: bytes) -> Image.Image:
    """A picture as it looks on a white page, mode RGB."""
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture)
    return page.convert("RGB")


def differences(first: Image.Image, second: Image.Image) -> Floats:
    """ΔE of every pixel (height × width). The pictures must have one size."""
    distance: Floats = np.sqrt(np.square(_oklab(first) - _oklab(second)).sum(axis=2)) * np.float32(100)
    return distance


def compare(first: Image.Image, second: Image.Image) -> PictureResult:
    """Compare two pictures; those of different size differ entirely."""
    if first.size != second.size:
        return PictureResult(1.0, 100.0, 100.0)
    distance = differences(first, second)
    return PictureResult(float((distance > VISIBLE).mean()), float(distance.mean()), _worst_tile(distance))


def _worst_tile(distance: Floats) -> float:
    """Largest mean of a TILE × TILE window; windows start every half tile."""
    sums = np.pad(distance.astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    height, width = min(TILE, distance.shape[0]), min(TILE, distance.shape[1])
    tops = np.unique(np.append(np.arange(0, distance.shape[0] - height, TILE // 2), distance.shape[0] - height))
    lefts = np.unique(np.append(np.arange(0, distance.shape[1] - width, TILE // 2), distance.shape[1] - width))
    top, left = np.ix_(tops, lefts)
    windows = sums[top + height, left + width] - sums[top, left + width] - sums[top + height, left] + sums[top, left]
    return float(windows.max() / (width * height))


def _oklab(picture: Image.Image) -> Floats:
    blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(BLUR)))
    lms = _LINEAR[blurred] @ _TO_LMS.T
    oklab: Floats = np.cbrt(lms) @ _TO_OKLAB.T
    return oklab
