"""/v1/bindings/{template}/{name}: push data, merge into it, read it back, delete it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from renderer.errors import ValueProblem, ValuesError
from renderer.expressions import Value, from_json
from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.binding_models import PushAnswer, UnpushAnswer
from server.api.bodies import read_body
from server.errors import InvalidValues, MalformedBody, UnsupportedMediaType
from server.pushed import Change, Condition, Place, PushedRecord
from server.services import Services
from server.validators import etag, if_none_match

JSON_TYPE: Final = "application/json"
MERGE_TYPE: Final = "application/merge-patch+json"
_TAG: Final = re.compile(r'\*|(?:W/)?"([^"]*)"')


async def put_data(request: Request) -> Response:
    """Put data in the place of what is there: 201 if nothing was."""
    services = require_sight(request)
    place = place_of(request, services)
    value = await _read(request, services, (JSON_TYPE,))
    return _answer(place, await services.pushing.replace(place, value, _condition(request)))


async def patch_data(request: Request) -> Response:
    """Merge into what is there (RFC 7396)."""
    services = require_sight(request)
    place = place_of(request, services)
    patch = await _read(request, services, (MERGE_TYPE, JSON_TYPE))
    return _answer(place, await services.pushing.merge(place, patch, _condition(request)))


async def get_data(request: Request) -> Response:
    """What was pushed last."""
    services = require_sight(request)
    place = place_of(request, services)
    record = await services.pushing.get(place)
    headers = {"Cache-Control": "private, no-cache", "ETag": etag(record.tag)}
    if if_none_match(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    # Written by hand, since numbers of the data keep all their digits only so.
    members = {name: value for name, value in told(place, record).items() if value is not None}
    body = f'{json.dumps(members)[:-1]}, "data": {record.text}}}'
    return Response(body, headers=headers, media_type=JSON_TYPE)


async def delete_data(request: Request) -> Response:
    """Forget what was pushed."""
    services = require_sight(request)
    place = place_of(request, services)
    deleted = await services.pushing.delete(place, _condition(request))
    answer = UnpushAnswer(template=place.template, name=place.binding, key=place.key or None, deleted=deleted)
    return json_answer(answer, NO_STORE)


def place_of(request: Request, services: Services) -> Place:
    """Which record the path and the parameter `key` name. Raises UnknownTemplate, UnknownBinding, InvalidValues."""
    keys = request.query_params.getlist("key")
    if len(keys) > 1:
        raise InvalidValues([ValueProblem("key", "is given twice")])
    return services.pushing.place(request.path_params["template"], request.path_params["name"], "".join(keys))


def told(place: Place, record: PushedRecord | None) -> dict[str, object]:
    """What answers say of a record."""
    members: dict[str, object] = {"template": place.template, "name": place.binding, "key": place.key or None}
    if record is None:
        return members
    moment = datetime.fromtimestamp(record.pushed_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return members | {"version": record.version, "digest": record.digest, "pushed_at": moment}


def parsed(body: bytes) -> Value:
    """A body as data. Raises MalformedBody."""
    try:
        return from_json(body, "data")
    except ValuesError as error:
        raise MalformedBody(f"The body cannot be used: {error.message}.") from None


async def _read(request: Request, services: Services, types: tuple[str, ...]) -> Value:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in types:
        raise UnsupportedMediaType(f"Send the data as {' or '.join(types)}.")
    return parsed(await read_body(request, services.settings.max_binding_bytes))


def _condition(request: Request) -> Condition:
    """If-Match and If-None-Match (RFC 9110 section 13.1) of a change."""
    match, unless = (_tags(request.headers.get(name)) for name in ("if-match", "if-none-match"))
    return Condition(match, absent="*" in (unless or ()), unless=unless or ())


def _tags(header: str | None) -> tuple[str, ...] | None:
    return None if header is None else tuple(found[1] or "*" for found in _TAG.finditer(header))


def _answer(place: Place, change: Change) -> Response:
    record = change.record
    assert record is not None  # noqa: S101 - only a webhook's message can leave none
    answer = PushAnswer.model_validate(told(place, record) | {"changed": change.changed})
    response = json_answer(answer, NO_STORE | {"ETag": etag(record.tag)})
    response.status_code = 201 if change.created else 200
    return response
