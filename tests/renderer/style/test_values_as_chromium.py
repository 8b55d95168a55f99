"""Every value that Chromium accepts is accepted and computed as Chromium computes it; the others are refused.

Chromium's computed value is compared by reading it again: both texts must give the same computed style.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from renderer.paint.builder.transforms import page_matrix
from renderer.paint.display_list import Rect
from renderer.style.colors import parse_color
from renderer.style.declarations import is_valid_declaration
from renderer.style.values import Factor
from tests.renderer.style.support import close, declared, field_of

DATA = json.loads((Path(__file__).parent / "data" / "values.json").read_text(encoding="utf-8"))
VALUES = [(row["property"], row["value"], row["computed"]) for row in DATA["values"]]
TRANSFORMS = ("transform",)

MORE_THAN_CHROMIUM = {
    ("text-align", "match-parent"),  # CSS Text 3, there only with a prefix
    ("text-transform", "full-width"),
    ("text-overflow", "'x'"),
}

# What layout decides or Signet resolves later than getComputedStyle() does.
OTHERWISE = {("min-width", "auto"), ("display", "grid")}


@pytest.mark.parametrize(("name", "value", "computed"), VALUES)
def test_accepts_what_chromium_accepts(name: str, value: str, computed: dict[str, str] | None) -> None:
    assert is_valid_declaration(name, value) == (computed is not None or (name, value) in MORE_THAN_CHROMIUM)


@pytest.mark.parametrize(
    ("name", "value", "computed"),
    [row for row in VALUES if row[2] and row[0] not in TRANSFORMS and row[:2] not in OTHERWISE],
)
def test_computes_what_chromium_computes(name: str, value: str, computed: dict[str, str]) -> None:
    context = _context(name)
    mine, _ = declared(f"{context}{name}:{value}")
    again = ";".join(f"{key}:{text}" for key, text in computed.items())
    theirs, problems = declared(f"{context}{again}")
    assert not problems
    for key, text in computed.items():
        if key.endswith("-width") and key.startswith(("border", "outline")):
            theirs, _ = declared(f"{SOLID}{key}:{text}")
        ours, expected = getattr(mine, field_of(key)), getattr(theirs, field_of(key))
        if key == "line-height" and isinstance(ours, Factor):
            ours = ours.value * mine.font_size
        if "a.png" in value:  # Chromium makes URLs absolute
            ours, expected = str(ours), str(expected).replace(_folder(str(expected)), "")
        assert close(ours, expected), key
        theirs, _ = declared(f"{context}{again}")


SOLID = "border-style:solid;outline-style:solid;"


def _context(name: str) -> str:
    """What else a property needs to have an effect."""
    if name == "-webkit-line-clamp":
        return "display:-webkit-box;-webkit-box-orient:vertical;"
    if name.startswith("background-") and name != "background-image":
        return "background-image:linear-gradient(red,red);"
    return ""


def _folder(text: str) -> str:
    return "file:///" + text.split("file:///")[1].split("a.png")[0] if "file:///" in text else "nothing"


@pytest.mark.parametrize(("name", "value", "computed"), [row for row in VALUES if row[2] and row[0] in TRANSFORMS])
def test_transforms_like_chromium(name: str, value: str, computed: dict[str, str]) -> None:
    style, _ = declared(f"transform-origin:0 0;{name}:{value}")
    matrix = page_matrix(style, Rect(0.0, 0.0, 200.0, 100.0))
    expected = computed[name].removeprefix("matrix(").removesuffix(")")
    if expected == "none":
        assert matrix is None
    else:
        assert close(matrix, tuple(map(float, expected.split(","))))


@pytest.mark.parametrize(("value", "pixel"), [(row["value"], row["pixel"]) for row in DATA["colors"]])
def test_colors_are_chromiums_pixels(value: str, pixel: list[int] | None) -> None:
    color = parse_color(value)
    assert (color is None) == (pixel is None)
    if color is not None and pixel is not None:
        ours = (color.red, color.green, color.blue, round(color.alpha * 255))
        # A canvas keeps premultiplied bytes: what is translucent loses some precision there.
        tolerance = 1 if color.alpha == 1 else 2
        assert all(abs(a - b) <= tolerance for a, b in zip(ours, pixel, strict=True))
