"""Fingerprints of finished pictures: what looks the same has nearly the same one.

Cards of one template share most of what they show, so the usual difference hash (`dHash`: 64 signs of luminance
differences on a grid of 9 x 8 cells) finds that nearly every card of a batch looks like another one. Here differences
of red, green and blue are taken on a finer grid, where a word is some cells long, and are put together into 256 signs
by a sparse random projection (Charikar, "Similarity estimation techniques from rounding algorithms", 2002): how many
signs differ between two pictures tells how much of what is drawn differs. Differences are cut off above, so that small
print counts beside headlines, and below, so that the noise of a lossy format counts little. Everything is done in
integers: the fingerprint is the same on every machine.

Of 200 cards that differ in their titles, 98 in a hundred have a neighbour at a distance of at most 3 by `dHash`, and
none has by this. Cards that differ in one small line of text are 4 to 12 apart, the same pixels written as JPEG 2 to 6.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from zlib_ng import zlib_ng

from renderer.errors import AssetError
from renderer.images.decode import decode, read_header
from renderer.images.formats import sniff
from renderer.limits import DEFAULT_LIMITS, Limits

_COLUMNS, _ROWS, _CHANNELS = 128, 64, 3  # differences on the grid
_BITS: Final = 256
_NOISE, _ENOUGH = 6, 24  # levels of 255 below which a difference counts nothing, and above which no more


class _Projection(NamedTuple):
    order: npt.NDArray[np.intp]  # which difference goes where: the first 96 are put together into the first sign, …
    signs: npt.NDArray[np.int16]  # with which sign


def fingerprint(image: Image.Image, data: bytes) -> str:
    """The fingerprint of a picture (mode RGB or RGBA) and its file: 72 hexadecimal digits.

    The first 64 are the 256 bits of its looks, the last 8 the CRC-32 of the file: files are equal where both are, since
    equal pixels are written as equal bytes.
    """
    return f"{_looks(image).hex()}{zlib_ng.crc32(data):08x}"


def fingerprint_of_file(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    """The fingerprint of a picture that was written earlier; of a lossy format a few bits may be others.

    Raises:
        AssetError: it cannot be decoded, or has more pixels than a picture may have.
    """
    kind = sniff(data)
    if kind is None or kind == "svg":
        raise AssetError("the file is of no format that pictures are written in")
    width, height = read_header(data, kind).upright_size
    if width * height > limits.output_pixels:
        raise AssetError(f"the picture has {width} × {height} pixels; at most {limits.output_pixels:,} are allowed")
    return fingerprint(decode(data, kind, width, height), data)


def _looks(image: Image.Image) -> bytes:
    differences = _differences(image)
    strong = np.where(np.abs(differences) < _NOISE, 0, differences).clip(-_ENOUGH, _ENOUGH)
    order, signs = _projection()
    sums = (strong[order] * signs).reshape(_BITS, -1).sum(axis=1)
    return np.packbits(sums > 0).tobytes()


def _differences(image: Image.Image) -> npt.NDArray[np.int16]:
    """How much lighter in each colour a cell of the grid is than its left neighbour, on white."""
    # Boxes of whole pixels are added up first, which is several times as fast as cells of any size are.
    box = (max(1, image.width // (2 * _COLUMNS)), max(1, image.height // (2 * _ROWS)))
    small = image.reduce(box)
    if small.mode == "RGBA":
        page = Image.new("RGB", small.size, (255, 255, 255))
        page.paste(small, (0, 0), small)
        small = page
    grid = np.asarray(small.resize((_COLUMNS + 1, _ROWS), Image.Resampling.BOX), dtype=np.int16)
    return (grid[:, 1:] - grid[:, :-1]).ravel()


@lru_cache(maxsize=1)
def _projection() -> _Projection:
    """The same on every machine and in every version of every library, as random generators are not."""
    noise = np.frombuffer(hashlib.shake_256(b"looks").digest(_COLUMNS * _ROWS * _CHANNELS * 8), dtype="<u8")
    order = np.argsort(noise, kind="stable")
    signs = np.where(noise & 1, 1, -1).astype(np.int16)
    return _Projection(order, signs)
