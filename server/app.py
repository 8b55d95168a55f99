"""The ASGI application: routes, lifespan, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from server.api import api_routes
from server.clock import Clock, system_clock
from server.errors import MethodNotAllowed, NotFound
from server.farming import RenderFarm
from server.gallery import gallery_routes
from server.health import livez, metrics, readyz
from server.image_endpoint import ImageEndpoint
from server.requests import RequestMiddleware, problem_response
from server.services import open_services
from server.settings import Settings


def create_app(settings: Settings, clock: Clock = system_clock, farm: RenderFarm | None = None) -> Starlette:
    """The application. Its services live from lifespan start to lifespan end; `farm` may have been started before.

    Raises (at lifespan start):
        ConfigurationError: keys or directories can't be used.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(settings, clock, farm) as services:
            app.state.services = services
            app.state.image_endpoint = ImageEndpoint(services.images)
            yield

    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[Middleware(RequestMiddleware)],
        exception_handlers={HTTPException: _http_error},
    )
    # A slash too many names nothing; a redirect would echo the Host header of whoever asks.
    app.router.redirect_slashes = False
    return app


def _routes() -> list[BaseRoute]:
    return [
        Route("/i/{name:path}", _Images()),
        Route("/t/{token:path}", _Images()),
        *api_routes(),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/robots.txt", _robots),
        *gallery_routes(),
    ]


class _Images:
    """Hands image requests to the endpoint that the lifespan made."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint: ImageEndpoint = scope["app"].state.image_endpoint
        await endpoint(scope, receive, send)


async def _robots(request: Request) -> Response:
    """Link previews honour robots.txt, so images must be allowed; the rest is of no use to crawlers."""
    text = "User-agent: *\nAllow: /i/\nAllow: /t/\nDisallow: /\n"
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=86400"})


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals as problem documents. OPTIONS, which it refuses like any method, is answered.

    Without CORS: scripts of other sites have no business with the API, whose key no page should hold.
    """
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405 and isinstance(error, HTTPException):
        refusal = MethodNotAllowed(sorted((error.headers or {}).get("Allow", "").split(", ")))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=refusal.headers())
        return problem_response(refusal)
    return problem_response(NotFound("Nothing lives at this address."))
