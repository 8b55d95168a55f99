"""POST /v1/urls: sign."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.api.access import require_sight
from server.api.bodies import read_model
from server.api.models import OptionsBody, UrlAnswer, UrlRequest
from server.links import make_link
from server.services import Services
from server.urls import Options


def url_options(services: Services, body: OptionsBody, expires_in: int | None) -> Options:
    """Options as a URL carries them."""
    return Options(
        version=body.version,
        expires=int(services.clock()) + expires_in if expires_in is not None else None,
        dpr=body.dpr,
        quality=body.quality,
        locale=body.locale,
        variant=body.variant,
        width=body.width,
        height=body.height,
    )


def format_of(name: str) -> str:
    """The format as URLs write it."""
    return "jpg" if name == "jpeg" else name


async def create_url(request: Request) -> Response:
    """Check variables against the template and sign their URL."""
    services = require_sight(request)
    body = await read_model(request, UrlRequest, services.settings.max_body_bytes)
    template = services.registry.get(body.template, body.options.version)
    link = make_link(
        template.compiled,
        body.variables,
        format_of(body.format),
        url_options(services, body.options, body.expires_in),
        signer=services.signer,
        base_url=services.settings.base_url,
    )
    answer = UrlAnswer(
        url=link.url,
        token_url=link.token_url,
        html=link.html,
        meta=link.meta,
        markdown=link.markdown,
        warnings=link.warnings,
    )
    return JSONResponse(answer.model_dump(), headers={"Cache-Control": "no-store"})
