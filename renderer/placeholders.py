"""What a picture shows in place of images that cannot be had, and which elements would have shown them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from renderer.document import Document, Element
from renderer.errors import SourcePosition
from renderer.expressions import Value
from renderer.style.computed import ComputedStyle
from renderer.style.values import ImageReference
from renderer.template import Manifest, Variable


class Placeholders:
    """Files of the template by the URLs they stand in for: the variable's that named the URL, else the manifest's."""

    def __init__(self, manifest: Manifest, values: Mapping[str, Value]) -> None:
        """`values` are typed variables and the data of bindings by name."""
        self._manifest = manifest
        self._values = values

    def of(self, url: str) -> str | None:
        """The path of the file for a URL, None if the template has none for it."""
        return self._declared.get(url, self._manifest.placeholder)

    @cached_property
    def _declared(self) -> dict[str, str]:
        schemas = {name: schema for name, one in self._manifest.bindings.items() if (schema := one.schema) is not None}
        found: dict[str, str] = {}
        for url, file in _of_fields({**self._manifest.variables, **schemas}, self._values):
            found.setdefault(url, file)
        return found


def place_of_image(document: Document, url: str) -> tuple[SourcePosition | None, str]:
    """Where the first element is that shows an image, and its name; asked for the few images that cannot be shown."""
    for element in document.root.iter_subtree():
        if element.local_name == "img" and element.attributes.get("src", "").strip() == url:
            return element.position, element.describe()
        for style, pseudo in _styles(element):
            if style is not None and _shows(style, url):
                return element.position, element.describe() + pseudo
    return None, ""


def _styles(element: Element) -> tuple[tuple[ComputedStyle | None, str], ...]:
    return (
        (element.style, ""),
        (element.before, "::before"),
        (element.after, "::after"),
        (element.marker, "::marker"),
    )


def _shows(style: ComputedStyle, url: str) -> bool:
    images = (*(layer.image for layer in style.background_layers), *(style.content or ()))
    return any(isinstance(image, ImageReference) and image.url == url for image in images)


def _of_fields(variables: Mapping[str, Variable], values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for name, variable in variables.items():
        yield from _of_value(variable, values.get(name))


def _of_value(variable: Variable, value: Value) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            if variable.placeholder is not None:
                yield value, variable.placeholder
        case list():
            if variable.items is not None:
                for item in value:
                    yield from _of_value(variable.items, item)
        case dict():
            if variable.fields is not None:
                yield from _of_fields(variable.fields, value)
