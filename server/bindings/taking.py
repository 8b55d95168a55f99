"""What a template takes of the data that it is offered."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from renderer import canonical_json, coerce_data, select_data
from renderer.expressions import Value
from renderer.template.model import Binding


class Taken(NamedTuple):
    """A value in the form that the manifest declares, None for null; `digest` (hex) is equal for equal values."""

    value: Value
    digest: str


def take(binding: Binding, data: Value, time_zone: str) -> Taken:
    """Select and type. Raises RendererError for data that is not what the manifest declares."""
    selected = select_data(binding, data)
    value = None if selected is None else coerce_data(binding, selected, time_zone)
    return Taken(value, hashlib.sha256(canonical_json(_with_order(value)).encode()).hexdigest())


def _with_order(value: Value) -> Value:
    """The same with objects as lists of pairs, in objects, which tells them from lists.

    Canonical JSON sorts keys, but templates may show an object's keys in the order in which it has them.
    """
    if isinstance(value, dict):
        return {"": [[key, _with_order(item)] for key, item in value.items()]}
    return [_with_order(item) for item in value] if isinstance(value, list) else value
