"""Layout of a whole document: the entry point, and the dispatch between kinds of boxes."""

from __future__ import annotations

from renderer.assets import Images
from renderer.diagnostics import Diagnostics
from renderer.layout.block import layout_block
from renderer.layout.content import AtomicBox, Box, IntrinsicWidths, LayoutContext
from renderer.layout.flex import layout_flex
from renderer.layout.fragments import Fragment
from renderer.layout.intrinsic import content_widths, outer_widths
from renderer.layout.margins import MarginStrut
from renderer.layout.positioned import place_positioned
from renderer.layout.relative import shift_relative
from renderer.layout.replaced import layout_replaced
from renderer.layout.run import Laid, Space
from renderer.layout.sizing import fit_content, margin_edges
from renderer.text.types import TextEngine


class LayoutRun:
    """One layout run. Results are kept per box and constraints, so measuring twice costs nothing."""

    def __init__(self, text: TextEngine, images: Images, diagnostics: Diagnostics, width: float, height: float) -> None:
        self.context = LayoutContext(text, images, diagnostics, width, height, self.layout_atomic, self.measure_atomic)
        self._laid: dict[tuple[int, Space], Laid] = {}
        self._widths: dict[int, IntrinsicWidths] = {}
        self._content_widths: dict[int, IntrinsicWidths] = {}

    def layout(self, box: Box, space: Space) -> Laid:
        """Lay out a box; equal constraints return the same result."""
        key = (id(box), space)
        found = self._laid.get(key)
        if found is None:
            found = self._laid[key] = self._layout(box, space)
        return found

    def _layout(self, box: Box, space: Space) -> Laid:
        if box.kind == "flex":
            return layout_flex(box, space, self)
        if box.kind == "block":
            return layout_block(box, space, self)
        margin = margin_edges(box.style, space.width)
        top, bottom = MarginStrut(), MarginStrut()
        top.add(margin.top)
        bottom.add(margin.bottom)
        return Laid(layout_replaced(box, space, self.context.images), top, bottom)

    def widths(self, box: Box) -> IntrinsicWidths:
        """Intrinsic border-box widths, the box's own width, min-width and max-width taken into account."""
        found = self._widths.get(id(box))
        if found is None:
            found = self._widths[id(box)] = outer_widths(box, self)
        return found

    def content_widths(self, box: Box) -> IntrinsicWidths:
        """Intrinsic border-box widths of the contents: the box's own width properties are ignored."""
        found = self._content_widths.get(id(box))
        if found is None:
            found = self._content_widths[id(box)] = content_widths(box, self)
        return found

    def layout_atomic(self, box: Box, available: float) -> AtomicBox:
        """Lay out an atomic inline in a container whose content box is `available` px wide."""
        style = box.style
        margin = margin_edges(style, available)
        width = None
        if box.kind != "replaced" and style.width == "auto":
            width = fit_content(self.widths(box), available - margin.horizontal)
        space = Space(available, None, width, independent=True)
        fragment = self.layout(box, space).fragment
        baseline = fragment.last_baseline
        if style.overflow_x not in ("visible", "clip") or style.overflow_y not in ("visible", "clip"):
            baseline = None
        return AtomicBox(fragment, margin, baseline)

    def measure_atomic(self, box: Box) -> IntrinsicWidths:
        """Intrinsic widths of an atomic inline with its margins."""
        widths = self.widths(box)
        margin = margin_edges(box.style, 0.0).horizontal
        return IntrinsicWidths(widths.minimum + margin, widths.maximum + margin)


def layout_document(
    root: Box, text: TextEngine, images: Images, diagnostics: Diagnostics, width: float, height: float
) -> Fragment:
    """Lay out the root box in a viewport of width × height px and return the finished fragment tree."""
    run = LayoutRun(text, images, diagnostics, width, height)
    fragment = run.layout(root, Space(width, height, independent=True)).fragment
    margin = margin_edges(root.style, width)
    fragment.x, fragment.y = margin.left, margin.top
    shift_relative(fragment, width, height)
    place_positioned(fragment, run)
    return fragment
