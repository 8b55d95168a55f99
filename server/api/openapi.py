"""/openapi.json (OpenAPI 3.1), made from the operations and their models, so that it can't disagree with them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from server.api.models import Problem
from server.api.operation import Operation
from server.api.operations import OPERATIONS
from server.validators import etag, if_none_match

_REF = "#/components/schemas/{model}"
_STRING = {"schema": {"type": "string"}}
_BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
_FILES: dict[str, dict[str, Any]] = {"application/json": {"type": "object"}, "text/event-stream": {}}
_TEXT = {"schema": {"type": "string", "pattern": "^[^\\x00]*$"}}
_INTEGER = {"schema": {"type": "integer", "minimum": 0}}
_HEADERS_OF_STATUS = {
    401: {"WWW-Authenticate": {"description": "The scheme to authenticate with.", "required": True, **_STRING}},
    503: {"Retry-After": {"description": "Seconds after which to ask again.", "required": True, **_INTEGER}},
}
_ETAG = {"ETag": {"description": "Entity tag of the answer.", "required": True, **_STRING}}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Entity tags that the caller holds; if the answer has one of them, it is 304.",
    **_STRING,
}


async def openapi_document(request: Request) -> Response:
    """The OpenAPI document."""
    body, tag = _encoded()
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if if_none_match(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


@cache
def _encoded() -> tuple[bytes, str]:
    body = json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()
    return body, etag(hashlib.sha256(body).hexdigest()[:32])


@cache
def document() -> dict[str, Any]:
    """The document as data."""
    models: list[type[BaseModel]] = [Problem]
    for operation in OPERATIONS:
        models += [model for model in (operation.body, operation.answer) if model and model not in models]
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signet",
            "version": importlib.metadata.version("signet-images"),
            "description": "Signs and renders images. Images themselves are fetched by their signed URLs.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"apiKey": []}],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.public:
        described["security"] = []
    if operation.body is not None:
        content = _content(operation.body_type, operation.body)
        content |= {media_type: {"schema": _upload(media_type, operation)} for media_type in operation.other_bodies}
        described["requestBody"] = {"required": not operation.optional_body, "content": content}
    if operation.uploads:
        content = {media_type: {"schema": _upload(media_type, operation)} for media_type in operation.uploads}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _upload(media_type: str, operation: Operation) -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    if not media_type.startswith("multipart/"):
        return file
    if operation.single_file:
        texts = {name: {"type": "string", "description": text} for name, text in operation.form_fields}
        properties = {"file": file, **texts}
        return {"type": "object", "properties": properties, "required": ["file"], "additionalProperties": False}
    files = {"type": "array", "items": file, "description": "Each file with its path in the template as file name."}
    return {"type": "object", "properties": {"files": files}, "required": ["files"], "additionalProperties": False}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": operation.named[name].pattern},
            "example": operation.named[name].example,
        }
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    found += [
        {"name": name, "in": "query", "description": text, "schema": {"type": "boolean", "default": False}}
        for name, text in operation.flags
    ]
    found += [{"name": name, "in": "query", "description": text, **_TEXT} for name, text in operation.texts]
    found += [{"name": name, "in": "header", "description": text, **_STRING} for name, text in operation.headers]
    return [*found, _IF_NONE_MATCH] if operation.conditional else found


def _responses(operation: Operation) -> dict[str, Any]:
    files = {media_type: {"schema": _FILES.get(media_type, _BINARY)} for media_type in operation.binary}
    document = {} if operation.answer is None else _content("application/json", operation.answer)
    answer = {"description": operation.summary, "content": document | files}
    responses: dict[str, Any] = {"200": answer}
    if operation.conditional:
        answer["headers"] = _ETAG
        responses["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase, "headers": _ETAG}
    if operation.creates:
        responses["201"] = answer
    if operation.accepts:
        responses["202"] = answer
    for status in operation.statuses:
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": _content("application/problem+json", Problem),
            **({"headers": _HEADERS_OF_STATUS[status]} if _has_headers(status, operation) else {}),
        }
    return responses


def _has_headers(status: int, operation: Operation) -> bool:
    """Whether a refusal has headers of its own. There is no scheme by which to come back where no key is asked for."""
    return status in _HEADERS_OF_STATUS and not (status == 401 and operation.public)


def _content(media_type: str, model: type[BaseModel]) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REF.format(model=model.__name__)}}}
