"""Which images from elsewhere a render will ask for: found without layout, so that they can be fetched before."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.document import Element
from renderer.errors import LimitError
from renderer.expressions import Scope, Value
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.options import RenderOptions
from renderer.template.compile import CompiledTemplate
from renderer.template.expand import make_environment, variant_of
from renderer.template.expansion import Expansion
from renderer.template.image_sources import named_url


def remote_images(
    compiled: CompiledTemplate,
    values: Mapping[str, Value],
    options: RenderOptions,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[str, ...]:
    """URLs (`https:`, `http:`, `asset:`) of the images that a page shows in <img> and by url() in backgrounds,
    `content` and custom properties; each once, in document order, spelled as `assets` of the render must be.

    A stylesheet's images count even if its rules match nothing. `values` are typed variables and the data of bindings.

    Raises:
        RendererError: an expression that the render would fail at, too.
    """
    variant = variant_of(compiled, options.variant)
    names = (None,) if variant is None else (None, variant.name)
    programs = [compiled.image_programs[name] for name in names if name in compiled.image_programs]
    if not programs:
        return ()
    environment = make_environment(compiled, locale=options.locale, now=options.now)
    places = Element("", {}, compiled.tree.position, -1)
    expansion = Expansion(Scope(dict(values), environment), places, limits)
    try:
        for program in programs:
            program(expansion)
    except RecursionError:
        raise LimitError("The template is nested too deeply.") from None
    found = (named_url(place) for place in places.element_children)
    return tuple(dict.fromkeys(url for url in found if url is not None))
