"""All bindings of a template for one picture: rounds in order, those of a round at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from renderer import RenderOptions, make_environment
from renderer.errors import RendererError, ValuesError
from renderer.expressions import Environment, Value
from renderer.template.model import Binding
from server.bindings.outcomes import FOREVER, Outcome, missing, owner_of, worst
from server.bindings.pushes import PushedBindings
from server.bindings.urls import UrlBindings
from server.outgoing.images import State
from server.registry import Template
from server.store import PurgeJournal


@dataclass(frozen=True, slots=True)
class Bound:
    """Data by binding; those that could not be had are absent or have their default.

    `digests` say of a binding what its data is, for those that know; others have to be looked at. `state` is the worst
    of all, `seconds` the shortest time for which one stays right, `problems` clauses that say of a binding what went
    wrong with it, `tags` what its picture is purged by beside the tags of its bindings.
    """

    values: Mapping[str, Value]
    digests: Mapping[str, str]
    state: State
    seconds: int
    problems: Mapping[str, str]
    tags: tuple[str, ...] = ()


class MissingData(Exception):  # noqa: N818 - says what is wrong
    """A binding has no data, and its manifest says that no picture can do without."""

    def __init__(self, owner: str, problem: str) -> None:
        """`owner` is template and binding, `problem` a clause about where the data should come from."""
        super().__init__(f"{owner}: {problem}")
        self.owner = owner
        self.problem = problem


class LiveBindings:
    """Asks the sources of live data. One per server."""

    def __init__(self, urls: UrlBindings, pushes: PushedBindings, journal: PurgeJournal | None = None) -> None:
        """`journal` is where other processes write what they purge."""
        self._urls = urls
        self._pushes = pushes
        self._purged_elsewhere = None if journal is None else journal.reader()

    async def bind(self, template: Template, values: Mapping[str, Value], options: RenderOptions) -> Bound:
        """The data for these values, among which is that of files already.

        Raises:
            MissingData: for one that is missing where `when_missing` says "error".
            RendererError: the variables can't be used in a request.
        """
        if self._purged_elsewhere is not None and (news := self._purged_elsewhere.news()) is not None:
            self.expire(news.tags)
        compiled = template.compiled
        environment = make_environment(compiled, locale=options.locale, now=options.now)
        known = dict(values)
        outcomes: dict[str, Outcome] = {}
        for names in compiled.binding_order:
            live = [name for name in names if compiled.manifest.bindings[name].source != "file"]
            asked = await asyncio.gather(*(self._ask(template, name, known, environment) for name in live))
            for name, outcome in zip(live, asked, strict=True):
                outcomes[name] = settled = _settled(template, compiled.manifest.bindings[name], outcome)
                known |= {} if settled.value is None else {name: settled.value}
        return Bound(
            {name: outcome.value for name, outcome in outcomes.items() if outcome.value is not None},
            {name: outcome.digest for name, outcome in outcomes.items() if outcome.digest},
            worst(outcome.state for outcome in outcomes.values()),
            min((outcome.seconds for outcome in outcomes.values()), default=FOREVER),
            {name: outcome.problem for name, outcome in outcomes.items() if outcome.problem},
            tuple(sorted({outcome.tag for outcome in outcomes.values() if outcome.tag})),
        )

    def expire(self, tags: Iterable[str]) -> None:
        """Ask anew for the data of bindings that are purged by their cache tags (`binding:card/stats`)."""
        for tag in tags:
            kind, _, owner = tag.partition(":")
            if kind == "binding":
                self._urls.expire(owner)

    async def _ask(
        self, template: Template, name: str, values: Mapping[str, Value], environment: Environment
    ) -> Outcome:
        compiled = template.compiled
        binding = compiled.manifest.bindings[name]
        try:
            if binding.push:
                key = compiled.binding_keys[name].render(values, environment) if binding.key is not None else ""
                return await self._pushes.ask(template, binding, key)
            request = compiled.binding_requests[name].render(values, environment)
        except RendererError as error:
            if not _is_fault_of_data(error, binding):
                raise
            return missing(f"it cannot be asked for with what {' and '.join(binding.after)} says")
        return await self._urls.ask(template, binding, request)


def _is_fault_of_data(error: RendererError, binding: Binding) -> bool:
    """Whether a request can't be made because of other live data, for which nobody who asks is to blame."""
    if not binding.after:
        return False
    if isinstance(error, ValuesError):
        named = {name for problem in error.problems for name in problem.name.split(", ")}
        return not named.isdisjoint(binding.after)
    return True


def _settled(template: Template, binding: Binding, outcome: Outcome) -> Outcome:
    """What `when_missing` says of data that is not there. Raises MissingData."""
    if outcome.value is not None:
        return outcome
    if binding.when_missing == "default":
        return outcome._replace(value=binding.default)
    if binding.when_missing == "hide":
        return outcome
    raise MissingData(owner_of(template, binding), outcome.problem)
