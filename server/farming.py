"""The render farm of a server, in a module of its own: its processes start before the rest of the server is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from server.farm.dispatcher import Farm
from server.settings import Settings

if TYPE_CHECKING:
    from renderer import RenderResult
    from server.render_task import RenderJob

_RESERVED = 1  # process that batches leave free while live requests come in, unless there is no other

RenderFarm: TypeAlias = "Farm[RenderJob, RenderResult]"


def make_farm(settings: Settings) -> RenderFarm:
    """The render farm that the settings describe, not yet started."""
    return Farm(
        "server.render_task:run",
        "server.render_task:initialize",
        workers=settings.render_processes,
        queue_limit=settings.queue_limit,
        timeout=settings.render_timeout,
        max_memory_bytes=settings.worker_memory_limit,
        max_jobs_per_worker=settings.worker_max_renders or 2**62,
        reserve_for_live=_RESERVED,
    )
