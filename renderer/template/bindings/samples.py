"""Values where nothing is fetched: variables as they are given, and for live data what is given or stands for it."""

from __future__ import annotations

from collections.abc import Mapping

from renderer.expressions import Value, from_json
from renderer.template.bindings.data import coerce_data
from renderer.template.coerce import coerce_values
from renderer.template.model import Binding, Manifest


def sample_data(manifest: Manifest) -> Mapping[str, Value]:
    """Data that stands for that of the template's bindings: their examples, files or defaults; others are left out."""
    samples = ((name, _sample(binding)) for name, binding in manifest.bindings.items())
    return {name: sample for name, sample in samples if sample is not None}


def values_with_data(manifest: Manifest, raw: Mapping[str, object], *, from_query: bool) -> dict[str, Value]:
    """Typed variables, and the data of every binding: `raw` may have it by the binding's name, else it is the sample.

    Raises ValuesError for variables, or data, that don't fit.
    """
    variables = {name: value for name, value in raw.items() if name not in manifest.bindings}
    result = coerce_values(manifest, variables, from_query=from_query) | dict(sample_data(manifest))
    for name in manifest.bindings.keys() & raw.keys():
        value = raw[name]
        data = from_json(value, name) if from_query and isinstance(value, str) else value
        result[name] = coerce_data(manifest.bindings[name], data, manifest.time_zone)
    return result


def _sample(binding: Binding) -> Value:
    if binding.example is not None:
        return binding.example
    return binding.default if binding.file is None else binding.data
