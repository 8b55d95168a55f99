"""The display list: small immutable drawing operations between layout and raster.

Coordinates are CSS px of the page; the raster multiplies them by the device pixel ratio. Operations compare and hash
by content, so the canvas after an unchanged prefix of a list can be cached. Axis-aligned rectangles arrive already
snapped to device pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from renderer.style.values import Color, FilterFunction
from renderer.text.types import Font


class Rect(NamedTuple):
    """Rectangle in CSS px."""

    x: float
    y: float
    width: float
    height: float


class RoundedRect(NamedTuple):
    """Rectangle with (horizontal, vertical) corner radii, clockwise from the top left, already reduced to fit."""

    rect: Rect
    top_left: tuple[float, float]
    top_right: tuple[float, float]
    bottom_right: tuple[float, float]
    bottom_left: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Path:
    """SVG path data in CSS px with its bounding box."""

    data: str
    bounds: Rect
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """The area between two rounded rectangles: a border of one colour."""

    outer: RoundedRect
    inner: RoundedRect


Shape = Rect | RoundedRect | Path | Ring


@dataclass(frozen=True, slots=True)
class Stop:
    """Gradient stop at a fraction of the gradient line (may lie outside 0–1); `color` None: a hint."""

    offset: float
    color: Color | None


@dataclass(frozen=True, slots=True)
class LinearPaint:
    """Linear gradient between two points."""

    x0: float
    y0: float
    x1: float
    y1: float
    stops: tuple[Stop, ...]
    repeating: bool = False
    space: str = "srgb"
    hue: str = "shorter"


@dataclass(frozen=True, slots=True)
class RadialPaint:
    """Radial gradient with its radii at offset 1."""

    cx: float
    cy: float
    rx: float
    ry: float
    stops: tuple[Stop, ...]
    repeating: bool = False
    space: str = "srgb"
    hue: str = "shorter"


@dataclass(frozen=True, slots=True)
class ConicPaint:
    """Conic gradient; `start` in degrees clockwise from up, offsets in turns."""

    cx: float
    cy: float
    start: float
    stops: tuple[Stop, ...]
    repeating: bool = False
    space: str = "srgb"
    hue: str = "shorter"


@dataclass(frozen=True, slots=True)
class ImagePaint:
    """An image (key as in renderer.assets) scaled to fill `destination`."""

    key: str
    destination: Rect
    rendering: str = "auto"  # image-rendering


@dataclass(frozen=True, slots=True)
class TiledPaint:
    """A paint repeated: `tile` is the first tile, steps are distances between tile origins (0: no repeat)."""

    paint: LinearPaint | RadialPaint | ConicPaint | ImagePaint
    tile: Rect
    step_x: float
    step_y: float


Paint = Color | LinearPaint | RadialPaint | ConicPaint | ImagePaint | TiledPaint


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill a shape."""

    shape: Shape
    paint: Paint


@dataclass(frozen=True, slots=True)
class Stroke:
    """Stroke a path (dashed and dotted borders, wavy underlines)."""

    path: Path
    width: float
    color: Color
    dash: tuple[float, ...] = ()
    dash_offset: float = 0.0
    cap: Literal["butt", "round", "square"] = "butt"


@dataclass(frozen=True, slots=True)
class BoxShadow:
    """A blurred box. Outer: `shape` (offset and spread applied) is painted outside `box`.
    Inset: everything inside `box` but outside `shape` is painted. `blur` is the CSS blur radius (2 sigma) in px."""

    shape: RoundedRect
    box: RoundedRect
    blur: float
    color: Color
    inset: bool


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Glyphs of one font: (glyph id, pen x, baseline y). `blur` > 0 makes a text shadow (CSS blur radius in px).

    With `stroke_width` > 0 the outlines are stroked, centred on the outline, instead of filled.
    """

    font: Font
    glyphs: tuple[tuple[int, float, float], ...]
    paint: Paint
    blur: float = 0.0
    stroke_width: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Operations drawn together: clipped, transformed (matrix a b c d e f as in CSS), filtered, then blended.

    A group with only a clip or a transform needs no layer of its own; opacity < 1, filters, a blend mode, a mask or
    `isolated` do.
    """

    operations: tuple[Operation, ...]
    clip: Shape | None = None  # in the group's own coordinates (before `transform` is applied)
    transform: tuple[float, float, float, float, float, float] | None = None
    opacity: float = 1.0
    filters: tuple[FilterFunction, ...] = ()
    blend: str = "normal"
    isolated: bool = False
    mask: tuple[Operation, ...] = ()  # painted alpha multiplies the group's (background-clip: text)


Operation = Fill | Stroke | BoxShadow | Glyphs | Group


@dataclass(frozen=True, slots=True)
class DisplayList:
    """A page: its size in CSS px and what is painted on it, bottom to top."""

    width: float
    height: float
    operations: tuple[Operation, ...]
    background: Color  # transparent where the page shows through
