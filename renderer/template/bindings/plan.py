"""All bindings of a manifest compiled: their requests and keys, and in which order they can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TypeVar

from renderer.errors import ManifestError, SourcePosition, TemplateSyntaxError
from renderer.limits import Limits
from renderer.template.analysis import Usage
from renderer.template.bindings.body import BindingBody
from renderer.template.bindings.headers import BindingHeader
from renderer.template.bindings.key import BindingKey
from renderer.template.bindings.request import BindingRequest
from renderer.template.bindings.url import BindingUrl
from renderer.template.model import Binding, Manifest
from renderer.template.source import SourceText
from renderer.template.toml_table import Places, did_you_mean

Compiled = TypeVar("Compiled", BindingUrl, BindingHeader, BindingBody, BindingKey)


@dataclass(frozen=True, slots=True)
class BindingPlan:
    """`requests` of url bindings, `keys` of push bindings that have one, both by the binding's name.

    `order` are rounds of names: those of one round are independent of each other, and come after those they read.
    `usage` is what the bindings' expressions read.
    """

    requests: Mapping[str, BindingRequest]
    keys: Mapping[str, BindingKey]
    order: tuple[tuple[str, ...], ...]
    usage: Usage = field(default_factory=Usage)


def plan_bindings(manifest: Manifest, places: Places, limits: Limits) -> BindingPlan:
    """Compile the bindings. Raises ManifestError, with the key and its place, for texts and orders that cannot be."""
    order = _order(manifest.bindings, places)
    compilers = {name: _Compiler(binding, manifest, places, limits) for name, binding in manifest.bindings.items()}
    requests = {name: compiler.request() for name, compiler in compilers.items() if compiler.binding.url is not None}
    keys = {name: compiler.key() for name, compiler in compilers.items() if compiler.binding.key is not None}
    usage = Usage()
    for compiler in compilers.values():
        usage.merge(compiler.usage)
    return BindingPlan(MappingProxyType(requests), MappingProxyType(keys), order, usage)


class _Compiler:
    """Compiles the texts of one binding, which may read variables and what it comes after."""

    def __init__(self, binding: Binding, manifest: Manifest, places: Places, limits: Limits) -> None:
        self.binding = binding
        self.usage = Usage()
        self._manifest = manifest
        self._places = places
        self._limits = limits

    def request(self) -> BindingRequest:
        """The request of a url binding."""
        binding = self.binding
        return BindingRequest(
            binding.method,
            self._compile(BindingUrl, binding.url or "", "url"),
            MappingProxyType(
                {name: self._compile(BindingHeader, text, "headers", name) for name, text in binding.headers.items()}
            ),
            None if binding.body is None else self._compile(BindingBody, binding.body, "body"),
        )

    def key(self) -> BindingKey:
        """The key of a push binding."""
        return self._compile(BindingKey, self.binding.key or "", "key")

    def _compile(self, kind: Callable[[SourceText, Limits], Compiled], text: str, *key: str) -> Compiled:
        path = ("bindings", self.binding.name, *key)
        try:
            compiled = kind(self._places.text(path, text), self._limits)
            for name, position in sorted(compiled.usage.names.items()):
                self._check_name(name, position)
        except TemplateSyntaxError as error:
            raise ManifestError(f"{'.'.join(path)}: {error.message}", error.position) from None
        self.usage.merge(compiled.usage)
        return compiled

    def _check_name(self, name: str, position: SourcePosition) -> None:
        variables, bindings, after = self._manifest.variables, self._manifest.bindings, self.binding.after
        if name in variables or name in after:
            return
        if name == self.binding.name:
            raise TemplateSyntaxError("a binding cannot read its own data.", position)
        if name in bindings:
            needed = ", ".join(f'"{each}"' for each in (*after, name))
            message = f"reads the binding {name!r}, which may not be there yet; add after = [{needed}]."
            raise TemplateSyntaxError(message, position)
        known = [*variables, *after]
        raise TemplateSyntaxError(f"there is no variable {name!r}{did_you_mean(name, known)}.", position)


def _order(bindings: Mapping[str, Binding], places: Places) -> tuple[tuple[str, ...], ...]:
    for name, binding in bindings.items():
        for other in binding.after:
            if other not in bindings:
                hint = did_you_mean(other, [known for known in bindings if known != name])
                raise _after_error(name, f"there is no binding {other[:64]!r}{hint}.", places)
    sorter = TopologicalSorter({name: binding.after for name, binding in bindings.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        message = f"goes round in a circle: {' needs '.join(reversed(circle))}."
        raise _after_error(circle[-1], message, places) from None
    return tuple(_rounds(sorter, list(bindings)))


def _after_error(name: str, message: str, places: Places) -> ManifestError:
    return ManifestError(f"bindings.{name}.after: {message}", places.find(("bindings", name, "after")))


def _rounds(sorter: TopologicalSorter[str], names: list[str]) -> Iterator[tuple[str, ...]]:
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        yield tuple(sorted(ready, key=names.index))
