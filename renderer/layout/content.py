"""What layout works on: the box tree, inline content, and the context of one layout run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from renderer.assets import Images
from renderer.diagnostics import Diagnostics
from renderer.document import Element
from renderer.layout.fragments import Decoration, Edges, Fragment, Line
from renderer.style.computed import ComputedStyle
from renderer.text.types import TextEngine


class IntrinsicWidths(NamedTuple):
    """Min-content and max-content contribution in px (CSS Sizing 3 section 5)."""

    minimum: float
    maximum: float


@dataclass(slots=True, eq=False)
class Box:
    """A box that generates fragments. `block` containers hold either block-level children or one inline content."""

    style: ComputedStyle
    element: Element | None  # None: anonymous
    kind: Literal["block", "flex", "replaced"]
    children: list[Box] = field(default_factory=list)
    inline: InlineContent | None = None
    image: str | None = None  # replaced boxes: key in renderer.assets
    pseudo: str = ""
    sequence: int = 0  # document order
    intrinsic: IntrinsicWidths | None = None  # cache: border-box widths without margins


@dataclass(slots=True, eq=False)
class InlineText:
    """Characters as the document has them: white space and text-transform are still to be applied."""

    text: str
    style: ComputedStyle
    element: Element | None


@dataclass(slots=True, eq=False)
class InlineOpen:
    """The start of an inline element (its left margin, border and padding)."""

    style: ComputedStyle
    element: Element


@dataclass(slots=True, eq=False)
class InlineClose:
    """The end of the innermost open inline element."""


@dataclass(slots=True, eq=False)
class InlineBreak:
    """A forced line break: <br>."""

    style: ComputedStyle


@dataclass(slots=True, eq=False)
class InlineAtomic:
    """An inline-level box that is laid out as one unit: image, inline-block, inline-flex."""

    box: Box


@dataclass(slots=True, eq=False)
class InlinePositioned:
    """The place where an absolutely positioned box would have stood: its static position."""

    box: Box


InlineItem = InlineText | InlineOpen | InlineClose | InlineBreak | InlineAtomic | InlinePositioned


@dataclass(slots=True, eq=False)
class InlineContent:
    """The inline formatting context of one block container, whose style sets alignment, strut and direction."""

    items: list[InlineItem]
    style: ComputedStyle
    element: Element | None
    decorations: tuple[Decoration, ...] = ()  # of the blocks around the container, outermost first


@dataclass(slots=True, eq=False)
class AtomicBox:
    """A laid out atomic inline: its fragment (x, y still 0) and its margins."""

    fragment: Fragment
    margin: Edges
    baseline: float | None  # below the fragment's top; None: the bottom margin edge sits on the baseline


@dataclass(slots=True, eq=False)
class InlineResult:
    """Lines of one inline formatting context; coordinates relative to the container's content box."""

    lines: list[Line]
    width: float  # widest line's content
    height: float  # sum of the line boxes
    first_baseline: float | None
    last_baseline: float | None
    static_positions: list[tuple[Box, float, float]]
    clamped: bool = False
    fitted_size: float | None = None  # font size of the container chosen by text-fit


@dataclass(slots=True, eq=False)
class LayoutContext:
    """What one layout run needs beside the boxes."""

    text: TextEngine
    images: Images
    diagnostics: Diagnostics
    viewport_width: float
    viewport_height: float
    # How an atomic inline is laid out in a container of the given content width, and how wide it wants to be.
    # Both include nothing of the margins except where IntrinsicWidths are returned, which include them.
    layout_atomic: Callable[[Box, float], AtomicBox]
    measure_atomic: Callable[[Box], IntrinsicWidths]
