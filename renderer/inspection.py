"""What the layout made of a template, as data and as a picture: for people and programs that write templates."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

from renderer.assets import Asset
from renderer.diagnostics import Diagnostic
from renderer.examination import examine
from renderer.layout.inspect import ElementBox, element_boxes
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.options import RenderOptions
from renderer.pipeline import NO_ASSETS, lay_out, render_typed
from renderer.template import CompiledTemplate
from renderer.template.bindings.samples import values_with_data

_COLORS = ("#e11d48", "#2563eb", "#059669", "#d97706", "#7c3aed", "#0891b2")  # by depth, so neighbours differ
_TEXT = (37, 99, 235, 56)  # tint of lines of text
_LABEL_SIZE = 11  # px
_LABELLED = (40.0, 16.0)  # px; smaller boxes would be hidden by their own label


@dataclass(frozen=True, slots=True)
class Inspection:
    """Boxes in CSS px from the page's corner, in document order, transforms not applied; `width` × `height` CSS px."""

    width: int
    height: int
    boxes: tuple[ElementBox, ...]
    diagnostics: tuple[Diagnostic, ...]


def inspect_template(
    compiled: CompiledTemplate,
    values: Mapping[str, object],
    options: RenderOptions,
    *,
    from_query: bool = False,
    assets: Mapping[str, Asset] = NO_ASSETS,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    """Lay a template out with plain values, which are read as `render` reads them.

    Raises:
        ValuesError: values that don't fit the template's variables, all at once.
        RendererError: see `renderer.errors`.
    """
    typed = values_with_data(compiled.manifest, values, from_query=from_query)
    laid = lay_out(compiled, typed, options, assets=assets, limits=limits)
    for finding in examine(laid, limits=limits).diagnostics:
        laid.diagnostics.add(finding)
    document = laid.document
    boxes = tuple(element_boxes(laid.fragment))
    return Inspection(document.width, document.height, boxes, tuple(laid.diagnostics.items))


def draw_inspection(
    compiled: CompiledTemplate,
    values: Mapping[str, object],
    options: RenderOptions,
    inspection: Inspection,
    *,
    from_query: bool = False,
    assets: Mapping[str, Asset] = NO_ASSETS,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """PNG of the picture, paled, with the outlines of all boxes, the lines of text and the elements' names.

    Raises as `inspect_template` does.
    """
    typed = values_with_data(compiled.manifest, values, from_query=from_query)
    plain = render_typed(compiled, typed, replace(options, format="png"), assets=assets, limits=limits)
    with Image.open(io.BytesIO(plain.data)) as opened:
        picture = opened.convert("RGBA")
    page = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    page = Image.blend(page, Image.new("RGBA", page.size, "white"), 0.35)
    marks = Image.new("RGBA", page.size)
    _draw_boxes(ImageDraw.Draw(marks), inspection.boxes, options.scale)
    output = io.BytesIO()
    Image.alpha_composite(page, marks).convert("RGB").save(output, "png")
    return output.getvalue()


def _draw_boxes(draw: ImageDraw.ImageDraw, boxes: tuple[ElementBox, ...], scale: int) -> None:
    font = ImageFont.load_default(_LABEL_SIZE * scale)
    for box in boxes:
        color = _COLORS[box.depth % len(_COLORS)]
        for line in box.lines:
            draw.rectangle(_edges(line.x, line.y, line.width, line.height, scale), fill=_TEXT)
        draw.rectangle(_edges(box.x, box.y, box.width, box.height, scale), outline=color, width=scale)
    for box in boxes:
        if box.width >= _LABELLED[0] and box.height >= _LABELLED[1]:
            color = _COLORS[box.depth % len(_COLORS)]
            corner = (max(0.0, box.x) * scale, max(0.0, box.y) * scale)
            name = box.element.describe()
            left, top, right, bottom = draw.textbbox(corner, name, font)
            draw.rectangle((left - 2, top - 2, right + 2, bottom + 2), fill=color)
            draw.text(corner, name, "white", font)


def _edges(x: float, y: float, width: float, height: float, scale: int) -> tuple[int, int, int, int]:
    """First and last device pixel of a box; a box without an area keeps one pixel, so that it can be seen."""
    left, top = round(x * scale), round(y * scale)
    return left, top, max(left, round((x + width) * scale) - 1), max(top, round((y + height) * scale) - 1)
