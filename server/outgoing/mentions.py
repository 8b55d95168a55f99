"""Which images from elsewhere a picture shows."""

from __future__ import annotations

from collections.abc import Mapping

from renderer import CompiledTemplate, RenderOptions, remote_images
from renderer.expressions import Value


def image_urls(compiled: CompiledTemplate, values: Mapping[str, Value], options: RenderOptions) -> tuple[str, ...]:
    """URLs (`https:`, `http:`, `asset:`) of the images that a render of `values` shows; each once, in order.

    Raises:
        RendererError: an expression that the render would fail at, too.
    """
    return remote_images(compiled, values, options)
