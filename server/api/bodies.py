"""Reading request bodies: bounded, JSON, and checked against their model."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from server.documents import check_model, parse_json
from server.errors import BodyTooLarge, UnsupportedMediaType

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, limit: int) -> bytes:
    """The body, refused as soon as it is longer than `limit` bytes. Raises BodyTooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            raise _too_large(limit)
    return bytes(chunks)


async def read_model(request: Request, model: type[Model], limit: int) -> Model:
    """The body as a model.

    Raises:
        UnsupportedMediaType: it is not sent as JSON. (Which also keeps forms of other sites' pages out.)
        BodyTooLarge, MalformedBody: it is too long, or no JSON object.
        InvalidValues: members that are missing, unknown or of the wrong kind; all at once.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    return check_model(parse_json(await read_body(request, limit)), model)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body may have at most {limit:,} bytes.")
