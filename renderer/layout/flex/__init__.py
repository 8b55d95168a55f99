"""Flexible box layout (CSS Flexbox 1)."""

from renderer.layout.flex.container import layout_flex
from renderer.layout.flex.intrinsic import flex_content_widths

__all__ = ["flex_content_widths", "layout_flex"]
