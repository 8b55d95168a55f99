"""`signet serve` with render processes that note what they render and fail when a row wants it."""

from __future__ import annotations

from unittest import mock

from server import running
from server.farm.dispatcher import Farm
from server.farming import RenderFarm
from server.running import run_server
from server.settings import Settings, load_settings


def faulty_farm(settings: Settings) -> RenderFarm:
    """The render farm of the settings with another task."""
    return Farm(
        "tests.batch_crash.faulty_task:run",
        "tests.batch_crash.faulty_task:initialize",
        workers=settings.render_processes,
        queue_limit=settings.queue_limit,
        timeout=settings.render_timeout,
    )


if __name__ == "__main__":
    with mock.patch.object(running, "make_farm", faulty_farm):
        run_server(load_settings())
