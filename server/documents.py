"""JSON documents that callers send: bounded, exact, and checked against their model."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from renderer.errors import ValueProblem
from server.errors import InvalidValues, MalformedBody

Model = TypeVar("Model", bound=BaseModel)

MAX_DEPTH: Final = 64
"""Levels of lists and objects in a document."""

_MAX_PROBLEMS = 50
_MAX_NAME = 200  # characters of a member's path that an answer repeats


def check_model(document: Mapping[str, object], model: type[Model]) -> Model:
    """A document as a model. Raises InvalidValues, with all members that are missing, unknown or of the wrong kind."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidValues(
            [ValueProblem(_path(item["loc"]), _message(item)) for item in found[:_MAX_PROBLEMS]]
        ) from None


def parse_json(data: bytes, subject: str = "The body") -> dict[str, object]:
    """A JSON object (RFC 8259) with decimal numbers kept exact. Messages begin with `subject`.

    Raises:
        MalformedBody: no JSON, no object, nested deeper than 64 levels, numbers beyond the range of a double, or
            characters that no Unicode text can hold.
    """
    try:
        document: object = json.loads(data, parse_float=exact_number, parse_constant=_refuse)
    except RecursionError:
        raise _too_deep(subject) from None
    except ValueError as error:
        raise MalformedBody(f"{subject} is no JSON: {error}.") from None
    if not isinstance(document, dict):
        raise MalformedBody(f"{subject} must be a JSON object.")
    _check(document, subject)
    return document


def exact_number(text: str) -> Decimal:
    """A number of JSON as it is written. Raises ValueError beyond the range of a double."""
    if not math.isfinite(float(text)):
        raise ValueError(f"{text[:20]} is too large a number")
    # Below the smallest double an exponent may be too much even for Decimal.
    return Decimal(text) if float(text) else Decimal(0)


def _check(document: dict[str, object], subject: str) -> None:
    """Refuse what parses but could not be answered about: deep nesting and halves of surrogate pairs."""
    level: list[object] = [document]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below += value
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and not value.isascii():
                _check_text(value, subject)
        if not below:
            return
        level = below
    raise _too_deep(subject)


def _check_text(text: str, subject: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedBody(f"{subject} holds half a surrogate pair (\\ud800 to \\udfff), which is no text.") from None


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _too_deep(subject: str) -> MalformedBody:
    return MalformedBody(f"{subject} is nested deeper than {MAX_DEPTH} levels.")


def _message(details: ErrorDetails) -> str:
    """pydantic's words, in the form that problems of variables have: they follow the member's name."""
    match details["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is no member that is known here"
    message = details["msg"].removeprefix("Value error, ")
    return message.replace("Input should", "should", 1) if message.startswith("Input should") else message


def _path(location: Iterable[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    path = path or "body"  # a rule about several members
    return path if len(path) <= _MAX_NAME else path[: _MAX_NAME - 1] + "…"
