"""How different two pictures look.

Rasterisers disagree about the coverage of pixels along the edges of glyphs and curves; nobody sees that. So both
pictures are blurred (Gaussian, σ = 1.2 px) before they are compared in OKLab, where distances are about as large as
they look (Ottosson 2020, https://bottosson.github.io/posts/oklab/). ΔE is the Euclidean distance × 100: about 2 is
just noticeable side by side. Three measures, each with a limit:

- share: of the pixels, how many have ΔE > 5. Catches what is wrong all over, such as the weight of text.
- tile: the mean ΔE of the worst 16×16 px. Catches what is in the wrong place: a page of text that is 1 px off has 4–13.
- tone: the greatest ΔE between the mean colours of 16×16 px. Noise along edges cancels out, a wrong colour does not.
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
MAX_TILE = 4.0
MAX_TONE = 2.0

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
    """The measures above, and the `mean` ΔE of all pixels."""

    share: float
    tile: float
    tone: float
    mean: float

    @property
    def score(self) -> float:
        """One number to sort by: how far the worst of the three is towards its limit; above 1 is a failure."""
        return max(self.share / MAX_SHARE, self.tile / MAX_TILE, self.tone / MAX_TONE)

    @property
    def agrees(self) -> bool:
        """Whether all three are within their limits."""
        return self.score <= 1

    def __str__(self) -> str:
        return f"share {self.share:.2%}, tile {self.tile:.2f}, tone {self.tone:.2f}, mean ΔE {self.mean:.2f}"


def opened(data: bytes) -> Image.Image:
    """A picture as it looks on a white page, mode RGB."""
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture)
    return page.convert("RGB")


def differences(first: Image.Image, second: Image.Image) -> Floats:
    """ΔE of every pixel (height × width). The pictures must have one size."""
    return _distance(_oklab(first), _oklab(second))


def compare(first: Image.Image, second: Image.Image) -> PictureResult:
    """Compare two pictures; those of different size differ entirely."""
    if first.size != second.size:
        return PictureResult(1.0, 100.0, 100.0, 100.0)
    ours, theirs = _oklab(first), _oklab(second)
    distance = _distance(ours, theirs)
    return PictureResult(
        share=float((distance > VISIBLE).mean()),
        tile=float(_tile_means(distance[:, :, np.newaxis]).max()),
        tone=float(_distance(_tile_means(ours), _tile_means(theirs)).max()),
        mean=float(distance.mean()),
    )


def _distance(first: Floats, second: Floats) -> Floats:
    distance: Floats = np.sqrt(np.square(first - second).sum(axis=2)) * np.float32(100)
    return distance


def _tile_means(values: Floats) -> Floats:
    """Means over TILE × TILE windows that start every half tile and at the far edges; height × width × channels."""
    sums = np.pad(values.astype(np.float64), ((1, 0), (1, 0), (0, 0))).cumsum(0).cumsum(1)
    height, width = min(TILE, values.shape[0]), min(TILE, values.shape[1])
    top, left = np.ix_(_starts(values.shape[0] - height), _starts(values.shape[1] - width))
    windows = sums[top + height, left + width] - sums[top, left + width] - sums[top + height, left] + sums[top, left]
    means: Floats = (windows / (width * height)).astype(np.float32)
    return means


def _starts(last: int) -> npt.NDArray[np.intp]:
    return np.unique(np.append(np.arange(0, last, TILE // 2), last))


def _oklab(picture: Image.Image) -> Floats:
    blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(BLUR)))
    lms = _LINEAR[blurred] @ _TO_LMS.T
    oklab: Floats = np.cbrt(lms) @ _TO_OKLAB.T
    return oklab
