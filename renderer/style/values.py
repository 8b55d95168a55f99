"""Typed computed values that the cascade hands to layout and paint (CSS Values and Units 4).

Absolute and font-relative lengths are plain floats in CSS px. What can only be resolved against a box is a
`Percentage` or a `Calculation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Color(NamedTuple):
    """sRGB colour: red, green, blue 0–255, alpha 0–1, not premultiplied."""

    red: int
    green: int
    blue: int
    alpha: float = 1.0


BLACK = Color(0, 0, 0)
WHITE = Color(255, 255, 255)
TRANSPARENT = Color(0, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Percentage:
    """A percentage as a fraction: 50% is 0.5."""

    fraction: float

    def resolve(self, base: float) -> float:
        """Length in px against `base` px."""
        return self.fraction * base


@dataclass(frozen=True, slots=True)
class Calculation:
    """A calc(), min(), max() or clamp() that mixes px and percentages (CSS Values 4 section 10).

    `sum`: the total of the terms; `product`: the first term times the plain factor; `min`/`max`: of the terms;
    `clamp`: terms are minimum, value, maximum.
    """

    operator: Literal["sum", "product", "min", "max", "clamp"]
    terms: tuple[LengthPercentage, ...]
    factor: float = 1.0

    def resolve(self, base: float) -> float:
        """Length in px against `base` px."""
        values = [resolve(term, base) for term in self.terms]
        match self.operator:
            case "sum":
                return sum(values)
            case "product":
                return values[0] * self.factor
            case "min":
                return min(values)
            case "max":
                return max(values)
            case "clamp":
                return max(values[0], min(values[1], values[2]))


LengthPercentage = float | Percentage | Calculation


def resolve(value: LengthPercentage, base: float) -> float:
    """Length in px of `value` against `base` px."""
    return value if isinstance(value, (float, int)) else value.resolve(base)


@dataclass(frozen=True, slots=True)
class Factor:
    """A unitless line-height: this times the element's own font size."""

    value: float


LineHeight = Literal["normal"] | float | Factor


@dataclass(frozen=True, slots=True)
class Shadow:
    """One box-shadow or text-shadow (spread and inset are for boxes only). Lengths in px."""

    x: float
    y: float
    blur: float
    spread: float
    color: Color
    inset: bool = False


@dataclass(frozen=True, slots=True)
class ColorStop:
    """A gradient's colour stop; `color` None is a colour hint (CSS Images 4 section 3.4). `at` None: placed evenly."""

    color: Color | None
    at: LengthPercentage | None


@dataclass(frozen=True, slots=True)
class Position:
    """A 2D position: offsets of the left and top edge, percentages as background-position takes them."""

    x: LengthPercentage
    y: LengthPercentage


@dataclass(frozen=True, slots=True)
class LinearGradient:
    """linear-gradient(). `angle` in degrees clockwise from up; `corner` ("top left" …) wins over it when given."""

    angle: float
    corner: tuple[Literal["left", "right"], Literal["top", "bottom"]] | None
    stops: tuple[ColorStop, ...]
    repeating: bool = False
    space: str = "srgb"  # interpolation colour space
    hue: str = "shorter"


@dataclass(frozen=True, slots=True)
class RadialGradient:
    """radial-gradient(). `size` is a keyword or explicit radii (x, y)."""

    shape: Literal["circle", "ellipse"]
    size: (
        Literal["closest-side", "farthest-side", "closest-corner", "farthest-corner"]
        | tuple[LengthPercentage, LengthPercentage]
    )
    center: Position
    stops: tuple[ColorStop, ...]
    repeating: bool = False
    space: str = "srgb"
    hue: str = "shorter"


@dataclass(frozen=True, slots=True)
class ConicGradient:
    """conic-gradient(). `start` in degrees; stops at fractions of a turn (Percentage)."""

    start: float
    center: Position
    stops: tuple[ColorStop, ...]
    repeating: bool = False
    space: str = "srgb"
    hue: str = "shorter"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """url(): a path inside the template folder, a data: URI or an absolute URL whose bytes the caller supplies."""

    url: str


@dataclass(frozen=True, slots=True)
class CounterReference:
    """counter() and, with a separator, counters() (CSS Lists 3 section 4.7); `style` is the counter style's name."""

    name: str
    style: str = "decimal"
    separator: str | None = None


ImageValue = LinearGradient | RadialGradient | ConicGradient | ImageReference

Repeat = Literal["repeat", "no-repeat", "space", "round"]
BoxArea = Literal["border-box", "padding-box", "content-box", "text"]


@dataclass(frozen=True, slots=True)
class BackgroundLayer:
    """One background layer; the first layer of a list is on top."""

    image: ImageValue | None
    position: Position = Position(Percentage(0.0), Percentage(0.0))
    size: (
        Literal["cover", "contain"] | tuple[LengthPercentage | Literal["auto"], LengthPercentage | Literal["auto"]]
    ) = (
        "auto",
        "auto",
    )
    repeat: tuple[Repeat, Repeat] = ("repeat", "repeat")
    origin: BoxArea = "padding-box"
    clip: BoxArea = "border-box"
    attachment: Literal["scroll", "fixed", "local"] = "scroll"


@dataclass(frozen=True, slots=True)
class TransformFunction:
    """One transform function, e.g. ("translate", (10.0, Percentage(.5))), ("rotate", (45.0,)) in degrees,
    ("matrix", (a, b, c, d, e, f)), ("scale", (sx, sy)), ("skew", (ax, ay)) in degrees."""

    name: Literal["translate", "scale", "rotate", "skew", "matrix"]
    arguments: tuple[LengthPercentage, ...]


@dataclass(frozen=True, slots=True)
class FilterFunction:
    """One filter function: ("blur", (px,)), ("brightness", (factor,)), … ; drop-shadow carries `shadow`."""

    name: Literal[
        "blur",
        "brightness",
        "contrast",
        "grayscale",
        "sepia",
        "saturate",
        "invert",
        "opacity",
        "hue-rotate",
        "drop-shadow",
    ]
    arguments: tuple[float, ...] = ()
    shadow: Shadow | None = None


@dataclass(frozen=True, slots=True)
class TextFit:
    """text-fit: none | shrink | grow | both, optionally with a smallest and largest font size in px."""

    mode: Literal["none", "shrink", "grow", "both"] = "none"
    minimum: float = 8.0
    maximum: float = 1000.0


@dataclass(frozen=True, slots=True)
class FontFaceRule:
    """An @font-face rule. `sources` are URLs (see renderer.assets) or "local:NAME", best first."""

    family: str
    sources: tuple[str, ...]
    weight: tuple[float, float] = (400.0, 400.0)  # smallest and largest weight the file serves
    style: str = "normal"
    stretch: tuple[float, float] = (100.0, 100.0)
    unicode_range: tuple[tuple[int, int], ...] = ()  # inclusive; empty: everything
