"""Specified values that wait for their element: font-relative lengths, currentcolor, attr().

A grammar returns either the computed value itself or a `Deferred` that computes it in a `Context`. Values built from
parts stay plain as long as all their parts are plain, so most of a stylesheet is computed once, while it is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar, cast

from renderer.style.computed import ComputedStyle
from renderer.style.values import Factor

T = TypeVar("T")
Part = TypeVar("Part")


class FontUnits(NamedTuple):
    """Measures of an element's first available font, in px (CSS Values 4 section 6.1.1)."""

    x_height: float
    zero_advance: float
    cap_height: float
    ideograph_advance: float
    line_height: float  # of line-height: normal


def estimated_font_units(style: ComputedStyle) -> FontUnits:
    """What CSS Values 4 lets us assume where a font cannot be measured, with usual proportions for the rest."""
    size = style.font_size
    return FontUnits(0.5 * size, 0.5 * size, 0.7 * size, size, 1.2 * size)


@dataclass(frozen=True, slots=True)
class Environment:
    """What stays the same for all elements: viewport in px, preferred colour scheme, and how fonts are measured."""

    viewport_width: float = 1200.0
    viewport_height: float = 630.0
    color_scheme: str = "light"
    measure: Callable[[ComputedStyle], FontUnits] = estimated_font_units


@dataclass(slots=True)
class Context:
    """Where a value is computed. Lengths refer to `style`'s fonts, currentcolor to its colour."""

    style: ComputedStyle
    root: ComputedStyle
    environment: Environment
    dark: bool = False  # the used colour scheme
    attributes: Mapping[str, str] = field(default_factory=dict)
    quote_depth: int = 0
    opened_quotes: int = 0  # counted while `content` is computed
    _units: FontUnits | None = None

    @property
    def units(self) -> FontUnits:
        """Measures of the element's font, taken when they are first asked for."""
        if self._units is None:
            self._units = self.environment.measure(self.style)
        return self._units

    @property
    def line_height(self) -> float:
        """Computed line height in px."""
        return used_line_height(self.style, self.units)

    def of_root(self) -> Context:
        """The same for the root element."""
        return Context(self.root, self.root, self.environment)


def used_line_height(style: ComputedStyle, units: FontUnits) -> float:
    """Line height in px of a style whose font has the given measures."""
    match style.line_height:
        case Factor(value):
            return value * style.font_size
        case str():
            return units.line_height
        case length:
            return length


class Deferred(Generic[T]):
    """A value that needs its element. `compute` gives the computed value."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[Context], T]) -> None:
        self.compute = compute


def settle(value: T | Deferred[T], context: Context) -> T:
    """The computed value of a plain or deferred one."""
    if isinstance(value, Deferred):
        return cast("T", value.compute(context))
    return value


def combine(build: Callable[..., T], *parts: object) -> T | Deferred[T]:
    """`build(*parts)`, at once if no part is deferred, otherwise when the parts can be computed."""
    if not any(isinstance(part, Deferred) for part in parts):
        return build(*parts)
    return Deferred(lambda context: build(*(settle(part, context) for part in parts)))


def collect(parts: list[T | Deferred[T]]) -> tuple[T, ...] | Deferred[tuple[T, ...]]:
    """A tuple of plain or deferred parts."""
    return combine(lambda *values: values, *parts)
