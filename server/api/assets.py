"""/v1/assets: upload an image once, list, describe, fetch, delete."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from renderer.errors import AssetError
from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.models import AssetAnswer, AssetList, AssetRemovedAnswer, AssetStoredAnswer
from server.api.uploads import read_file
from server.assets import AssetRecord
from server.assets.errors import InvalidAsset, UnknownAsset
from server.assets.names import SCHEME, asset_tag, is_asset_name
from server.farm.errors import FarmError
from server.services import Services
from server.translation import from_farm
from server.validators import etag, if_none_match

_PRIVATE = "private, no-cache"
# An SVG may hold scripts. Pictures that show it never run them, and neither shall a browser that opens it here.
_HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def list_assets(request: Request) -> Response:
    """All assets by name. Answers 304 to whoever has the list."""
    records = require_sight(request).assets.all()
    tag = _tag_of(f"{record.name} {record.digest} {record.updated_at}" for record in records)
    headers = {"Cache-Control": _PRIVATE, "ETag": tag}
    if if_none_match(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return json_answer(AssetList(assets=[AssetAnswer.model_validate(_members(record)) for record in records]), headers)


async def get_asset(request: Request) -> Response:
    """What is known of one asset; its bytes for who would rather have an image."""
    services = require_sight(request)
    record = services.assets.get(request.path_params["name"])
    if _prefers_image(request.headers.get("accept", "")):
        response = await _content(request, services, record)
    else:
        tag = _tag_of([f"{record.digest} {record.updated_at}"])
        headers = {"Cache-Control": _PRIVATE, "ETag": tag}
        known = if_none_match(request.headers.get("if-none-match"), tag)
        answer = AssetAnswer.model_validate(_members(record))
        response = Response(status_code=304, headers=headers) if known else json_answer(answer, headers)
    response.headers["Vary"] = "Accept"
    return response


async def get_asset_content(request: Request) -> Response:
    """The bytes of an asset as they were uploaded."""
    services = require_sight(request)
    return await _content(request, services, services.assets.get(request.path_params["name"]))


async def put_asset(request: Request) -> Response:
    """Keep an image under a name: 201 if the name is new, 200 if it had an image, be it another or the same."""
    services = require_sight(request)
    name = request.path_params["name"]
    if not is_asset_name(name):
        raise InvalidAsset(
            f"{name[:80]!r} is no name of an asset: use 1 to 64 lower-case letters, digits, dots, hyphens and "
            "underscores, and begin with a letter or digit."
        )
    data = await read_file(request, services.settings.max_source_bytes)
    digest = hashlib.sha256(data).hexdigest()
    try:
        facts = await services.image_checks.facts(data, digest)
    except AssetError as error:
        raise InvalidAsset(f"The upload cannot be used as an image: {error.message}.") from None
    except FarmError as error:
        raise from_farm(error) from error
    stored = await services.assets.put(name, data, digest, facts)
    removed = (await services.purger.purge_tags([asset_tag(name)])).origin if stored.changed else 0
    answer = AssetStoredAnswer.model_validate(
        _members(stored.record) | {"changed": stored.changed, "removed_renders": removed}
    )
    response = json_answer(answer, NO_STORE)
    response.status_code = 201 if stored.created else 200
    return response


async def delete_asset(request: Request) -> Response:
    """Take an asset away. Pictures that name it show their placeholder from now on."""
    services = require_sight(request)
    record = await services.assets.delete(request.path_params["name"])
    removed = (await services.purger.purge_tags([asset_tag(record.name)])).origin
    return json_answer(AssetRemovedAnswer(name=record.name, removed_renders=removed), NO_STORE)


async def _content(request: Request, services: Services, record: AssetRecord) -> Response:
    tag = etag(record.digest)
    headers = {"Cache-Control": _PRIVATE, "ETag": tag}
    if if_none_match(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    data = await services.assets.content(record)
    if data is None:
        raise UnknownAsset(f"The content of {record.name} is lost; upload it again.")
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": _HARMLESS}
    return Response(data, headers=headers, media_type=record.media_type)


def _prefers_image(accept: str) -> bool:
    """Whether images are asked for, and JSON is not (RFC 9110 section 12.5.1; weights make no difference here)."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return any(one.startswith("image/") for one in wanted) and "application/json" not in wanted


def _members(record: AssetRecord) -> dict[str, object]:
    return {
        "name": record.name,
        "url": SCHEME + record.name,
        "digest": record.digest,
        "media_type": record.media_type,
        "bytes": record.bytes,
        "width": record.width,
        "height": record.height,
        "created_at": _moment(record.created_at),
        "updated_at": _moment(record.updated_at),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tag_of(parts: Iterable[str]) -> str:
    return etag(hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32])
