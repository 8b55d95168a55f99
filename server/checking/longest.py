"""The longest values that a manifest allows: what a layout must survive."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from decimal import Decimal
from itertools import cycle, islice
from typing import Literal

from renderer import Manifest, coerce_data
from renderer.errors import ValuesError
from renderer.expressions import Value
from renderer.template.coerce import coerce_one
from renderer.template.model import Variable
from renderer.template.schema import plain_json

Filling = Literal["words", "word"]

_WORDS = (
    "Extraordinary measurements of international cooperation show why the weather in Wyoming warms many communities, "
    "and how a thoughtful government committee might recommend new wind farms along the north-western waterfront. "
)
_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_URL = "https://www.example.com/"
_LONG_DATE = "2026-09-30"  # a Wednesday in September: few dates are written longer
_MAX_ITEMS = 200  # a list that may be longer shows nothing new


def longest_values(manifest: Manifest, example: Mapping[str, object], filling: Filling) -> dict[str, object]:
    """Plain values with every text as long as it may be, lists as full and numbers as long as they may be.

    `filling` "words" is prose, "word" a single word without a place to break. A variable without such bounds keeps its
    example, and so does one whose pattern no filling has.
    """
    values: dict[str, object] = {}
    for name, variable in manifest.variables.items():
        value = _longest(variable, example.get(name), filling, manifest.time_zone)
        if value is not None:
            values[name] = value
    return values


def longest_data(manifest: Manifest, samples: Mapping[str, Value], filling: Filling) -> dict[str, Value]:
    """The data of bindings, as full as their schemas allow; that of files is what it is."""
    data = dict(samples)
    for name, binding in manifest.bindings.items():
        if binding.schema is not None and binding.source != "file":
            sample = plain_json(samples[name]) if name in samples else None
            fullest = _longest(binding.schema, sample, filling, manifest.time_zone)
            # Without an example of a required field there is no such data.
            with contextlib.suppress(ValuesError):
                data[name] = coerce_data(binding, fullest, manifest.time_zone)
    return data


def _longest(variable: Variable, example: object, filling: Filling, time_zone: str) -> object:
    if variable.type == "list":
        return _list(variable, example, filling, time_zone)
    if variable.type == "object" and variable.fields is not None:
        given: Mapping[str, object] = example if isinstance(example, Mapping) else {}
        fields = {name: _longest(field, given.get(name), filling, time_zone) for name, field in variable.fields.items()}
        return {name: value for name, value in fields.items() if value is not None}
    candidate = _candidate(variable, filling)
    return candidate if candidate is not None and _fits(variable, candidate, time_zone) else example


def _list(variable: Variable, example: object, filling: Filling, time_zone: str) -> object:
    given = list(example) if isinstance(example, list) else []
    count = variable.maximum if isinstance(variable.maximum, int) else len(given)
    if variable.items is None:
        return list(islice(cycle(given), min(count, _MAX_ITEMS))) if given else None
    samples = islice(cycle(given or [None]), min(count, _MAX_ITEMS))
    items = [_longest(variable.items, sample, filling, time_zone) for sample in samples]
    return [item for item in items if item is not None]


def _candidate(variable: Variable, filling: Filling) -> object:
    if variable.choices:
        return plain_json(max(variable.choices, key=lambda choice: len(str(choice))))
    match variable.type:
        case "text":
            return None if variable.maximum_length is None else filled(variable.maximum_length, filling)
        case "url":
            length = variable.maximum_length
            return None if length is None or length < len(_URL) else (_URL + _WORD.lower() * length)[:length]
        case "number" | "integer":
            bounds = [b for b in (variable.minimum, variable.maximum) if isinstance(b, int | Decimal)]
            return plain_json(max(bounds, key=lambda bound: len(str(bound)))) if bounds else None
        case "date":
            return _LONG_DATE
        case "datetime":
            return f"{_LONG_DATE}T22:58:00Z"
    return None


def _fits(variable: Variable, candidate: object, time_zone: str) -> bool:
    try:
        coerce_one(variable, candidate, time_zone, variable.name)
    except ValuesError:
        return False
    return True


def filled(length: int, filling: Filling) -> str:
    """A text of exactly `length` characters."""
    source = _WORDS if filling == "words" else _WORD
    text = (source * (length // len(source) + 1))[:length]
    return text[:-1] + "s" if text.endswith(" ") else text
