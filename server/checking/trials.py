"""With which values, variants and locales a template is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from renderer import CompiledTemplate, Manifest, sample_data
from renderer.expressions import Value
from server.checking.longest import Filling, longest_data, longest_values

_MAX_VARIANTS = 50


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to render a template. `values` are plain and named by `title`; `data` is that of bindings, typed."""

    title: str
    values: Mapping[str, object]
    data: Mapping[str, Value]
    variant: str | None = None
    locale: str | None = None

    @property
    def is_example(self) -> bool:
        """Whether this is what the author shows, as opposed to what others might make of the template."""
        return self.title == EXAMPLE


EXAMPLE = "example"
MISSING_DATA = "live data missing"

_FILLINGS: Mapping[str, Filling] = {"longest texts": "words", "longest words": "word"}


def trials(compiled: CompiledTemplate, example: Mapping[str, object]) -> Iterator[Trial]:
    """All trials, the example in each variant first."""
    manifest = compiled.manifest
    data = sample_data(manifest)
    variants = (None, *list(manifest.variants)[:_MAX_VARIANTS])
    for variant in variants:
        yield Trial(EXAMPLE, example, data, variant)
    yield Trial("required values only", {n: v for n, v in example.items() if _is_required(manifest, n)}, data)
    if any(binding.when_missing != "error" for binding in manifest.bindings.values()):
        yield Trial(MISSING_DATA, example, _without_data(manifest))
    for variant in variants:
        for title, filling in _FILLINGS.items():
            values, full = longest_values(manifest, example, filling), longest_data(manifest, data, filling)
            yield Trial(title, values, full, variant)
    for locale in all_locales(manifest):
        yield Trial("example", example, data, locale=locale)


def _without_data(manifest: Manifest) -> dict[str, Value]:
    """What is left when no binding's source answers: files, and defaults."""
    kept = {
        name: binding.default if binding.file is None else binding.data for name, binding in manifest.bindings.items()
    }
    return {name: value for name, value in kept.items() if value is not None}


def all_locales(manifest: Manifest) -> tuple[str, ...]:
    """The locales that a template says it is made for."""
    return tuple(dict.fromkeys((manifest.locale, *manifest.locales)))


def _is_required(manifest: Manifest, name: str) -> bool:
    variable = manifest.variables.get(name)
    return variable is None or variable.required
