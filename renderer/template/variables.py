"""The tables [variables.NAME] of a manifest → `Variable`, with items of lists and fields of objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import get_args

from renderer.errors import ManifestError, ValuesError
from renderer.expressions import Value
from renderer.template.coerce import coerce_one
from renderer.template.model import Scalar, Variable, VariableType
from renderer.template.pattern import PatternError
from renderer.template.scalars import compile_pattern
from renderer.template.toml_table import Table

TYPES: tuple[VariableType, ...] = get_args(VariableType)
FORM_KEYS = ("min", "max", "min_length", "max_length", "choices", "pattern", "items", "fields", "placeholder")

_LENGTH_TYPES = frozenset({"text", "url", "image"})
_NUMBER_TYPES = frozenset({"number", "integer"})
_BOUNDED_TYPES = _NUMBER_TYPES | {"date", "datetime"}
_MAX_NESTING = 8
_MAX_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a manifest's values are read with: the zone of times without an offset, and the template's files."""

    time_zone: str
    files: Mapping[str, bytes]


def read_variable(name: str, table: Table, around: Surroundings, depth: int = 0) -> Variable:
    """One variable's table. Raises ManifestError for unknown keys, keys of another type and impossible values."""
    variable = read_form(name, table, around, depth)
    variable = replace(variable, required=table.boolean("required"), description=table.text("description") or "")
    example = _typed(variable, table, "example", around.time_zone)
    default = _typed(variable, table, "default", around.time_zone)
    if default is not None and variable.required:
        raise table.error("default", "a required variable has no use for a default; drop one of them.")
    table.finish(inapplicable_keys(variable.type))
    return replace(variable, example=example, default=default)


def read_form(name: str, table: Table, around: Surroundings, depth: int = 0) -> Variable:
    """The type of a table with the keys that belong to it: what values look like. Raises ManifestError."""
    kind = table.choice("type", TYPES)
    if kind is None:
        raise table.error(None, f'needs a type, as in type = "text"; there are {", ".join(TYPES)}.')
    if depth > _MAX_NESTING:
        raise table.error(None, f"items and fields are nested more than {_MAX_NESTING} levels deep.")
    variable = Variable(name=name, type=kind)  # type: ignore[arg-type]  # one of TYPES
    if kind == "image":
        variable = replace(variable, placeholder=table.file("placeholder", around.files))
    variable = _with_text_bounds(variable, table)
    variable = _with_choices(variable, table, around.time_zone)
    variable = _with_bounds(variable, table, around.time_zone)
    return _with_structure(variable, table, around, depth)


def inapplicable_keys(kind: str) -> Mapping[str, str]:
    """Why a known key does not belong to this type."""
    instead = dict.fromkeys(FORM_KEYS, ".")
    if kind in _LENGTH_TYPES:
        instead |= {"min": "; did you mean min_length?", "max": "; did you mean max_length?"}
    elif kind in _BOUNDED_TYPES | {"list"}:
        instead |= {"min_length": "; did you mean min?", "max_length": "; did you mean max?"}
    return {key: f"does not apply to type {kind!r}{hint}" for key, hint in instead.items()}


def _with_text_bounds(variable: Variable, table: Table) -> Variable:
    if variable.type not in _LENGTH_TYPES:
        return variable
    low, high = (table.integer(key, 0, _MAX_LENGTH) for key in ("min_length", "max_length"))
    if low is not None and high is not None and low > high:
        raise table.error("min_length", f"{low} is more than max_length, {high}.")
    pattern = table.text("pattern") if variable.type == "text" else None
    if pattern is not None:
        try:
            compile_pattern(pattern)
        except PatternError as error:
            raise table.error("pattern", f"the pattern {error}.") from None
    return replace(variable, minimum_length=low, maximum_length=high, pattern=pattern)


def _with_choices(variable: Variable, table: Table, time_zone: str) -> Variable:
    if variable.type not in _NUMBER_TYPES | {"enum", "text"}:
        return variable
    raw = table.raw("choices")
    if raw is None:
        if variable.type == "enum":
            raise table.error(None, 'an enum needs its choices, as in choices = ["small", "large"].')
        return variable
    if not isinstance(raw, list) or not raw:
        raise table.error("choices", "expected a list with at least one choice.")
    choices: list[Scalar] = []
    for item in raw:
        choice = _coerced(variable, table, "choices", item, time_zone)
        if not isinstance(choice, str | int | Decimal) or choice in choices:
            raise table.error("choices", f"{item!r} is there twice.")
        choices.append(choice)
    return replace(variable, choices=tuple(choices))


def _with_bounds(variable: Variable, table: Table, time_zone: str) -> Variable:
    if variable.type == "list":
        low: Value = table.integer("min", 0, _MAX_LENGTH)
        high: Value = table.integer("max", 0, _MAX_LENGTH)
    elif variable.type in _BOUNDED_TYPES:
        low, high = (_typed(variable, table, key, time_zone) for key in ("min", "max"))
    else:
        return variable
    if isinstance(low, int | Decimal) and isinstance(high, int | Decimal) and low > high:
        raise table.error("min", f"{low} is more than max, {high}.")
    if isinstance(low, date) and isinstance(high, date) and low > high:
        raise table.error("min", f"{low} is later than max, {high}.")
    bounds = int | Decimal | date
    return replace(
        variable,
        minimum=low if isinstance(low, bounds) else None,
        maximum=high if isinstance(high, bounds) else None,
    )


def _with_structure(variable: Variable, table: Table, around: Surroundings, depth: int) -> Variable:
    if variable.type == "list":
        if isinstance(table.raw("items"), str):
            # items = "text" is short for items = { type = "text" }.
            kind = table.choice("items", TYPES)
            return replace(variable, items=Variable("items", kind))  # type: ignore[arg-type]  # one of TYPES
        items = table.table("items")
        return variable if items is None else replace(variable, items=read_variable("items", items, around, depth + 1))
    if variable.type == "object" and "fields" in table:
        fields = {name: read_variable(name, field, around, depth + 1) for name, field in table.tables("fields")}
        return replace(variable, fields=MappingProxyType(fields))
    return variable


def _typed(variable: Variable, table: Table, key: str, time_zone: str) -> Value:
    raw = table.raw(key)
    return None if raw is None else _coerced(variable, table, key, raw, time_zone)


def _coerced(variable: Variable, table: Table, key: str, raw: object, time_zone: str) -> Value:
    try:
        return coerce_one(variable, raw, time_zone, key)
    except ValuesError as error:
        raise unfit(table, key, error) from None


def unfit(table: Table, key: str, error: ValuesError) -> ManifestError:
    """The error at a key whose value does not have the form it must have."""
    problem = error.problems[0]
    expected = f"; expected {problem.expected}" if problem.expected else ""
    path = "" if problem.name == key else f"{problem.name} "
    return table.error(key, f"{path}{problem.message}{expected}; got {problem.got or 'nothing'}.")
