"""Caps that keep any template and any values within bounded time and memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one render. Counts unless a unit is named."""

    output_pixels: int = 16_000_000  # device pixels of the picture, all frames or pages together
    source_pixels: int = 50_000_000  # pixels of one source image, read from its header before decoding
    source_bytes: int = 20_000_000  # encoded bytes of one source image
    nodes: int = 20_000  # elements and texts after expansion
    depth: int = 200  # nesting of elements
    loop_turns: int = 10_000  # turns of all `for` loops of one render together
    text_length: int = 200_000  # characters of all text of one render together
    expression_output: int = 100_000  # characters one expression may produce
    expression_depth: int = 64  # nesting of one expression


DEFAULT_LIMITS = Limits()
