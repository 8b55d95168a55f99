"""The variables of a template as JSON Schema (2020-12), and its example values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from renderer.errors import SourcePosition, TemplateError
from renderer.expressions import Value
from renderer.template.bundle import TemplateBundle
from renderer.template.model import Binding, Manifest, Variable

EXAMPLE_FILE = "example.json"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_BASE: Mapping[str, dict[str, Json]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "color": {"type": "string", "format": "color"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "url": {"type": "string", "format": "uri"},
    "image": {"type": "string", "format": "uri-reference"},
    "enum": {"type": "string"},
    "list": {"type": "array"},
    "object": {"type": "object"},
}


def json_schema(manifest: Manifest) -> dict[str, Json]:
    """The schema of the object that holds a template's variables."""
    schema: dict[str, Json] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if manifest.title:
        schema["title"] = manifest.title
    if manifest.description:
        schema["description"] = manifest.description
    return schema | _object(manifest.variables)


def _object(variables: Mapping[str, Variable], *, others: bool = False) -> dict[str, Json]:
    """`others`: there may be further properties, which count for nothing."""
    required: list[Json] = [name for name, variable in variables.items() if variable.required]
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {name: _variable(variable, others=others) for name, variable in variables.items()},
        "additionalProperties": others,
    }
    return schema | ({"required": required} if required else {})


def _variable(variable: Variable, *, others: bool = False) -> dict[str, Json]:
    schema: dict[str, Json] = dict(_BASE[variable.type])
    if variable.description:
        schema["description"] = variable.description
    if variable.choices:
        schema["enum"] = [plain_json(choice) for choice in variable.choices]
    if variable.pattern is not None:
        schema["pattern"] = "^" + variable.pattern.removeprefix("^").removesuffix("$") + "$"
    schema |= _bounds(variable)
    if variable.items is not None:
        schema["items"] = _variable(variable.items, others=others)
    if variable.fields is not None:
        schema |= _object(variable.fields, others=others)
    if variable.default is not None:
        schema["default"] = plain_json(variable.default)
    if variable.example is not None:
        schema["examples"] = [plain_json(variable.example)]
    return schema


def _bounds(variable: Variable) -> dict[str, Json]:
    low, high = ("minItems", "maxItems") if variable.type == "list" else ("minimum", "maximum")
    bounds: dict[str, int | Decimal | date | None] = {
        low: variable.minimum,
        high: variable.maximum,
        "minLength": variable.minimum_length,
        "maxLength": variable.maximum_length,
    }
    # JSON Schema has no bounds for dates.
    return {key: plain_json(value) for key, value in bounds.items() if isinstance(value, int | Decimal)}


def describe_bindings(manifest: Manifest) -> list[Json]:
    """What a template shows of elsewhere: each binding's name, source, lifetime in seconds, and the schema of its data.

    URLs and headers are left out, since they are the business of whoever wrote the template.
    """
    return [_binding(binding) for binding in manifest.bindings.values()]


def _binding(binding: Binding) -> dict[str, Json]:
    described: dict[str, Json] = {"name": binding.name, "source": binding.source, "description": binding.description}
    if binding.source != "file":
        described["ttl"] = binding.ttl
    if binding.source == "push":
        described["keyed"] = binding.key is not None
    described["data"] = {} if binding.schema is None else _variable(binding.schema, others=True)
    return described


def plain_json(value: Value) -> Json:
    """A value as JSON data: decimals as floats, dates in ISO 8601."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return float(value)
        case list():
            return [plain_json(item) for item in value]
        case dict():
            return {key: plain_json(item) for key, item in value.items()}
        case date():
            return value.isoformat()
        case _:
            return str(value)


def example_values(bundle: TemplateBundle, manifest: Manifest) -> dict[str, Json]:
    """Values that show the template: those of example.json, else the examples of the manifest. Not yet coerced.

    Raises TemplateError if example.json is no JSON object.
    """
    examples = {name: plain_json(v.example) for name, v in manifest.variables.items() if v.example is not None}
    if EXAMPLE_FILE not in bundle.files:
        return examples
    try:
        data = json.loads(bundle.text(EXAMPLE_FILE))
    except json.JSONDecodeError as error:
        place = SourcePosition(EXAMPLE_FILE, error.lineno, error.colno)
        raise TemplateError(f"This is no valid JSON: {error.msg}.", place) from None
    except (RecursionError, ValueError):
        raise TemplateError("The data is nested too deeply or has numbers that are too long.", None) from None
    if not isinstance(data, dict):
        raise TemplateError("Expected an object with a value for each variable.", SourcePosition(EXAMPLE_FILE, 1, 1))
    return examples | data
