"""`signet serve` or `signet worker` that fail when a row wants it, and whose leases are over soon.

python -m tests.batch_crash serve|worker
"""

from __future__ import annotations

import sys
from unittest import mock

from server import running, services
from server.batch.ledger import chunks
from server.farm.dispatcher import Farm
from server.farming import RenderFarm
from server.settings import Settings, load_settings

LEASE_SECONDS = 6.0  # so that nobody waits long for what a killed worker had


def faulty_farm(settings: Settings) -> RenderFarm:
    """The render farm of the settings with another task."""
    return Farm(
        "tests.batch_crash.faulty_task:run",
        "tests.batch_crash.faulty_task:initialize",
        workers=settings.render_processes,
        queue_limit=settings.queue_limit,
        timeout=settings.render_timeout,
    )


def main() -> None:
    """Run until a signal ends it."""
    with (
        mock.patch.object(chunks, "LEASE_SECONDS", LEASE_SECONDS),
        mock.patch.object(running, "make_farm", faulty_farm),
        mock.patch.object(services, "make_farm", faulty_farm),
    ):
        if sys.argv[1] == "worker":
            from server.batch.distributed.process import run_worker

            run_worker(load_settings(), concurrency=2)
        else:
            running.run_server(load_settings())


if __name__ == "__main__":
    main()
