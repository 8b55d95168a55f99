"""Documents and styles for tests."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser

from renderer.diagnostics import Diagnostics
from renderer.document import Element, Text
from renderer.errors import SourcePosition
from renderer.style.cascade import Environment, StyleEngine, parse_stylesheet
from renderer.style.computed import ComputedStyle
from renderer.style.properties import LONGHANDS
from renderer.style.values import Color

POSITION = SourcePosition("template.html", 1, 1)
HOST = "font-size:20px;font-weight:300;color:rgb(1,2,3);line-height:30px;font-family:serif;text-align:start"
VOID = {"img", "br", "hr", "meta", "link"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[Element] = []
        self.root: Element | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, POSITION, 0)
        if self.open:
            self.open[-1].append(element)
        else:
            self.root = element
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1].local_name != tag:
            self.open.pop()
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].append(Text(data, POSITION))


def document(body: str) -> Element:
    reader = _Reader()
    reader.feed(f"<html><body>{body}</body></html>")
    assert reader.root is not None
    return reader.root


def styled(css: str, body: str, environment: Environment | None = None) -> tuple[dict[str, Element], Diagnostics]:
    """Elements by id (`html` and `body` too), after the cascade."""
    diagnostics = Diagnostics()
    engine = StyleEngine([parse_stylesheet(css, POSITION, diagnostics)], environment)
    root = document(body)
    engine.apply(root, diagnostics)
    found = {element.id: element for element in root.iter_subtree() if element.id}
    return {**found, "html": root, "body": root.element_children[0]}, diagnostics


def style_of(element: Element) -> ComputedStyle:
    assert element.style is not None
    return element.style


_engines: dict[tuple[float, float], StyleEngine] = {}


def declared(css: str, viewport: tuple[float, float] = (1000.0, 413.0)) -> tuple[ComputedStyle, list[str]]:
    """The style of an element with a style attribute inside a host whose style is HOST; and what was complained of."""
    engine = _engines.setdefault(viewport, StyleEngine([], Environment(*viewport)))
    root, host = Element("html", {}, POSITION, 0), Element("div", {"style": HOST}, POSITION, 0)
    element = Element("div", {"style": css}, POSITION, 0)
    root.append(host)
    host.append(element)
    diagnostics = Diagnostics()
    engine.apply(root, diagnostics)
    return style_of(element), [item.message for item in diagnostics.items]


def close(first: object, second: object) -> bool:
    """Equal, numbers to the six digits that Chromium prints."""
    if isinstance(first, int | float) and isinstance(second, int | float):
        return abs(first - second) <= max(1e-3, 1e-4 * abs(second))
    if isinstance(first, Color) and isinstance(second, Color):
        return first[:3] == second[:3] and abs(first.alpha - second.alpha) < 1 / 255
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(map(close, first, second))
    if dataclasses.is_dataclass(first) and type(first) is type(second):
        return all(close(getattr(first, f.name), getattr(second, f.name)) for f in dataclasses.fields(first))
    return first == second


_FIELDS = {
    "background-image": "background_layers",
    "background-position": "background_layers",
    "background-size": "background_layers",
    "background-repeat": "background_layers",
    "background-origin": "background_layers",
    "background-attachment": "background_layers",
    "background-clip": "background_clip",
    "text-shadow": "text_shadow",
    "text-wrap": "text_wrap",
    "text-wrap-mode": "text_wrap",
    "text-wrap-style": "text_wrap",
    "-webkit-text-stroke-color": "text_stroke_color",
    "-webkit-text-fill-color": "text_fill_color",
    "-webkit-line-clamp": "line_clamp",
    "translate": "transform",
    "rotate": "transform",
    "scale": "transform",
    **{f"{line}-width": f"{line.replace('-', '_')}_width" for line in ("border-top", "border-right", "outline")},
    **{f"{line}-width": f"{line.replace('-', '_')}_width" for line in ("border-bottom", "border-left")},
}


def field_of(name: str) -> str:
    """Where ComputedStyle keeps a property."""
    return _FIELDS.get(name) or LONGHANDS[name].field or ""
