"""/v1/batches: submit, list, describe, steer, delete."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from renderer.errors import ValueProblem
from server.api.access import require_sight
from server.api.answers import NO_STORE, json_answer
from server.api.batch_models import ExportTargets, RetryRequest
from server.api.bodies import read_model
from server.batch.answers import row_document
from server.batch.errors import UnknownBatch
from server.batch.ledger import ANY_FINDING, RowPage
from server.batch.options import RowStatus
from server.batch.reception import receive
from server.batch.records import Job
from server.errors import InvalidValues
from server.services import Services
from server.validators import etag, if_none_match

BATCH_ID_PATTERN: Final = "^batch_[0-9a-f]{24}$"

_PRIVATE: Final = "private, no-cache"
_LONGEST_KEY: Final = 255
_MOST: Final = 500
_MOST_FINDINGS: Final = 16
_FINDING: Final = "[a-z][a-z0-9-]{0,39}"
_POLL_SECONDS: Final = "2"


async def create_batch(request: Request) -> Response:
    """Take rows, and promise to render them: 202. 200 with the earlier job if the request came before."""
    services = require_sight(request)
    owner, key = owner_of(request), _idempotency_key(request)
    batches, settings = services.batches, services.settings
    await batches.admit(owner, key)
    upload = await receive(request, batches.folder, max_bytes=settings.batch_upload_bytes)
    job, new = await batches.submit(upload, owner, key)
    headers = {"Location": f"/v1/batches/{job.id}", "Retry-After": _POLL_SECONDS, **NO_STORE}
    return JSONResponse(batches.document(job), 202 if new else 200, headers)


async def list_batches(request: Request) -> Response:
    """Batches from the newest on."""
    services = require_sight(request)
    limit, cursor = _limit(request, 50), _cursor(request)
    before = None if cursor is None else (_number(cursor, "time"), _id(cursor))
    found = await services.batches.ledger.page(before, limit + 1)
    document: dict[str, Any] = {"batches": [services.batches.document(job) for job in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1]
        document["next_cursor"] = _as_cursor({"time": last.created_at, "id": last.id})
    return JSONResponse(document, headers={"Cache-Control": _PRIVATE})


async def list_exports(request: Request) -> Response:
    """Buckets that batches may be exported to."""
    services = require_sight(request)
    return json_answer(ExportTargets(buckets=list(services.settings.export_buckets)), NO_STORE)


async def get_batch(request: Request) -> Response:
    """One batch. Answers 304 to whoever has seen its last change."""
    services = require_sight(request)
    return job_answer(request, services, await job_of_request(request, services))


async def list_rows(request: Request) -> Response:
    """Rows in order, all or those of one status, or with some finding."""
    services = require_sight(request)
    limit, cursor, status = _limit(request, 100), _cursor(request), request.query_params.get("status")
    if status is not None and status not in get_args(RowStatus):
        raise InvalidValues([ValueProblem("status", f"is one of {', '.join(get_args(RowStatus))}.", got=status[:40])])
    findings = _findings(request)
    job = await job_of_request(request, services)
    first = 0 if cursor is None else int(_number(cursor, "row"))
    wanted = RowPage(first, limit + 1, status, findings=findings)  # type: ignore[arg-type]  # as was just checked
    found = await services.batches.ledger.rows(job.id, wanted)
    document: dict[str, Any] = {"rows": [row_document(row) for row in found[:limit]]}
    if len(found) > limit:
        document["next_cursor"] = _as_cursor({"row": found[limit].number})
    return JSONResponse(document, headers={"Cache-Control": _PRIVATE})


async def cancel_batch(request: Request) -> Response:
    """Stop a batch."""
    services = require_sight(request)
    return _changed(services, await services.batches.cancel(_batch_id(request)))


async def continue_batch(request: Request) -> Response:
    """Render the rows after the pilot."""
    services = require_sight(request)
    return _changed(services, await services.batches.approve(_batch_id(request)))


async def retry_batch(request: Request) -> Response:
    """Render rows again."""
    services = require_sight(request)
    wanted = RetryRequest.model_validate({})
    if request.headers.get("content-length") not in (None, "0") or "transfer-encoding" in request.headers:
        wanted = await read_model(request, RetryRequest, services.settings.max_body_bytes)
    return _changed(services, await services.batches.retry(_batch_id(request), wanted.rows, wanted.custom_ids))


async def delete_batch(request: Request) -> Response:
    """Forget a batch, whatever state it is in."""
    services = require_sight(request)
    batch = _batch_id(request)
    await services.batches.forget(batch)
    return JSONResponse({"id": batch, "deleted": True}, headers=NO_STORE)


def owner_of(request: Request) -> str:
    """Who asks, without the key itself: what limits count by and what the log names."""
    _, _, key = request.headers.get("authorization", "").partition(" ")
    return hashlib.sha256(key.strip().encode()).hexdigest()[:16] if key.strip() else "development"


async def job_of_request(request: Request, services: Services) -> Job:
    """The job that the path names. Raises UnknownBatch."""
    return await services.batches.ledger.get(_batch_id(request))


def job_answer(request: Request, services: Services, job: Job) -> Response:
    """The job as JSON, or 304."""
    tag = etag(f"{job.id}-{services.batches.revision(job)}")
    headers = {"Cache-Control": _PRIVATE, "ETag": tag}
    if not job.finished:
        headers["Retry-After"] = _POLL_SECONDS
    if if_none_match(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(services.batches.document(job), headers=headers)


def _changed(services: Services, job: Job) -> Response:
    return JSONResponse(services.batches.document(job), headers=NO_STORE)


def _batch_id(request: Request) -> str:
    batch: str = request.path_params["batch"]
    if "\0" in batch or len(batch) > 40:
        raise UnknownBatch("There is no batch of this id.")
    return batch


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isprintable():
        expected = f"1 to {_LONGEST_KEY} printable characters, such as a UUID"
        raise InvalidValues([ValueProblem("Idempotency-Key", "can't be one.", expected)])
    return key


def _limit(request: Request, default: int) -> int:
    text = request.query_params.get("limit", str(default))
    if text.isdecimal() and text.isascii() and len(text) < 6 and 1 <= int(text) <= _MOST:
        return int(text)
    raise InvalidValues([ValueProblem("limit", f"is a whole number from 1 to {_MOST}.", got=text[:40])])


def _findings(request: Request) -> tuple[str, ...]:
    text = request.query_params.get("finding")
    if text is None:
        return ()
    codes = tuple(dict.fromkeys(text.split(",")))
    if len(codes) > _MOST_FINDINGS or not all(re.fullmatch(_FINDING, code) for code in codes):
        expected = f"one to {_MOST_FINDINGS} codes such as blank, separated by commas, or {ANY_FINDING} for all of them"
        raise InvalidValues([ValueProblem("finding", "names no findings.", expected, text[:40])])
    return codes


def _as_cursor(place: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _cursor(request: Request) -> dict[str, Any] | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        place = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        place = None
    if not isinstance(place, dict):
        raise _unknown_cursor()
    return place


def _number(place: Mapping[str, Any], name: str) -> float:
    value = place.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
        return value
    raise _unknown_cursor()


def _id(place: Mapping[str, Any]) -> str:
    value = place.get("id")
    if isinstance(value, str) and re.fullmatch(BATCH_ID_PATTERN, value):
        return value
    raise _unknown_cursor()


def _unknown_cursor() -> InvalidValues:
    return InvalidValues([ValueProblem("cursor", "is none; take next_cursor of the answer before.")])
