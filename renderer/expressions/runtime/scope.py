"""Where an expression finds its variables, and the surroundings it formats for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from renderer.errors import LimitError
from renderer.expressions.runtime.values import Value

Strings = Mapping[str, str | Mapping[str, str]]
"""Texts for `t()` in one language: key → text, or key → plural forms (`one`, `other` …)."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a template cannot compute itself.

    `locale` is a BCP 47 tag (`de-DE`, also `ar-EG-u-nu-latn`), `time_zone` an IANA name, `now` an aware datetime that
    the caller has rounded as it likes; without it expressions that ask for the time fail. `currency` is the ISO 4217
    code that `currency` uses unless it is given one.
    """

    locale: str = "en-US"
    time_zone: str = "UTC"
    now: datetime | None = None
    currency: str = "USD"
    strings: Strings = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError("Environment.now must be an aware datetime")


STEPS: Final = 50_000  # roughly microseconds: items visited and filters applied by one evaluation
CHARACTERS_PER_STEP: Final = 32
SLOW_CHARACTERS_PER_STEP: Final = 4  # beyond ASCII, where every character's properties have to be looked up
ITEMS_PER_STEP: Final = 32  # copied, not looked at


class Meter:
    """Counts the work of one evaluation and stops it when it is too much."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = STEPS

    def charge(self, steps: int) -> None:
        """Count `steps`; raises LimitError once an evaluation has used up all it may take."""
        self.left -= steps
        if self.left < 0:
            raise LimitError(f"The expression takes too much work (more than {STEPS} steps).")


def text_steps(text: str) -> int:
    """Steps that a look at all characters of a text takes."""
    return len(text) // (CHARACTERS_PER_STEP if text.isascii() else SLOW_CHARACTERS_PER_STEP)


class Scope:
    """Variables by name; a child sees its parent's unless it has its own of that name."""

    __slots__ = ("environment", "meter", "parent", "variables")

    def __init__(
        self,
        variables: dict[str, Value] | None = None,
        environment: Environment | None = None,
        *,
        parent: Scope | None = None,
    ) -> None:
        self.variables: dict[str, Value] = {} if variables is None else variables
        self.parent = parent
        self.environment: Environment = environment or (parent.environment if parent else Environment())
        self.meter: Meter = parent.meter if parent else Meter()

    def child(self, variables: dict[str, Value] | None = None) -> Scope:
        """A scope inside this one, for the body of a loop or branch. The dict is used as it is, not copied."""
        return Scope(variables, self.environment, parent=self)

    def set(self, name: str, value: Value) -> None:
        """Define a variable here, as `let` does."""
        self.variables[name] = value

    def lookup(self, name: str) -> Value:
        """The nearest variable of that name, or null."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return None
