"""PUT and DELETE of /v1/templates/{name}: publish, and take back."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from renderer.errors import ValueProblem
from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.models import DiagnosticBody, PublishAnswer, UnpublishAnswer
from server.api.uploads import read_bundle
from server.diagnostics import diagnostics_json
from server.errors import InvalidValues
from server.publishing import publish

_BOOLEANS = {"true": True, "1": True, "": True, "false": False, "0": False}


async def put_template(request: Request) -> Response:
    """Publish a template: 201 for a new template or version, 200 if it was there before."""
    services = require_sight(request)
    bundle = await read_bundle(request, request.path_params["name"], services.settings.max_body_bytes)
    published = await publish(services, bundle)
    answer = PublishAnswer(
        name=bundle.name,
        version=published.template.version,
        created=published.created,
        warnings=[DiagnosticBody.model_validate(found) for found in diagnostics_json(published.warnings)],
    )
    response = json_answer(answer, NO_STORE)
    response.status_code = 201 if published.created else 200
    return response


async def delete_template(request: Request) -> Response:
    """Take back what was published. Pinned versions stay unless `force` asks for their removal, too."""
    services = require_sight(request)
    name, force = request.path_params["name"], _boolean(request, "force")
    registry = services.registry
    versions = await asyncio.to_thread(registry.unpublish, name, remove_versions=force)
    renders = (await services.purger.purge_tags([f"template:{name}"])).origin if force else 0
    current = registry.get(name).version if name in registry.names else None
    answer = UnpublishAnswer(name=name, current=current, removed_versions=versions, removed_renders=renders)
    return json_answer(answer, NO_STORE)


def _boolean(request: Request, parameter: str) -> bool:
    text = request.query_params.get(parameter)
    if text is None:
        return False
    if text.lower() not in _BOOLEANS:
        raise InvalidValues([ValueProblem(parameter, "is neither true nor false", "true or false", text[:40])])
    return _BOOLEANS[text.lower()]
