"""All bindings of a template for one picture: rounds in order, those of a round at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cachetools import LRUCache

from renderer import RenderOptions, coerce_data, make_environment, select_data
from renderer.errors import RendererError
from renderer.expressions import Environment, Value
from renderer.template.model import Binding
from server.bindings.urls import Outcome, UrlBindings
from server.outgoing.images import BRIEF_SECONDS, State
from server.registry import Template

_TYPED_RECORDS: Final = 4096
_FOREVER: Final = 31_536_000


class PushedRecord(Protocol):
    """Data that was pushed to us, as `server.pushed` keeps it."""

    @property
    def value(self) -> Value:
        """The data as it was pushed."""

    @property
    def digest(self) -> str:
        """Equal for equal data."""


class PushedReader(Protocol):
    """Where pushed data is found."""

    async def read(self, template: str, binding: str, key: str) -> PushedRecord | None:
        """The record of a key (empty for bindings without one); None if nothing was pushed."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Data by binding; those that could not be had are absent or have their default.

    `state` is the worst of all, `seconds` the shortest time for which one stays right, `problems` clauses that say of a
    binding why it is not fresh.
    """

    values: Mapping[str, Value]
    state: State
    seconds: int
    problems: Mapping[str, str]


class MissingData(Exception):  # noqa: N818 - says what is wrong
    """A binding has no data, and its manifest says that no picture can do without."""

    def __init__(self, binding: str, problem: str) -> None:
        super().__init__(f"{binding}: {problem}")
        self.binding = binding
        self.problem = problem


class LiveBindings:
    """Asks the sources of live data. One per server."""

    def __init__(self, urls: UrlBindings, pushed: PushedReader) -> None:
        self._urls = urls
        self._pushed = pushed
        self._typed: LRUCache[tuple[str, str, str], Value] = LRUCache(_TYPED_RECORDS)

    async def bind(self, template: Template, values: Mapping[str, Value], options: RenderOptions) -> Bound:
        """The data for these values.

        Raises:
            MissingData: for one that is missing where `when_missing` says "error".
            RendererError: the values can't be used in a request.
            SignetError: a secret is not there, or pushed data can't be read at this moment.
        """
        compiled = template.compiled
        environment = make_environment(compiled, locale=options.locale, now=options.now)
        known = dict(values)
        outcomes: dict[str, Outcome] = {}
        for names in compiled.binding_order:
            asked = await asyncio.gather(*(self._ask(template, name, known, environment) for name in names))
            for name, outcome in zip(names, asked, strict=True):
                outcomes[name] = _settled(compiled.manifest.bindings[name], outcome)
                if outcomes[name].value is not None:
                    known[name] = outcomes[name].value
        return Bound(
            {name: outcome.value for name, outcome in outcomes.items() if outcome.value is not None},
            worst(outcome.state for outcome in outcomes.values()),
            min((outcome.seconds for outcome in outcomes.values()), default=_FOREVER),
            {name: outcome.problem for name, outcome in outcomes.items() if outcome.problem},
        )

    async def _ask(
        self, template: Template, name: str, values: Mapping[str, Value], environment: Environment
    ) -> Outcome:
        compiled = template.compiled
        binding = compiled.manifest.bindings[name]
        if binding.file is not None:
            return Outcome(binding.data, "fresh", _FOREVER)
        if binding.push:
            key = compiled.binding_keys[name].render(values, environment) if name in compiled.binding_keys else ""
            return await self._read_pushed(template, binding, key)
        request = compiled.binding_requests[name].render(values, environment)
        return await self._urls.ask(f"{template.name}/{name}", binding, request, compiled.manifest.time_zone)

    async def _read_pushed(self, template: Template, binding: Binding, key: str) -> Outcome:
        record = await self._pushed.read(template.name, binding.name, key)
        if record is None:
            return Outcome(None, "fallback", BRIEF_SECONDS, "nothing was pushed for it yet")
        typed = (template.compiled.digest, binding.name, record.digest)
        value = self._typed.get(typed)
        if value is None:
            try:
                value = coerce_data(binding, select_data(binding, record.value), template.compiled.manifest.time_zone)
            except RendererError:
                # It was valid when it was pushed; the manifest has changed since.
                problem = "what was pushed for it is not the data that the template declares"
                return Outcome(None, "fallback", BRIEF_SECONDS, problem)
            self._typed[typed] = value
        return Outcome(value, "fresh", binding.ttl)


def worst(states: Iterable[State]) -> State:
    """The state of a picture whose parts have these states."""
    found = set(states)
    return "fallback" if "fallback" in found else "stale" if "stale" in found else "fresh"


def _settled(binding: Binding, outcome: Outcome) -> Outcome:
    """What `when_missing` says of data that is not there. Raises MissingData."""
    if outcome.value is not None:
        return outcome
    if binding.when_missing == "default":
        return outcome._replace(value=binding.default)
    if binding.when_missing == "hide":
        return outcome
    raise MissingData(binding.name, outcome.problem or "it is null")
