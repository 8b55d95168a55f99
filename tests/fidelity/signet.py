"""Renders a case with Signet and describes the result as Chromium's answers are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from renderer.document import Element
from renderer.layout.inspect import ElementBox, element_boxes
from renderer.options import RenderOptions
from renderer.pipeline import Laid, render
from renderer.pipeline import lay_out as lay_out_template
from renderer.template.bindings.samples import values_with_data
from tests.fidelity.answers import Node, Rect
from tests.fidelity.cases import Case
from tests.fidelity.geometry import merged_lines

OPTIONS = RenderOptions(now=datetime(2026, 11, 21, 12, tzinfo=UTC))
_LEFT_OUT = frozenset({"style", "br", "wbr", "script", "title", "meta", "link"})  # as in measure.js


def lay_out(case: Case) -> Laid:
    """A case after layout."""
    typed = values_with_data(case.compiled.manifest, case.values, from_query=False)
    return lay_out_template(case.compiled, typed, OPTIONS)


def picture_of(case: Case) -> bytes:
    """A case as PNG."""
    return render(case.compiled, case.values, OPTIONS).data


def nodes_of(laid: Laid) -> list[Node]:
    """Boxes and text lines of <body> and everything in it, in document order."""
    boxes = {id(box.element): box for box in element_boxes(laid.fragment)}
    return list(_nodes(laid.document.body, boxes))


def _nodes(body: Element, boxes: dict[int, ElementBox]) -> Iterator[Node]:
    indices: dict[int, int] = {}
    for index, element in enumerate(_elements(body)):
        indices[id(element)] = index
        box = boxes.get(id(element))
        name = f"#{element.id}" if element.id else ""
        yield Node(
            label=element.local_name + name + "".join(f".{c}" for c in element.attributes.get("class", "").split()),
            parent=indices.get(id(element.parent), -1),
            box=_border_box(box) if box else None,
            lines=merged_lines([Rect(line.x, line.y, line.width, line.height) for line in box.lines] if box else []),
        )


def _border_box(box: ElementBox) -> Rect | None:
    """The box as Chromium tells it: none for an element that only has contents."""
    style = box.element.style
    if style is not None and style.display == "contents":
        return None
    return Rect(box.x, box.y, box.width, box.height)


def _elements(element: Element) -> Iterator[Element]:
    yield element
    for child in element.element_children:
        if child.local_name not in _LEFT_OUT:
            yield from _elements(child)
