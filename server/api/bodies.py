"""Reading request bodies: bounded, JSON, and checked against their model."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from renderer.errors import ValueProblem
from server.errors import BodyTooLarge, InvalidValues, MalformedBody, UnsupportedMediaType

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, limit: int) -> bytes:
    """The body, refused as soon as it is longer than `limit` bytes. Raises BodyTooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise BodyTooLarge(f"The body may have at most {limit:,} bytes.")
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            raise BodyTooLarge(f"The body may have at most {limit:,} bytes.")
    return bytes(chunks)


async def read_model(request: Request, model: type[Model], limit: int) -> Model:
    """The body as a model.

    Raises:
        UnsupportedMediaType: it is not sent as JSON.
        BodyTooLarge, MalformedBody: it is too long, or no JSON object.
        InvalidValues: members that are missing, unknown or of the wrong kind; all at once.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    document = parse_json(await read_body(request, limit))
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidValues(
            [ValueProblem(_path(item["loc"]), item["msg"]) for item in error.errors(include_url=False)]
        ) from None


def parse_json(data: bytes) -> object:
    """JSON with decimal numbers kept exact. Raises MalformedBody."""
    try:
        document: object = json.loads(data, parse_float=_decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"The body is no JSON: {error}.") from None
    if not isinstance(document, dict):
        raise MalformedBody("The body must be a JSON object.")
    return document


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
