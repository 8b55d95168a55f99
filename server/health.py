"""`/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from renderer.errors import RendererError
from server.canary import canary_job
from server.farm.errors import FarmError
from server.services import Services

_CANARY_SECONDS = 5.0


async def livez(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """Ready: a render process really renders a picture, and the queue has room."""
    services: Services = request.app.state.services
    stats = services.farm.stats()
    problems = {}
    if stats.queued_live >= services.settings.queue_limit:
        problems["queue"] = "full"
    farm = await _canary(services)
    if farm:
        problems["farm"] = farm
    body = {"status": "unready" if problems else "ready", **problems}
    return JSONResponse(body, 503 if problems else 200, headers={"Cache-Control": "no-store"})


async def _canary(services: Services) -> str:
    """Render the canary, or say what is wrong. Probes at the same time share one render."""
    try:
        job = await asyncio.to_thread(canary_job, services.registry.archive, services.limits)
        async with asyncio.timeout(_CANARY_SECONDS):
            await services.farm.run(job, key="canary")
    except TimeoutError:
        return f"no picture within {_CANARY_SECONDS:g} s"
    except (OSError, RendererError, FarmError) as error:
        return f"the canary render failed: {type(error).__name__}"
    return ""


async def metrics(request: Request) -> Response:
    """Counters for Prometheus. The edge configuration does not expose it."""
    services: Services = request.app.state.services
    stats = services.farm.stats()
    counters = stats.counters
    gauges: dict[str, float] = {
        "outgoing_circuits_open": services.outgoing.breakers.open,
        "queue_live": stats.queued_live,
        "queue_batch": stats.queued_batch,
        "renders_running": stats.running,
        "render_processes": stats.workers,
        "farm_completed": counters.completed,
        "farm_timeouts": counters.timeouts,
        "farm_crashes": counters.crashes,
        "farm_rejected": counters.rejected,
        "farm_shared": counters.shared,
        "farm_restarts": counters.restarts,
        "farm_recycled": counters.recycled,
    }
    gauges |= await services.batches.gauges()
    text = services.metrics.exposition(gauges)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4", headers={"Cache-Control": "no-store"})
