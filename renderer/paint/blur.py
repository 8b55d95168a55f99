"""Gaussian blurs as Skia's software raster approximates them.

From a standard deviation of 2 px on, the blur of a mask is three box blurs (Filter Effects 1 section 9.4.2); below, a
discrete Gaussian kernel. The blur filter always takes boxes.
The edge of a blurred plain rectangle is a quadratic B-spline (SkBlurMask::ComputeBlurProfile).
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, factorial, floor, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]

_SMALL_SIGMA = 2.0
_NEGLIGIBLE = 0.01
LARGEST_SIGMA = 128.0  # device px; wider blurs of masks are cut to this, as in Skia


@lru_cache(maxsize=128)
def kernel(sigma: float) -> Field:
    """Weights of the one-dimensional blur of a mask, of odd length and summing to 1."""
    if sigma >= _SMALL_SIGMA:
        return box_kernel(sigma)
    half = _discrete_gaussian(sigma * sigma)
    weights = np.array([*half[:0:-1], *half])
    return np.asarray(weights / weights.sum(), dtype=np.float32)


@lru_cache(maxsize=128)
def box_kernel(sigma: float) -> Field:
    """Weights of three box blurs in a row, of odd length and summing to 1."""
    window = box_window(sigma)
    box = np.ones(window)
    # Two boxes of even width lean to opposite sides and the third is one wider, so that nothing moves.
    third = box if window % 2 else np.ones(window + 1)
    weights = np.convolve(np.convolve(box, box), third)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _discrete_gaussian(variance: float) -> list[float]:
    """Weights at distances 0, 1, … of Lindeberg's discrete Gaussian, as long as they are above a hundredth.

    The weight at n is the modified Bessel function of the first kind I_n(variance) / e^variance (Scale-Space for
    Discrete Signals, 1990); Skia's small blurs are the same (SkMaskBlurFilter.cpp).
    """
    weights: list[float] = []
    distance = 0
    while True:
        terms = [(variance / 2) ** (2 * k + distance) / (factorial(k) * factorial(k + distance)) for k in range(24)]
        weight = sum(terms) * exp(-variance)
        if distance > 1 and weight <= _NEGLIGIBLE:
            return weights
        weights.append(weight)
        distance += 1


def box_window(sigma: float) -> int:
    """Width in px of each of the three boxes that stand for a Gaussian."""
    return max(1, floor(sigma * 3 * sqrt(2 * pi) / 4 + 0.5))


def reach(sigma: float) -> int:
    """Device px by which a blur spreads to each side."""
    return len(kernel(min(sigma, LARGEST_SIGMA))) // 2 if sigma > 0 else 0


def blur_field(values: Field, sigma: float) -> Field:
    """Blur an array as a mask in both directions; the result is wider by `reach` on every side."""
    return convolve(values, kernel(min(sigma, LARGEST_SIGMA)))


def convolve(values: Field, weights: Field) -> Field:
    """Full convolution with the same weights in both directions."""
    return _convolve_rows(_convolve_rows(values, weights).T, weights).T


def _convolve_rows(values: Field, weights: Field) -> Field:
    """Full convolution of every row, by the fast Fourier transform where the kernel is long.

    Sums of products by a linear algebra library would be as fast, but their last digits depend on the machine.
    """
    rows, length = values.shape
    total = length + len(weights) - 1
    if len(weights) <= 32:
        result = np.zeros((rows, total), np.float32)
        for offset, weight in enumerate(weights):
            result[:, offset : offset + length] += weight * values
        return result
    size = 1 << (total - 1).bit_length()
    spectrum = np.fft.rfft(values, size, axis=1) * np.fft.rfft(weights, size)[None, :]
    return np.fft.irfft(spectrum, size, axis=1)[:, :total].astype(np.float32)


def blur_mask(mask: Image.Image, sigma: float) -> tuple[Image.Image, int]:
    """A blurred mask (mode L) and by how many px it has grown on every side."""
    blurred = blur_field(np.asarray(mask, dtype=np.float32), sigma)
    pixels = np.clip(blurred + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels), reach(sigma)


def edge_profile(sigma: float, start: float, end: float, low: int, high: int) -> NDArray[np.float64]:
    """Coverage of each pixel from low to high by the interval start–end, blurred."""
    centers = np.arange(low, high, dtype=np.float64) + 0.5
    covered = _step((centers - start) / (2 * sigma)) - _step((centers - end) / (2 * sigma))
    return np.asarray(np.ceil(covered * 255 - 1e-9) / 255)  # Skia's table of 256 steps rounds up


def _step(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blurred unit step: the integral of the quadratic B-spline on -1.5 to 1.5."""
    rise = 0.5 + 0.75 * x - x**3 / 3
    upper = 1 - (1.5 - x) ** 3 / 6
    lower = (1.5 + x) ** 3 / 6
    inner = np.where(x > 0.5, upper, np.where(x < -0.5, lower, rise))
    return np.where(x >= 1.5, 1.0, np.where(x <= -1.5, 0.0, inner))
