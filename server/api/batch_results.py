"""/v1/batches/{batch}/results.… and errors.csv: what came of a batch, as files that are sent while they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import StreamingResponse

from server.api.access import require_sight
from server.api.answers import NO_STORE
from server.api.batches import job_of_request
from server.batch.errors import WrongState
from server.batch.results import columns_of, errors_csv, results_csv, results_json, results_ndjson, results_zip


async def batch_results_csv(request: Request) -> StreamingResponse:
    """A line for each picture."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    ledger = services.batches.ledger
    columns = job.columns or await columns_of(ledger.all_rows(job.id))
    return _file(results_csv(ledger.all_rows(job.id), columns), "text/csv; charset=utf-8", f"{job.id}.csv")


async def batch_results_json(request: Request) -> StreamingResponse:
    """The batch and all its rows as one document."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    body = results_json(services.batches.document(job), services.batches.ledger.all_rows(job.id))
    return _file(body, "application/json", f"{job.id}.json")


async def batch_results_ndjson(request: Request) -> StreamingResponse:
    """A document for each row."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    body = results_ndjson(services.batches.ledger.all_rows(job.id))
    return _file(body, "application/x-ndjson", f"{job.id}.ndjson")


async def batch_results_zip(request: Request) -> StreamingResponse:
    """All pictures by name."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    if job.status == "validating":
        raise WrongState("The rows are not all read yet; ask again shortly.")
    names = await services.batches.names.of(job)
    body = results_zip(job, services.batches.ledger.all_rows(job.id), names, services.store.get)
    return _file(body, "application/zip", f"{job.id}.zip")


async def batch_errors_csv(request: Request) -> StreamingResponse:
    """Failed rows as they came, with what is wrong: to be mended and sent again."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    ledger = services.batches.ledger
    columns = job.columns or await columns_of(ledger.all_rows(job.id, "failed"))
    body = errors_csv(ledger.all_rows(job.id, "failed"), columns)
    return _file(body, "text/csv; charset=utf-8", f"{job.id}-errors.csv")


def _file(body: AsyncIterator[bytes], media_type: str, name: str) -> StreamingResponse:
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(body, headers=headers, media_type=media_type)
