"""/openapi.json (OpenAPI 3.1), made from the operations and their models, so that it can't disagree with them."""

from __future__ import annotations

import importlib.metadata
import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.api.models import Problem
from server.api.operations import OPERATIONS, Operation

_REF = "#/components/schemas/{model}"


async def openapi_document(request: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(document(), headers={"Cache-Control": "no-cache"})


@cache
def document() -> dict[str, Any]:
    """The document as data."""
    models: list[type[BaseModel]] = [Problem]
    for operation in OPERATIONS:
        models += [model for model in (operation.body, operation.answer) if model and model not in models]
    # In this API, members with defaults are always sent in answers, never required in requests.
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
        "responses": {
            "200": {
                "description": operation.summary,
                "content": {"application/json": {"schema": _reference(operation.answer)}},
            },
            **{str(status): _problem(status) for status in sorted(operation.errors)},
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(operation.body)}},
        }
    names = re.findall(r"{(\w+)}", operation.path)
    if names:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in names
        ]
    return described


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": _reference(Problem)}},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
