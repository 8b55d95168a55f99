"""/v1/templates: list, describe, render."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from renderer import example_of, json_schema
from renderer.errors import RendererError
from server.api.access import require_sight
from server.api.bodies import read_model
from server.api.models import (
    BrokenTemplateBody,
    DiagnosticBody,
    RenderAnswer,
    RenderRequest,
    TemplateDetail,
    TemplateList,
    TemplateSummary,
)
from server.api.urls import format_of, url_options
from server.diagnostics import diagnostics_json
from server.errors import from_renderer
from server.links import make_link, query_texts
from server.plans import make_plan, ttl_of
from server.registry import Template
from server.timings import Timings
from server.validators import cache_status, etag, server_timing

_NO_STORE = {"Cache-Control": "no-store"}


async def list_templates(request: Request) -> Response:
    """All templates with their variables."""
    services = require_sight(request)
    registry = services.registry
    answer = TemplateList(
        templates=[TemplateSummary(**_summary(registry.get(name))) for name in registry.names],
        broken=[BrokenTemplateBody(name=name, message=str(error)) for name, error in sorted(registry.broken.items())],
    )
    return JSONResponse(answer.model_dump(), headers=_NO_STORE)


async def get_template(request: Request) -> Response:
    """One template with its example and versions."""
    services = require_sight(request)
    template = services.registry.get(request.path_params["name"])
    detail = TemplateDetail(
        **_summary(template),
        example=example_of(template.compiled),
        versions=[digest[:16] for digest in services.registry.archive.versions(template.name)],
        diagnostics=_diagnostics(diagnostics_json(template.compiled.diagnostics)),
    )
    return JSONResponse(detail.model_dump(exclude_none=True, mode="json"), headers=_NO_STORE)


async def render_template(request: Request) -> Response:
    """Render now and keep the picture where its signed URL finds it."""
    services = require_sight(request)
    body = await read_model(request, RenderRequest, services.settings.max_body_bytes)
    template = services.registry.get(request.path_params["name"], body.options.version)
    options = url_options(services, body.options, None)
    image_format = format_of(body.format)
    link = make_link(
        template.compiled,
        body.variables,
        image_format,
        options,
        signer=services.signer,
        base_url=services.settings.base_url,
    )
    try:
        plan = make_plan(
            template,
            image_format,
            query_texts(body.variables),
            options,
            from_query=True,
            limits=services.limits,
            clock=services.clock,
        )
    except RendererError as error:
        raise from_renderer(error) from error
    timings = Timings()
    picture = await services.images.picture(plan, timings)
    meta = picture.render.meta
    answer = RenderAnswer(
        url=link.url,
        etag=etag(plan.key),
        width=_integer(meta["width"]),
        height=_integer(meta["height"]),
        bytes=len(picture.render.body),
        state="fresh",
        cached=picture.forward is None,
        diagnostics=_diagnostics(meta["diagnostics"]),
    )
    headers = _NO_STORE | {
        "Server-Timing": server_timing(timings.items()),
        "Cache-Status": cache_status(forward=picture.forward, stored=picture.forward is not None),
    }
    return JSONResponse(answer.model_dump(exclude_none=True), headers=headers)


def _summary(template: Template) -> dict[str, Any]:
    manifest = template.compiled.manifest
    return {
        "name": template.name,
        "title": manifest.title or template.name,
        "description": manifest.description,
        "version": template.version,
        "width": manifest.size.width,
        "height": manifest.size.height,
        "ttl": ttl_of(manifest),
        "variants": sorted(manifest.variants),
        "variables": json_schema(manifest),
    }


def _diagnostics(found: object) -> list[DiagnosticBody]:
    return [DiagnosticBody.model_validate(item) for item in found] if isinstance(found, list) else []


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0
