"""/v1/templates: list, describe, render."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from renderer import MEDIA_TYPES, describe_bindings, example_of, json_schema
from renderer.errors import TemplateError
from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.bodies import read_model
from server.api.models import (
    BindingBody,
    BrokenTemplateBody,
    DiagnosticBody,
    ExaminedRequest,
    RenderAnswer,
    TemplateDetail,
    TemplateList,
    TemplateSummary,
)
from server.api.urls import link_members, options_of, plan_and_sign
from server.diagnostics import binding_findings, diagnostics_json
from server.errors import from_renderer
from server.faults import Fault, fault_in_bundle
from server.plans import ttl_of
from server.registry import Template, TemplateRegistry
from server.requests import UNREMARKABLE
from server.timings import Timings
from server.validators import cache_status, etag, if_none_match, server_timing


async def list_templates(request: Request) -> Response:
    """All templates with their variables. Answers 304 to whoever has the list, so that asking often is cheap."""
    registry = require_sight(request).registry
    tag = _tag_of(registry)
    headers = {"Cache-Control": "private, no-cache", "ETag": tag}
    if if_none_match(request.headers.get("if-none-match"), tag):
        request.scope[UNREMARKABLE] = True  # an open gallery asks every second
        return Response(status_code=304, headers=headers)
    return json_answer(_list(registry), headers)


async def get_template(request: Request) -> Response:
    """One template with its example and versions."""
    registry = require_sight(request).registry
    template = registry.get(request.path_params["name"])
    try:
        summary = _summary(template)
    except TemplateError as error:
        raise from_renderer(error) from error
    detail = TemplateDetail(
        **summary,
        versions=[digest[:16] for digest in registry.archive.versions(template.name)],
        diagnostics=_diagnostics(diagnostics_json(template.compiled.diagnostics)),
        bindings=[BindingBody.model_validate(one) for one in describe_bindings(template.compiled.manifest)],
    )
    return json_answer(detail, NO_STORE)


async def render_template(request: Request) -> Response:
    """Render now and keep the picture where its signed URL finds it."""
    services = require_sight(request)
    body = await read_model(request, ExaminedRequest, services.settings.max_body_bytes)
    template = services.registry.get(request.path_params["name"], body.options.version)
    plan, link = plan_and_sign(services, template, body, options_of(body, template))
    timings = Timings()
    picture = await services.images.picture(plan, timings)
    meta = picture.render.meta
    found = meta["diagnostics"] if isinstance(meta["diagnostics"], list) else []
    if body.examine:
        found = found + await services.images.examined(picture.plan)
    answer = RenderAnswer.model_validate(
        link_members(link)
        | {
            "etag": etag(picture.plan.key),
            "width": meta["width"],
            "height": meta["height"],
            "bytes": len(picture.render.body),
            "state": picture.plan.state,
            "cached": picture.forward is None,
            "diagnostics": binding_findings(picture.plan.problems) + found,
        }
    )
    headers = NO_STORE | {
        "Server-Timing": server_timing(timings.items()),
        "Cache-Status": cache_status(forward=picture.forward, stored=picture.forward is not None),
    }
    return json_answer(answer, headers)


def _list(registry: TemplateRegistry) -> TemplateList:
    found, broken = [], dict(registry.broken)
    for name in registry.names:
        try:
            found.append(TemplateSummary(**_summary(registry.get(name))))
        except TemplateError as error:
            broken[name] = fault_in_bundle(error, registry.get(name).compiled.bundle)
    return TemplateList(templates=found, broken=[_broken(name, fault) for name, fault in sorted(broken.items())])


def _tag_of(registry: TemplateRegistry) -> str:
    """The list is a function of versions and errors, which are far cheaper to read than the list is to write."""
    digest = hashlib.sha256()
    for name in registry.names:
        digest.update(f"{name} {registry.get(name).compiled.digest}\n".encode())
    for name, fault in sorted(registry.broken.items()):
        digest.update(f"{name} {fault} {fault.source_line}\n".encode())
    return etag(digest.hexdigest()[:32])


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
        "formats": [name for name in MEDIA_TYPES if not manifest.formats or name in manifest.formats],
        "variants": sorted(manifest.variants),
        "locale": manifest.locale,
        "locales": list(manifest.locales),
        "allow_size": manifest.allow_size,
        "variables": json_schema(manifest),
        "example": example_of(template.compiled),
    }


def _broken(name: str, fault: Fault) -> BrokenTemplateBody:
    place, message = fault.position, fault.error.message
    if place is None:
        return BrokenTemplateBody(name=name, message=message)
    return BrokenTemplateBody(
        name=name,
        message=message,
        file=place.file,
        line=place.line,
        column=place.column,
        source_line=fault.source_line,
    )


def _diagnostics(found: list[Any]) -> list[DiagnosticBody]:
    return [DiagnosticBody.model_validate(item) for item in found]
