"""Which remote images the values of a request name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from renderer import CompiledTemplate, RenderOptions
from renderer.expressions import Value
from renderer.template.model import Variable

_REMOTE: Final = re.compile(r"https?://", re.IGNORECASE)


def image_urls(compiled: CompiledTemplate, values: Mapping[str, Value], options: RenderOptions) -> tuple[str, ...]:
    """Absolute URLs of the images that a render of `values` shows; each once, in order."""
    return declared_image_urls(compiled.manifest.variables, values)


def declared_image_urls(variables: Mapping[str, Variable], values: Mapping[str, Value]) -> tuple[str, ...]:
    """Absolute URLs of all values whose declared type is image, also inside lists and objects; each once, in order."""
    return tuple(dict.fromkeys(_of_fields(variables, values)))


def _of_fields(variables: Mapping[str, Variable], values: Mapping[str, Value]) -> Iterator[str]:
    for name, variable in variables.items():
        yield from _of_value(variable, values.get(name))


def _of_value(variable: Variable, value: Value) -> Iterator[str]:
    match value:
        case str():
            if variable.type == "image" and _REMOTE.match(value):
                yield value
        case list():
            if variable.items is not None:
                for item in value:
                    yield from _of_value(variable.items, item)
        case dict():
            if variable.fields is not None:
                yield from _of_fields(variable.fields, value)
