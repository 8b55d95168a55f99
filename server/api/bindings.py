"""/v1/bindings/{template}/{name}: push data, merge into it, read it back, delete it; and webhooks that do so."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from renderer import canonical_json
from renderer.errors import ValuesError
from renderer.expressions import Value, from_json
from server.api.access import require_sight, services_of
from server.api.answers import NO_STORE, json_answer
from server.api.binding_models import PushAnswer, UnpushAnswer
from server.api.bodies import read_body
from server.errors import MalformedBody, UnsupportedMediaType
from server.pushed import Change, Condition, InvalidDelivery, Place, PushedRecord
from server.pushed.errors import UnknownBinding
from server.services import Services
from server.validators import etag, if_none_match
from server.webhooks import InvalidSignature, verify

JSON_TYPE: Final = "application/json"
MERGE_TYPE: Final = "application/merge-patch+json"
_TAG: Final = re.compile(r'\*|(?:W/)?"([^"]*)"')


async def put_data(request: Request) -> Response:
    """Put data in the place of what is there: 201 if nothing was."""
    services = require_sight(request)
    place = _place(request, services)
    value = await _read(request, services, (JSON_TYPE,))
    return _answer(place, await services.pushing.replace(place, value, _condition(request)))


async def patch_data(request: Request) -> Response:
    """Merge into what is there (RFC 7396)."""
    services = require_sight(request)
    place = _place(request, services)
    patch = await _read(request, services, (MERGE_TYPE, JSON_TYPE))
    return _answer(place, await services.pushing.merge(place, patch, _condition(request)))


async def get_data(request: Request) -> Response:
    """What was pushed last."""
    services = require_sight(request)
    place = _place(request, services)
    record = await services.pushing.get(place)
    headers = {"Cache-Control": "private, no-cache", "ETag": etag(record.tag)}
    if if_none_match(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    # Written by hand, since numbers of the data keep all their digits only so.
    members = {name: value for name, value in _members(place, record).items() if value is not None}
    body = f'{json.dumps(members)[:-1]}, "data": {canonical_json(record.value)}}}'
    return Response(body, headers=headers, media_type=JSON_TYPE)


async def delete_data(request: Request) -> Response:
    """Forget what was pushed."""
    services = require_sight(request)
    place = _place(request, services)
    deleted = await services.pushing.delete(place, _condition(request))
    answer = UnpushAnswer(template=place.template, name=place.binding, key=place.key or None, deleted=deleted)
    return json_answer(answer, NO_STORE)


async def take_webhook(request: Request) -> Response:
    """Data from a sender that has no API key but signs what it sends (Standard Webhooks)."""
    services = services_of(request)
    place = _place(request, services)
    _, binding = services.pushing.binding(place.template, place.binding)
    if binding.webhook_secret is None:
        raise UnknownBinding("This binding takes no webhooks: its manifest names no webhook_secret.")
    body = await read_body(request, services.settings.max_binding_bytes)
    secrets = services.secrets.resolve(binding.webhook_secret.removeprefix("env:")).split()
    try:
        message = verify(request.headers, body, secrets, services.clock())
    except InvalidSignature as error:
        raise InvalidDelivery(str(error)) from None
    value = _parsed(body)
    act = services.pushing.merge if binding.webhook == "merge" else services.pushing.replace
    return _answer(place, await act(place, value, message=message.id))


def _place(request: Request, services: Services) -> Place:
    return services.pushing.place(
        request.path_params["template"], request.path_params["name"], request.query_params.get("key", "")
    )


async def _read(request: Request, services: Services, types: tuple[str, ...]) -> Value:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in types:
        raise UnsupportedMediaType(f"Send the data as {' or '.join(types)}.")
    return _parsed(await read_body(request, services.settings.max_binding_bytes))


def _parsed(body: bytes) -> Value:
    try:
        return from_json(body, "data")
    except ValuesError as error:
        raise MalformedBody(f"The body cannot be used: {error.message}.") from None


def _condition(request: Request) -> Condition:
    """If-Match and If-None-Match (RFC 9110 section 13.1) of a change."""
    match = request.headers.get("if-match")
    tags = None if match is None else tuple(found[1] or "*" for found in _TAG.finditer(match))
    return Condition(tags, absent=request.headers.get("if-none-match", "").strip() == "*")


def _answer(place: Place, change: Change) -> Response:
    members = _members(place, change.record) | {"changed": change.changed}
    response = json_answer(PushAnswer.model_validate(members), NO_STORE | {"ETag": etag(change.record.tag)})
    response.status_code = 201 if change.created else 200
    return response


def _members(place: Place, record: PushedRecord) -> dict[str, object]:
    moment = datetime.fromtimestamp(record.pushed_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "template": place.template,
        "name": place.binding,
        "key": place.key or None,
        "version": record.version,
        "digest": record.digest,
        "pushed_at": moment,
    }
