"""What a filter is, and how a plain Python function becomes one.

The function's signature is the filter's: the first parameter takes the value on the left, the others the arguments.
Each annotation names a type of the language (see `conversion`), to which what arrives is converted before the call. A
leading parameter `environment` or `scope` is filled in. A null value passes through a filter unseen, unless the
parameter for the value can be None.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from renderer.expressions.filters.conversion import CONVERTERS, Converter
from renderer.expressions.runtime.values import Value


class FilterFunction(Protocol):
    """A function that implements a filter."""

    __name__: str
    __doc__: str | None

    def __call__(self, *arguments: object, **keywords: object) -> Value:
        """Apply the filter to a value."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of a filter."""

    name: str
    converter: Converter
    default: object  # inspect.Parameter.empty if the argument is required

    @property
    def required(self) -> bool:
        """Whether the argument must be given."""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class FilterDefinition:
    """A filter: its function, what it takes, and what the reference page says of it."""

    name: str
    aliases: tuple[str, ...]
    group: str
    function: FilterFunction
    context: str | None  # "environment" or "scope", if the function asks for one
    accepts_null: bool
    subject: Converter
    parameters: tuple[Parameter, ...]
    more: Converter | None  # type of any further arguments without a name
    named: Converter | None  # type of any further arguments with a name
    cost: int  # steps charged for one application
    example: str  # source of an expression without variables

    @property
    def signature(self) -> str:
        """How the filter is written, e.g. `truncate(length=40, ellipsis="…")`."""
        parts = [p.name if p.required else f"{p.name}={_shown(p.default)}" for p in self.parameters]
        parts += ["…"] * bool(self.more) + ["name=…"] * bool(self.named)
        return f"{self.name}({', '.join(parts)})" if parts else self.name

    @property
    def summary(self) -> str:
        """What the filter does, from its docstring."""
        return inspect.cleandoc(self.function.__doc__ or "")


def _shown(default: object) -> str:
    if isinstance(default, str):
        return f'"{default}"'
    return (
        {None: "null", True: "true", False: "false"}.get(default, str(default))
        if default is None or isinstance(default, bool)
        else str(default)
    )


FILTERS: dict[str, FilterDefinition] = {}
"""Every filter under its name and its aliases."""

_Function = TypeVar("_Function", bound=Callable[..., Value])


def register(
    group: str, example: str, *, name: str = "", aliases: Iterable[str] = (), cost: int = 2
) -> Callable[[_Function], _Function]:
    """Make the decorated function a filter, called as the function unless `name` says otherwise."""

    def decorate(function: _Function) -> _Function:
        definition = _define(function, name or function.__name__, tuple(aliases), group, example, cost)
        for spelling in (definition.name, *definition.aliases):
            if spelling in FILTERS:
                raise ValueError(f"two filters are called {spelling}")
            FILTERS[spelling] = definition
        return function

    return decorate


def _define(
    function: Callable[..., Value], name: str, aliases: tuple[str, ...], group: str, example: str, cost: int
) -> FilterDefinition:
    signature = list(inspect.signature(function).parameters.values())
    context = signature[0].name if signature[0].name in ("environment", "scope") else None
    subject, *rest = signature[bool(context) :]
    kinds = inspect.Parameter
    variadic = {p.kind: CONVERTERS[p.annotation] for p in rest if p.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)}
    plain = [p for p in rest if p.kind not in variadic]
    return FilterDefinition(
        name=name,
        aliases=aliases,
        group=group,
        function=function,
        context=context,
        accepts_null=CONVERTERS[subject.annotation].accepts_null,
        subject=CONVERTERS[subject.annotation],
        parameters=tuple(Parameter(p.name, CONVERTERS[p.annotation], p.default) for p in plain),
        more=variadic.get(kinds.VAR_POSITIONAL),
        named=variadic.get(kinds.VAR_KEYWORD),
        cost=cost,
        example=example,
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """` Did you mean …?` if one of the known names is close to a misspelt one, else nothing."""
    close = difflib.get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.6)
    return f" Did you mean `{close[0]}`?" if close else ""
