"""What a source of live data has answered → the value that expressions see."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from renderer.errors import ValueProblem, ValuesError
from renderer.expressions import Value, normalize
from renderer.expressions.runtime.values import describe
from renderer.template.coerce import Coercion, clean_data
from renderer.template.model import Binding


def select_data(binding: Binding, data: Value) -> Value:
    """The part of an answer that `select` names. Raises ValuesError that names the step which is not there."""
    taken = ""
    for step in binding.select:
        path = f"{taken}[{step}]" if isinstance(step, int) else f"{taken}.{step}".removeprefix(".")
        match data, step:
            case dict(), str() if step in data:
                data = data[step]
            case list(), int() if step < len(data):
                data = data[step]
            case _:
                message = f"has nothing at {path}: {taken or 'the answer'} is {describe(data)}"
                raise ValuesError([ValueProblem(binding.name, message, f"data at {path}")])
        taken = path
    return data


def coerce_data(binding: Binding, data: object, time_zone: str) -> Value:
    """Selected data in the form that the binding's manifest declares.

    Types are read as in JSON values of a request, but fields that the manifest does not declare are left out instead of
    being refused, since an API may grow; without a schema any JSON-like data will do. Raises ValuesError with all
    problems, named by their paths (`stats.items[3].price`), and LimitError for more than 100,000 values.
    """
    if binding.schema is None:
        return clean_data(normalize(data, binding.name))
    coercion = Coercion(ZoneInfo(time_zone), grows=True)
    return coercion.finished(coercion.coerce(binding.schema, data, binding.name))
