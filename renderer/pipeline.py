"""The main path: one template and its values to one picture.

expand → style → boxes → layout → display list → raster → encode
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from renderer.assets import Asset, Images
from renderer.blankness import is_blank
from renderer.diagnostics import Diagnostics
from renderer.document import Document
from renderer.encode.encoder import encode
from renderer.errors import LimitError
from renderer.expressions import Value
from renderer.fingerprint import fingerprint
from renderer.images import AssetImages
from renderer.layout.engine import layout_document
from renderer.layout.fragments import Fragment
from renderer.layout.generate import generate_boxes
from renderer.layout.report import report_layout
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.media_types import MEDIA_TYPES
from renderer.native import libvips
from renderer.options import RenderOptions, RenderResult
from renderer.paint.builder import build_display_list
from renderer.paint.raster import rasterize
from renderer.placeholders import Placeholders, place_of_image
from renderer.styling import styled
from renderer.template import CompiledTemplate, expand, make_environment
from renderer.template.bindings.samples import values_with_data
from renderer.template.page import page_size
from renderer.text.engine import HarfBuzzEngine
from renderer.text.gamma import coverage_table
from renderer.text.library import default_library
from renderer.text.types import TextEngine

NO_ASSETS: Mapping[str, Asset] = {}

T = TypeVar("T")


@dataclass(slots=True)
class Laid:
    """A document after layout: what paint and inspection start from."""

    document: Document
    fragment: Fragment
    images: Images
    text: TextEngine
    diagnostics: Diagnostics
    timings: dict[str, float]


def render(
    compiled: CompiledTemplate,
    values: Mapping[str, object],
    options: RenderOptions = RenderOptions(),  # noqa: B008 - immutable
    *,
    from_query: bool = False,
    assets: Mapping[str, Asset] = NO_ASSETS,
    limits: Limits = DEFAULT_LIMITS,
) -> RenderResult:
    """Render a template with plain values: Python data as JSON has it, or with `from_query` texts as URLs have them.

    Nothing is fetched: live data is what `values` has by a binding's name, or else the sample in the manifest.

    `assets` are the bytes of images that values name by absolute URL; files of the template need not be passed.

    Raises:
        ValuesError: values that don't fit the template's variables, all at once.
        RendererError: see `renderer.errors`.
    """
    typed = values_with_data(compiled.manifest, values, from_query=from_query)
    return render_typed(compiled, typed, options, assets=assets, limits=limits)


def render_typed(
    compiled: CompiledTemplate,
    values: Mapping[str, Value],
    options: RenderOptions,
    *,
    assets: Mapping[str, Asset] = NO_ASSETS,
    limits: Limits = DEFAULT_LIMITS,
    with_fingerprint: bool = False,
) -> RenderResult:
    """Render a template with values that are typed already, live data included. Raises RendererError."""
    laid = lay_out(compiled, values, options, assets=assets, limits=limits)
    document, timings = laid.document, laid.timings
    with _measured(timings, "display"):
        display = build_display_list(laid.fragment, document.width, document.height, laid.images, scale=options.scale)
    with _measured(timings, "raster"):
        opaque = True if options.format == "jpg" else None
        picture = rasterize(
            display, laid.images, scale=options.scale, opaque=opaque, limits=limits, contrast=coverage_table
        )
    if is_blank(picture.image):
        laid.diagnostics.warn("blank-picture", "The picture is blank: every pixel has the same colour.")
    with _measured(timings, "encode"):
        data = encode(picture, options.format, quality=options.quality)
    return RenderResult(
        data,
        MEDIA_TYPES[options.format],
        picture.image.width,
        picture.image.height,
        tuple(laid.diagnostics.items),
        timings,
        fingerprint(picture.image, data) if with_fingerprint else None,
    )


def lay_out(
    compiled: CompiledTemplate,
    values: Mapping[str, Value],
    options: RenderOptions,
    *,
    assets: Mapping[str, Asset] = NO_ASSETS,
    limits: Limits = DEFAULT_LIMITS,
) -> Laid:
    """Everything before painting. Raises RendererError."""
    timings: dict[str, float] = {}
    diagnostics = Diagnostics()
    for diagnostic in compiled.diagnostics:
        diagnostics.add(diagnostic)
    with _measured(timings, "expand"):
        document = _expand(compiled, values, options, limits)
    images = AssetImages(
        compiled.bundle.files,
        assets,
        limits,
        diagnostics,
        placeholder_of=Placeholders(compiled.manifest, values).of,
        place_of=partial(place_of_image, document),
    )
    with _measured(timings, "style"):
        text = styled(document, lambda faces: HarfBuzzEngine.for_faces(faces, images.asset, diagnostics), diagnostics)
    with _measured(timings, "layout"):
        width, height = float(document.width), float(document.height)
        fragment = _guard_depth(
            lambda: layout_document(
                generate_boxes(document.root, images, text), text, images, diagnostics, width, height
            )
        )
    with _measured(timings, "report"):
        report_layout(fragment, diagnostics)
    return Laid(document, fragment, images, text, diagnostics, timings)


def _expand(
    compiled: CompiledTemplate, values: Mapping[str, Value], options: RenderOptions, limits: Limits
) -> Document:
    environment = make_environment(compiled, locale=options.locale, now=options.now)
    document = expand(compiled, values, environment, variant=options.variant, limits=limits)
    if options.width is None and options.height is None:
        return document
    width, height = page_size(compiled.manifest, options.variant, options.width, options.height)
    return replace(document, width=width, height=height)


@contextmanager
def _measured(timings: dict[str, float], step: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    timings[step] = time.perf_counter() - started


def _guard_depth(work: Callable[[], T]) -> T:
    try:
        return work()
    except RecursionError:
        raise LimitError("The page's elements are nested too deeply.") from None


def initialize() -> None:
    """Load what the first render of a process would otherwise wait for.

    Meant for processes that do nothing but render: what they hold by then is for good, so the garbage collector is told
    not to look at it again.
    """
    libvips()
    _ = default_library().digest
    gc.collect()
    gc.freeze()
