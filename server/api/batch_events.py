"""/v1/batches/{batch}/events: what becomes of a batch, as it happens (Server-Sent Events, WHATWG HTML section 9.2).

An event is the batch as it is then. Its id is the batch's sequence number, so whoever comes back with the last one it
has seen is told at once if there is anything new, also by another server or after a restart.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import StreamingResponse

from server.api.access import require_sight
from server.api.batches import job_of_request
from server.batch.batches import Batches
from server.batch.errors import UnknownBatch
from server.batch.records import Job
from server.database import DatabaseUnavailable

_LOOK_SECONDS: Final = 0.5
_ALIVE_SECONDS: Final = 15.0  # proxies end connections on which nothing comes for 60 s or so
_RETRY_MILLISECONDS: Final = 2000
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold events back


async def batch_events(request: Request) -> StreamingResponse:
    """Progress until the batch is finished."""
    services = require_sight(request)
    job = await job_of_request(request, services)
    seen = request.headers.get("last-event-id", "")
    events = _events(services.batches, job, int(seen) if seen.isdecimal() and len(seen) < 12 else 0)
    return StreamingResponse(events, headers=_HEADERS, media_type="text/event-stream")


async def _events(batches: Batches, job: Job, seen: int) -> AsyncIterator[str]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n"
    loop = asyncio.get_running_loop()
    spoken = loop.time()
    while True:
        if job.sequence != seen or job.finished:
            seen, spoken = job.sequence, loop.time()
            yield _event(batches, job)
            if job.finished:
                return
        elif loop.time() > spoken + _ALIVE_SECONDS:
            spoken = loop.time()
            yield ": nothing new\n\n"
        await asyncio.sleep(_LOOK_SECONDS)
        if batches.ending:
            return  # clients come back with the last id they have seen
        try:
            job = await batches.ledger.get(job.id)
        except UnknownBatch:
            yield f"event: deleted\ndata: {json.dumps({'id': job.id})}\n\n"
            return
        except DatabaseUnavailable:
            continue


def _event(batches: Batches, job: Job) -> str:
    name = "done" if job.finished else "progress"
    data = json.dumps(batches.document(job), ensure_ascii=False, separators=(",", ":"))
    return f"id: {job.sequence}\nevent: {name}\ndata: {data}\n\n"
