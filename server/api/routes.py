"""Routes of the API."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from server.api.openapi import openapi_document
from server.api.operations import OPERATIONS


def api_routes() -> list[BaseRoute]:
    """Routes of all operations and of the document that describes them."""
    routes: list[BaseRoute] = [
        Route(operation.path, operation.endpoint, methods=[operation.method]) for operation in OPERATIONS
    ]
    return [*routes, Route("/openapi.json", openapi_document)]
