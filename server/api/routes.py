"""Routes of the API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.api.openapi import openapi_document
from server.api.operation import Endpoint
from server.api.operations import OPERATIONS


def api_routes() -> list[BaseRoute]:
    """Routes of all operations and of the document that describes them.

    One route a path: with one a method, a refused method would be told of the first route's methods only.
    """
    paths: dict[str, dict[str, Endpoint]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation.endpoint
    routes: list[BaseRoute] = [
        Route(path, partial(_by_method, endpoints), methods=list(endpoints)) for path, endpoints in paths.items()
    ]
    return [*routes, Route("/openapi.json", openapi_document)]


async def _by_method(endpoints: Mapping[str, Endpoint], request: Request) -> Response:
    return await endpoints["GET" if request.method == "HEAD" else request.method](request)
