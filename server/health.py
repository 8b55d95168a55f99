"""`/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from renderer import RenderResult, example_of
from renderer.errors import RendererError
from server.errors import SignetError
from server.farm.errors import FarmError
from server.plans import make_plan
from server.services import Services
from server.urls import Options

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
    """Render the first template's example, or say what is wrong. Equal probes in flight share one render."""
    health = services.farm.health()
    if not services.registry.names:
        return "" if health.ok else "no render process is running"
    try:
        await asyncio.wait_for(_render_example(services, services.registry.names[0]), _CANARY_SECONDS)
    except TimeoutError:
        return f"no picture within {_CANARY_SECONDS:g} s"
    except (SignetError, RendererError, FarmError) as error:
        return f"the canary render failed: {type(error).__name__}"
    return ""


async def _render_example(services: Services, name: str) -> RenderResult:
    template = services.registry.get(name)
    plan = make_plan(
        template,
        "jpg",
        example_of(template.compiled),
        Options(),
        from_query=False,
        limits=services.limits,
        clock=services.clock,
    )
    return await services.farm.run(plan.job, key=f"canary {plan.key}")


async def metrics(request: Request) -> Response:
    """Counters for Prometheus. The edge configuration does not expose it."""
    services: Services = request.app.state.services
    stats = services.farm.stats()
    counters = stats.counters
    gauges = {
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
    text = services.metrics.exposition({name: float(value) for name, value in gauges.items()})
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4", headers={"Cache-Control": "no-store"})
