"""What a template's manifest says of its page: the size, and values to show it with."""

from __future__ import annotations

from renderer.errors import ValueProblem, ValuesError
from renderer.template.compile import CompiledTemplate
from renderer.template.model import Manifest
from renderer.template.schema import example_values


def page_size(
    manifest: Manifest, variant: str | None = None, width: int | None = None, height: int | None = None
) -> tuple[int, int]:
    """Size of the page in CSS px. Raises ValuesError for a size that the template does not leave open."""
    if (width is not None or height is not None) and not manifest.allow_size:
        name = "_w" if width is not None else "_h"
        raise ValuesError([ValueProblem(name, "is not allowed: the template has a fixed size")])
    chosen = manifest.variants.get(variant) if variant is not None else None
    size = chosen.size if chosen is not None and chosen.size is not None else manifest.size
    return width or size.width, height or size.height


def example_of(compiled: CompiledTemplate) -> dict[str, object]:
    """The template's example values, not yet typed. Raises TemplateError if example.json is no JSON object."""
    return dict(example_values(compiled.bundle, compiled.manifest))
