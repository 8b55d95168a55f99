"""POST /v1/purge: forget pictures before their time."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.bodies import read_model
from server.api.models import PurgeAnswer, PurgeRequest
from server.purging import read_wanted


async def purge_pictures(request: Request) -> Response:
    """Forget at the origin, at nginx on its machine and at all configured CDNs.

    200 says that the origin has forgotten; what became of the others is in the answer, so that the failure of one hides
    nothing about the rest, and a caller may repeat the call: purging twice does no harm.
    """
    services = require_sight(request)
    body = await read_model(request, PurgeRequest, services.settings.max_body_bytes)
    wanted = read_wanted(
        tags=body.tags,
        urls=body.urls,
        templates=body.templates,
        bindings=body.bindings,
        everything=body.everything,
        public_url=services.settings.base_url,
        max_url_length=services.settings.max_url_length,
    )
    purged = await services.purger.purge(wanted)
    answer = PurgeAnswer(origin=purged.origin, edge=purged.edge, cdn=dict(purged.cdn), warnings=list(purged.warnings))
    return json_answer(answer, NO_STORE)
