"""With which values, variants and locales a template is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from renderer import CompiledTemplate
from renderer.template.model import Manifest
from server.checking.longest import longest_values

_MAX_VARIANTS = 50


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to render a template. `values` are plain and named by `title`."""

    title: str
    values: Mapping[str, object]
    variant: str | None = None
    locale: str | None = None

    @property
    def is_example(self) -> bool:
        """Whether this is what the author shows, as opposed to what others might make of the template."""
        return self.title == EXAMPLE


EXAMPLE = "example"


def trials(compiled: CompiledTemplate, example: Mapping[str, object]) -> Iterator[Trial]:
    """All trials, the example in each variant first."""
    manifest = compiled.manifest
    variants = (None, *list(manifest.variants)[:_MAX_VARIANTS])
    for variant in variants:
        yield Trial(EXAMPLE, example, variant)
    yield Trial("required values only", {n: v for n, v in example.items() if _is_required(manifest, n)})
    for variant in variants:
        yield Trial("longest texts", longest_values(manifest, example, "words"), variant)
        yield Trial("longest words", longest_values(manifest, example, "word"), variant)
    for locale in all_locales(manifest):
        yield Trial("example", example, locale=locale)


def all_locales(manifest: Manifest) -> tuple[str, ...]:
    """The locales that a template says it is made for."""
    return tuple(dict.fromkeys((manifest.locale, *manifest.locales)))


def _is_required(manifest: Manifest, name: str) -> bool:
    variable = manifest.variables.get(name)
    return variable is None or variable.required
