"""What became of one binding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from renderer.expressions import Value
from renderer.template.model import Binding
from server.outgoing.images import BRIEF_SECONDS, State
from server.registry import Template

FOREVER: Final = 31_536_000
"""Seconds; of what does not change by itself."""


def owner_of(template: Template, binding: Binding) -> str:
    """The name of a binding beyond its template: `card/stats`."""
    return f"{template.name}/{binding.name}"


class Outcome(NamedTuple):
    """`value` None: there is none, for the reason of `problem`, a clause about where it should come from.

    `digest` (hex) is equal for equal values; without one the value has to be looked at. `seconds` is how long all of
    this stays right. `tag` is what its pictures are purged by beside the binding's own tag.
    """

    value: Value
    state: State
    seconds: int
    problem: str = ""
    digest: str = ""
    tag: str = ""


def missing(problem: str) -> Outcome:
    """There is no data, and none that could stand in for it."""
    return Outcome(None, "fallback", BRIEF_SECONDS, problem)


def worst(states: Iterable[State]) -> State:
    """The state of a picture whose parts have these states."""
    found = set(states)
    return "fallback" if "fallback" in found else "stale" if "stale" in found else "fresh"
