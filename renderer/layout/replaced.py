"""Sizes of images and other replaced boxes (CSS 2.2 sections 10.3.2, 10.4 and 10.6.2)."""

from __future__ import annotations

from renderer.assets import Images, IntrinsicSize
from renderer.layout.content import Box
from renderer.layout.fragments import Edges, Fragment
from renderer.layout.run import Space
from renderer.layout.sizing import (
    border_box,
    border_edges,
    clamp_height,
    clamp_width,
    length,
    padding_edges,
    specified_height,
)

DEFAULT_WIDTH = 300.0  # px: an object without any natural width (CSS Images 3 section 5.1)
DEFAULT_HEIGHT = 150.0


def natural_size(box: Box, images: Images) -> IntrinsicSize:
    """Natural size of a replaced box; a missing image without a size is empty, as in browsers."""
    found = images.intrinsic(box.image) if box.image else None
    return found if found is not None else IntrinsicSize(0.0, 0.0, None)


def layout_replaced(box: Box, space: Space, images: Images) -> Fragment:
    """Fragment of a replaced box with its used size."""
    style = box.style
    padding = padding_edges(style, space.width)
    border = border_edges(style)
    width, height = used_size(box, space, images, padding, border)
    return Fragment(
        style,
        box.element,
        width=width,
        height=height,
        border=border,
        padding=padding,
        image=box.image,
        pseudo=box.pseudo,
        sequence=box.sequence,
    )


def used_size(box: Box, space: Space, images: Images, padding: Edges, border: Edges) -> tuple[float, float]:
    """Border-box width and height."""
    style = box.style
    inline, block = padding.horizontal + border.horizontal, padding.vertical + border.vertical
    natural = natural_size(box, images)
    ratio = natural.ratio if isinstance(style.aspect_ratio, str) else style.aspect_ratio
    width = space.border_width
    if width is None:
        found = length(style.width, space.width)
        width = None if found is None else border_box(found, inline, style)
    height = space.border_height
    if height is None:
        height = specified_height(style, space.height, block)
    if width is not None and height is not None:
        return _clamped(box, space, width, height, inline, block)
    if width is not None:
        width = width if space.border_width is not None else clamp_width(width, style, space.width, inline)
        inner = width - inline
        fallback = natural.height if natural.height is not None else DEFAULT_HEIGHT
        height = (inner / ratio if ratio else fallback) + block
        return width, clamp_height(height, style, space.height, block)
    if height is not None:
        height = height if space.border_height is not None else clamp_height(height, style, space.height, block)
        inner = height - block
        fallback = natural.width if natural.width is not None else DEFAULT_WIDTH
        width = (inner * ratio if ratio else fallback) + inline
        return clamp_width(width, style, space.width, inline), height
    return _natural(box, space, natural, ratio, inline, block)


def _clamped(box: Box, space: Space, width: float, height: float, inline: float, block: float) -> tuple[float, float]:
    if space.border_width is None:
        width = clamp_width(width, box.style, space.width, inline)
    if space.border_height is None:
        height = clamp_height(height, box.style, space.height, block)
    return width, height


def _natural(
    box: Box, space: Space, natural: IntrinsicSize, ratio: float | None, inline: float, block: float
) -> tuple[float, float]:
    """Both sizes auto: the natural size, kept in proportion under min and max (the table of section 10.4)."""
    style = box.style
    width, height = natural.width, natural.height
    if width is None and height is None:
        width = min(DEFAULT_WIDTH, space.width) if ratio is None else max(0.0, space.width - inline)
    if width is None:
        width = (height or 0.0) * ratio if ratio else DEFAULT_WIDTH
    if height is None or not isinstance(style.aspect_ratio, str):
        height = width / ratio if ratio else DEFAULT_HEIGHT
    wide = clamp_width(width + inline, style, space.width, inline) - inline
    high = clamp_height(height + block, style, space.height, block) - block
    if not ratio:
        return wide + inline, high + block
    if wide != width and high != height:
        return _constrain_both(width, height, wide, high, inline, block)
    if wide != width:
        high = clamp_height(wide / ratio + block, style, space.height, block) - block
    elif high != height:
        wide = clamp_width(high * ratio + inline, style, space.width, inline) - inline
    return wide + inline, high + block


def _constrain_both(
    width: float, height: float, wide: float, high: float, inline: float, block: float
) -> tuple[float, float]:
    """Both natural sizes violate a constraint: keep the ratio where both are violated in the same direction."""
    ratio = width / height if height else 1.0
    if wide < width and high < height:
        scale = min(wide / width, high / height)
        return width * scale + inline, width * scale / ratio + block
    if wide > width and high > height:
        scale = max(wide / width, high / height) if width and height else 1.0
        return width * scale + inline, width * scale / ratio + block
    return wide + inline, high + block
