"""Presentational hints: attributes that act like declarations below the author's (HTML section 15.3)."""

from __future__ import annotations

import re
from functools import lru_cache

from renderer.document import Element
from renderer.style.declarations import DeclarationBlock
from renderer.style.matching import text_direction
from renderer.style.values import Percentage

SIZED = frozenset({"img", "svg", "video", "canvas", "iframe", "table", "td", "th"})
_DIMENSION = re.compile(r"\s*(\d+(?:\.\d+)?)(%?)")

Hints = tuple[str | None, str | None, str | None]
NO_HINTS: Hints = (None, None, None)


def hints_of(element: Element) -> Hints:
    """What of an element's attributes acts as hints: width, height, resolved direction of dir=auto."""
    attributes = element.attributes
    width = height = direction = None
    if element.local_name in SIZED:
        width, height = attributes.get("width"), attributes.get("height")
    if attributes.get("dir", "").lower() == "auto" or ("dir" not in attributes and element.local_name == "bdi"):
        direction = text_direction(element)
    return (width, height, direction)


@lru_cache(maxsize=1024)
def hint_block(hints: Hints) -> DeclarationBlock:
    """The declarations that hints amount to."""
    width, height, direction = hints
    declarations: list[tuple[str, object]] = []
    for name, text in (("width", width), ("height", height)):
        match = _DIMENSION.match(text or "")
        if match:
            number = min(float(match[1]), 1e7)
            declarations.append((name, Percentage(number / 100) if match[2] else number))
    if direction is not None:
        declarations += [("direction", direction), ("unicode-bidi", "isolate")]
    return DeclarationBlock(tuple(declarations))
