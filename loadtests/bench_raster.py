"""Micro benchmarks of raster and encoders: a card of 1200 × 630 px with a gradient, a panel with a shadow, three texts.

    .venv/bin/python loadtests/bench_raster.py

Prints the best of several rounds in milliseconds of CPU. "warm" repeats the card with another title each time, so that
the canvas after the unchanged start of the list is reused; "cold" empties every cache first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from math import cos, radians, sin

from renderer.encode import OutputFormat, encode
from renderer.images import AssetImages
from renderer.native import libvips
from renderer.paint import blur, blurred_shapes, corners, gradients, shadows, shapes, vector
from renderer.paint.canvas_cache import CanvasCache
from renderer.paint.display_list import (
    BoxShadow,
    DisplayList,
    Fill,
    Glyphs,
    LinearPaint,
    Operation,
    Rect,
    RoundedRect,
    Stop,
)
from renderer.paint.raster import rasterize
from renderer.style.values import TRANSPARENT, Color
from renderer.text.font import SizedFont, sized
from renderer.text.library import default_library

WIDTH, HEIGHT = 1200, 630
FORMATS: tuple[OutputFormat, ...] = ("png", "jpg", "webp", "avif")
IMAGES = AssetImages({}, {})


def page_gradient() -> LinearPaint:
    """linear-gradient(135deg, #1e3a8a, #9333ea) over the page."""
    angle = radians(135)
    dx, dy = sin(angle), -cos(angle)
    half = (abs(WIDTH * dx) + abs(HEIGHT * dy)) / 2
    stops = (Stop(0.0, Color(0x1E, 0x3A, 0x8A)), Stop(1.0, Color(0x93, 0x33, 0xEA)))
    x, y = WIDTH / 2, HEIGHT / 2
    return LinearPaint(x - dx * half, y - dy * half, x + dx * half, y + dy * half, stops)


def text(font: SizedFont, content: str, x: float, y: float, color: Color) -> Glyphs:
    """A line of text without kerning: what matters here is the number of glyphs."""
    placed = []
    for character in content:
        glyph = font.hb_font.get_nominal_glyph(ord(character)) or 0
        placed.append((glyph, x, y))
        x += font.hb_font.get_glyph_h_advance(glyph) / 16_384
    return Glyphs(font, tuple(placed), color)


def card(title: str) -> DisplayList:
    """The card with one of its three texts given."""
    face = default_library().generic("sans-serif")[0].open()
    panel = RoundedRect(Rect(60, 60, 1080, 510), (24, 24), (24, 24), (24, 24), (24, 24))
    shadow = panel._replace(rect=Rect(60, 80, 1080, 510))
    operations: tuple[Operation, ...] = (
        Fill(Rect(0, 0, WIDTH, HEIGHT), page_gradient()),
        BoxShadow(shadow, panel, 40.0, Color(0, 0, 0, 0.4), inset=False),
        Fill(panel, Color(255, 255, 255)),
        text(sized(face, 28.0), "A subtitle of a common length, forty characters", 120, 200, Color(75, 85, 99)),
        text(sized(face, 20.0), "example.com", 120, 500, Color(107, 114, 128)),
        text(sized(face, 64.0), title, 120, 320, Color(17, 24, 39)),
    )
    return DisplayList(WIDTH, HEIGHT, operations, TRANSPARENT)


def best(action: Callable[[], object], rounds: int = 30) -> float:
    """Shortest CPU time of one call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time_ns()
        action()
        times.append(time.process_time_ns() - start)
    return min(times) / 1e6


def forget() -> None:
    """Empty the caches of shapes, gradients and shadows."""
    gradients._pictures.clear()
    blurred_shapes._masks.clear()
    shadows._pictures.clear()
    blurred_shapes._stand_in.cache_clear()
    vector._masks.clear()
    shapes._upright_rounded.cache_clear()
    shapes._ring.cache_clear()
    corners.corner_mask.cache_clear()
    blur.kernel.cache_clear()


def main() -> None:
    """Run all benchmarks and print a table."""
    libvips()
    display = card("Hello, world of cards")
    titles = iter([card(f"Title number {index} of many") for index in range(1000)])
    cache = CanvasCache()

    def cold() -> None:
        forget()
        rasterize(display, IMAGES, cache=None)

    def warm() -> None:
        rasterize(next(titles), IMAGES, cache=cache)

    rows = [
        ("raster, cold", best(cold, 10)),
        ("raster, shapes cached", best(lambda: rasterize(display, IMAGES, cache=None))),
    ]
    for _ in range(3):
        warm()
    rows.append(("raster, warm start", best(warm)))
    picture = rasterize(display, IMAGES)
    sizes = {name: len(encode(picture, name)) for name in FORMATS}
    rows += [(f"encode {name}, {sizes[name]:,} bytes", best(partial(encode, picture, name), 8)) for name in FORMATS]
    for label, milliseconds in rows:
        print(f"{label:<32}{milliseconds:8.2f} ms")


if __name__ == "__main__":
    main()
