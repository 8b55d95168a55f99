"""Lengths, angles, numbers and percentages (CSS Values 4 sections 4 to 7)."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

from renderer.style.deferred import Context

LARGEST_LENGTH = 33554428.0  # px; where Chromium's layout units end

ABSOLUTE = {
    "px": 1.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
    "q": 2.4 / 2.54,
    "pt": 96 / 72,
    "pc": 16.0,
}

ANGLES = {"deg": 1.0, "grad": 0.9, "rad": 180 / pi, "turn": 360.0}

TIMES = {"s": 1.0, "ms": 0.001}

_FONT: dict[str, Callable[[Context], float]] = {
    "em": lambda context: context.style.font_size,
    "ex": lambda context: context.units.x_height,
    "ch": lambda context: context.units.zero_advance,
    "cap": lambda context: context.units.cap_height,
    "ic": lambda context: context.units.ideograph_advance,
    "lh": lambda context: context.line_height,
}


def _of_root(unit: Callable[[Context], float]) -> Callable[[Context], float]:
    return lambda context: unit(context.of_root())


# Templates are static pictures of a horizontal writing mode: small, large and dynamic viewports are one, inline is
# horizontal, and without size containment container units refer to the viewport too (CSS Containment 3 section 3.1).
_VIEWPORT: dict[str, Callable[[Context], float]] = {
    "w": lambda context: context.environment.viewport_width / 100,
    "h": lambda context: context.environment.viewport_height / 100,
    "i": lambda context: context.environment.viewport_width / 100,
    "b": lambda context: context.environment.viewport_height / 100,
    "min": lambda context: min(context.environment.viewport_width, context.environment.viewport_height) / 100,
    "max": lambda context: max(context.environment.viewport_width, context.environment.viewport_height) / 100,
}

RELATIVE: dict[str, Callable[[Context], float]] = {
    **_FONT,
    "rem": lambda context: context.root.font_size,
    **{"r" + unit: _of_root(_FONT[unit]) for unit in ("ex", "ch", "cap", "ic", "lh")},
    **{prefix + size: px for size, px in _VIEWPORT.items() for prefix in ("v", "sv", "lv", "dv", "cq")},
}
