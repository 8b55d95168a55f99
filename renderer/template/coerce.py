"""Values of a request → typed values: every one checked against the manifest, all problems reported at once.

Query strings and JSON go through the same rules, so that `49`, `49.0` and `"49"` are one number and give one render
key. In a query list and object variables are JSON text; in JSON they must be lists and objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from renderer.errors import LimitError, ValueProblem, ValuesError
from renderer.expressions import Value, from_json, normalize
from renderer.expressions.runtime.values import MAX_ITEMS, describe
from renderer.template.model import Manifest, Variable
from renderer.template.scalars import RefusedError, check_count, clean_text, read_scalar
from renderer.template.toml_table import did_you_mean

T = TypeVar("T")

_MAX_PROBLEMS = 50


@dataclass(slots=True)
class Coercion:
    """Values on their way: settings, the problems found so far, and how many values there may yet be.

    `grows`: the data is an API's, which may at any time have fields that nobody declared, and nulls in its lists.
    """

    time_zone: ZoneInfo
    from_query: bool = False
    grows: bool = False
    problems: list[ValueProblem] = field(default_factory=list)
    left: int = MAX_ITEMS

    def finished(self, result: T) -> T:
        """The result, if no problem was found. Raises ValuesError."""
        if self.problems:
            raise ValuesError(self.problems[:_MAX_PROBLEMS])
        return result

    def report(self, path: str, message: str, expected: str, value: object) -> None:
        """Note a problem."""
        self.problems.append(ValueProblem(path, message, expected, "" if value is None else _shown(value)))

    def coerce(self, variable: Variable, value: object, path: str) -> Value:
        """The typed value, or null after reporting what is wrong with it."""
        if len(self.problems) >= _MAX_PROBLEMS:
            return None
        self.left -= 1
        if self.left < 0:
            self.report(path, f"is one of more than {MAX_ITEMS:,} values", "less data", None)
            return None
        try:
            match variable.type:
                case "list":
                    return self._list(variable, value, path)
                case "object":
                    return self._object(variable, value, path)
                case _:
                    return read_scalar(variable, value, self.time_zone)
        except RefusedError as error:
            self.report(path, error.message, error.expected, value)
        except ValuesError as error:
            self.problems += error.problems
        except LimitError as error:
            self.report(path, error.message, "less data", None)
        return None

    def _structure(self, value: object, path: str, expected: str) -> object:
        """The list or object that a query carries as JSON text."""
        if not self.from_query or not isinstance(value, str):
            return value
        self.from_query = False
        if value.strip()[:1] not in ("[", "{"):
            raise RefusedError("is not JSON", expected)
        return from_json(value, path)

    def _list(self, variable: Variable, value: object, path: str) -> Value:
        expected = 'a list as JSON, such as ["a","b"]' if self.from_query else "a list"
        from_query = self.from_query
        try:
            data = self._structure(value, path, expected)
            if not isinstance(data, list | tuple):
                raise RefusedError("is not a list", expected)
            check_count(variable, len(data))
            if variable.items is None:
                return clean_data(normalize(data, path))
            return [self._item(variable.items, item, f"{path}[{i}]") for i, item in enumerate(data)]
        finally:
            self.from_query = from_query

    def _item(self, variable: Variable, value: object, path: str) -> Value:
        if value is None and self.grows and not variable.required:
            return None
        return self.coerce(variable, value, path)

    def _object(self, variable: Variable, value: object, path: str) -> Value:
        expected = 'an object as JSON, such as {"name":"value"}' if self.from_query else "an object"
        from_query = self.from_query
        try:
            data = self._structure(value, path, expected)
            if not isinstance(data, Mapping):
                raise RefusedError("is not an object", expected)
            if variable.fields is None:
                return clean_data(normalize(data, path))
            return self.fields(variable.fields, data, f"{path}.", "field")
        finally:
            self.from_query = from_query

    def fields(
        self, declared: Mapping[str, Variable], data: Mapping[str, object], prefix: str, what: str
    ) -> dict[str, Value]:
        """Typed values of the declared names, defaults filled in; other names are problems unless the data grows."""
        result: dict[str, Value] = {}
        for name, variable in declared.items():
            value = data.get(name)
            if value is None or (self.from_query and value == "" and variable.type not in ("text", "enum")):
                if variable.required:
                    self.report(prefix + name, "is required", _expectation(variable), None)
                elif variable.default is not None:
                    result[name] = variable.default
                continue
            typed = self.coerce(variable, value, prefix + name)
            if typed is not None:
                result[name] = typed
        for name in () if self.grows else data:
            if name not in declared:
                shown = name if len(str(name)) <= 64 else str(name)[:63] + "…"
                hint = did_you_mean(str(name), declared)
                known = ", ".join(list(declared)[:20]) or "none"
                self.report(f"{prefix}{shown}", f"is no {what} of this template{hint}", f"one of: {known}", None)
        return result


def coerce_values(manifest: Manifest, raw: Mapping[str, object], *, from_query: bool) -> dict[str, Value]:
    """Typed values by variable name, with defaults; variables that are neither given nor have one are left out.

    Control characters are removed from text, unpaired surrogates become U+FFFD: both are common in scraped data, and a
    picture without them is better than none. Raises ValuesError that lists every problem.
    """
    coercion = Coercion(ZoneInfo(manifest.time_zone), from_query)
    return coercion.finished(coercion.fields(manifest.variables, raw, "", "variable"))


def coerce_one(variable: Variable, value: object, time_zone: str, path: str) -> Value:
    """One value from a manifest (a default or an example) typed. Raises ValuesError."""
    coercion = Coercion(ZoneInfo(time_zone))
    return coercion.finished(coercion.coerce(variable, value, path))


def canonical_values(values: Mapping[str, Value]) -> bytes:
    """The one JSON text of typed values, for render keys: keys sorted, numbers in shortest form, times in ISO 8601."""
    return canonical_json(dict(values)).encode()


def canonical_json(value: Value) -> str:
    """The one JSON text of a value: keys sorted, numbers in shortest form, times in ISO 8601."""
    match value:
        case dict():
            pairs = (f"{_quoted(key)}:{canonical_json(value[key])}" for key in sorted(value))
            return "{" + ",".join(pairs) + "}"
        case list():
            return "[" + ",".join(canonical_json(item) for item in value) + "]"
        case None | bool():
            return json.dumps(value)
        case Decimal():
            return (
                str(int(value))
                if value == value.to_integral_value() and value.adjusted() < 24
                else str(value.normalize())
            )
        case int():
            return str(value)
        case datetime():
            return _quoted(value.astimezone(UTC).isoformat())
        case date():
            return _quoted(value.isoformat())
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def clean_data(value: Value) -> Value:
    """Data without control characters in its texts and keys, see `clean_text`."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_data(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): clean_data(item) for key, item in value.items()}
    return value


def _shown(value: object) -> str:
    if isinstance(value, str) and "://" in value[:12]:
        # Queries and passwords of URLs may be secrets.
        value = re.sub(r"//[^/@]*@", "//…@", value.partition("?")[0])
    return describe(value)


def _expectation(variable: Variable) -> str:
    """What a value of this variable looks like."""
    kind = {"enum": "one of " + ", ".join(map(str, variable.choices[:20])), "text": "a text", "url": "a URL"}
    article = "an" if variable.type[0] in "aeiou" else "a"
    return kind.get(variable.type, f"{article} {variable.type}")
