"""Inline layout: lines from inline content (CSS 2.2 sections 9.4.2 and 10.8, CSS Text 3 and 4, CSS Inline 3)."""

from renderer.layout.content import InlineContent, InlineResult, LayoutContext
from renderer.layout.inline.fit import fit_inline
from renderer.layout.inline.intrinsic import intrinsic_inline
from renderer.layout.inline.layout import layout_paragraph

__all__ = ["intrinsic_inline", "layout_inline"]


def layout_inline(
    content: InlineContent, width: float, context: LayoutContext, *, height: float | None = None
) -> InlineResult:
    """Lay out inline content in a container whose content box is `width` px wide.

    `height` is the container's definite content height, if it has one: text-fit fits into it. Lines and static
    positions are relative to the content box's top-left corner.
    """
    if content.style.text_fit.mode != "none" and content.style.font_size > 0:
        return fit_inline(content, width, context, height)
    return layout_paragraph(content, width, context, height)
