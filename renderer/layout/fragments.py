"""The fragment tree: where everything ended up. Layout makes it, paint and `inspect` read it.

All coordinates are CSS px. A fragment's x, y is the top-left corner of its border box relative to the top-left corner
of its parent fragment's border box. Relative positioning is already included; transforms are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from renderer.document import Element
from renderer.layout.pending import Pending
from renderer.style.computed import ComputedStyle
from renderer.text.types import Font, GlyphRun


@dataclass(slots=True, eq=False)
class Edges:
    """Widths of four edges in px."""

    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    left: float = 0.0

    @property
    def horizontal(self) -> float:
        """Left plus right."""
        return self.left + self.right

    @property
    def vertical(self) -> float:
        """Top plus bottom."""
        return self.top + self.bottom


@dataclass(slots=True, eq=False)
class TextFragment:
    """Glyphs of one style on one line. x is the pen's start, y the baseline, relative to the Lines' origin."""

    style: ComputedStyle
    element: Element | None
    x: float
    y: float
    width: float
    runs: tuple[GlyphRun, ...]
    text: str
    top: float  # content area (ascent+descent of the primary font) for backgrounds and client rects
    height: float
    spacing: float = 0.0  # extra px added at each justification opportunity
    gaps: tuple[int, ...] = ()  # text indices (paragraph) of clusters after which `spacing` was added
    decorations: tuple[Decoration, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoration:
    """A text decoration that applies to a text fragment, from the element that declared it (CSS Text Decoration 3)."""

    style: ComputedStyle
    font: Font  # of the declaring element: sets position and thickness


@dataclass(slots=True, eq=False)
class InlineBoxFragment:
    """The part of an inline element on one line: paints its background and borders below its texts.

    x, y, width, height: border box relative to the Lines' origin. `first`/`last`: whether the left/right edge (in
    inline direction) of the element is on this line, so that borders and padding are drawn there.
    """

    style: ComputedStyle
    element: Element
    x: float
    y: float
    width: float
    height: float
    first: bool
    last: bool


@dataclass(slots=True, eq=False)
class Line:
    """One line box; coordinates relative to the Lines' origin (the container's content box)."""

    x: float
    y: float
    width: float
    height: float
    baseline: float  # relative to the Lines' origin
    items: list[TextFragment | InlineBoxFragment | Fragment] = field(default_factory=list)  # in paint order


@dataclass(slots=True, eq=False)
class Fragment:
    """A box after layout. Exactly one of children / lines / image content is meaningful, by the box's kind.

    `children` are block-level boxes, flex items and positioned boxes (in document order, order-modified for flex);
    `lines` the inline content, whose origin is the content box. Atomic inlines are Fragments in Line.items with x, y
    relative to the Lines' origin.
    """

    style: ComputedStyle
    element: Element | None  # None: anonymous
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    border: Edges = field(default_factory=Edges)
    padding: Edges = field(default_factory=Edges)
    children: list[Fragment] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    positioned: list[Fragment] = field(default_factory=list)  # absolute and fixed boxes whose containing block this is
    pending: list[Pending] = field(default_factory=list)  # positioned boxes still looking for their containing block
    image: str | None = None  # replaced content: key of the image (see renderer.assets)
    pseudo: str = ""  # "before", "after" or "marker"
    sequence: int = 0  # place in document order, for painting equal z-indexes
    first_baseline: float | None = None  # relative to the border box's top
    last_baseline: float | None = None
    fitted_size: float | None = None  # font size that text-fit chose, px
    clamped: bool = False  # lines were cut by line-clamp or ellipsis

    @property
    def content_x(self) -> float:
        """Left edge of the content box relative to the border box."""
        return self.border.left + self.padding.left

    @property
    def content_y(self) -> float:
        """Top edge of the content box relative to the border box."""
        return self.border.top + self.padding.top

    @property
    def content_width(self) -> float:
        """Width of the content box."""
        return max(0.0, self.width - self.border.horizontal - self.padding.horizontal)

    @property
    def content_height(self) -> float:
        """Height of the content box."""
        return max(0.0, self.height - self.border.vertical - self.padding.vertical)
