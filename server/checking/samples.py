"""Values that stand for a request's: the example, with sample data in place of live bindings."""

from __future__ import annotations

from collections.abc import Mapping

from renderer import CompiledTemplate, coerce_values, example_of, sample_data
from renderer.expressions import Value


def example_data(compiled: CompiledTemplate) -> dict[str, Value]:
    """The template's example, typed, with the data of its bindings.

    Raises:
        TemplateError: example.json is no JSON object.
        ValuesError: values in it don't fit the variables, all at once.
    """
    return with_data(compiled, example_of(compiled), sample_data(compiled.manifest))


def with_data(compiled: CompiledTemplate, values: Mapping[str, object], data: Mapping[str, Value]) -> dict[str, Value]:
    """Plain values, typed, beside the data of bindings. Raises ValuesError."""
    return coerce_values(compiled.manifest, values, from_query=False) | dict(data)
