"""Values that stand for a request's: the example, with sample data in place of live bindings."""

from __future__ import annotations

from collections.abc import Mapping

from renderer import CompiledTemplate, coerce_values, example_of
from renderer.expressions import Value, from_json
from renderer.template.model import Binding


def example_data(compiled: CompiledTemplate) -> dict[str, Value]:
    """The template's example, typed, with the data of its bindings.

    Raises:
        TemplateError: example.json is no JSON object.
        ValuesError: values in it don't fit the variables, all at once.
    """
    return with_bindings(compiled, example_of(compiled))


def with_bindings(compiled: CompiledTemplate, values: Mapping[str, object]) -> dict[str, Value]:
    """Plain values, typed, with the data of the template's bindings. Raises ValuesError."""
    typed = coerce_values(compiled.manifest, values, from_query=False)
    bound = {name: _sample(compiled, binding) for name, binding in compiled.manifest.bindings.items()}
    return typed | {name: value for name, value in bound.items() if value is not None}


def _sample(compiled: CompiledTemplate, binding: Binding) -> Value:
    """What a binding would bring: its example, the data of its file, or its default."""
    if binding.example is not None:
        return binding.example
    if binding.file is not None:
        return _selected(from_json(compiled.bundle.text(binding.file), binding.file), binding.select)
    return binding.default


def _selected(data: Value, path: tuple[str | int, ...]) -> Value:
    for step in path:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
