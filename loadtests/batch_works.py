"""What renders batches while they are measured: a server alone, or a server and workers beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.backing import running_postgresql, running_redis
from loadtests.servers import Origin, running_origin, running_worker


@dataclass(frozen=True, slots=True)
class Works:
    """A running server, and by their names all processes to be watched: Signet's own, and services it uses."""

    origin: Origin
    programs: Mapping[str, int]
    services: Mapping[str, int]


@contextmanager
def running_works(data_dir: Path, workers: int, settings: Mapping[str, str]) -> Iterator[Works]:
    """A server that renders batches itself; or with so many workers, over one data folder (docs/batch-machines.md).

    Each has its share of the cores, one render process at least: on two cores two workers with two processes each would
    only take turns.
    """
    with ExitStack() as stack:
        if not workers:
            origin = stack.enter_context(running_origin(data_dir, **settings))
            yield Works(origin, {"server": origin.process.pid}, {})
            return
        database = stack.enter_context(running_postgresql())
        redis = stack.enter_context(running_redis())
        shared = {
            **settings,
            "SIGNET_BATCH_ENGINE": "celery",
            "SIGNET_DATABASE_URL": database.url,
            "SIGNET_CELERY_BROKER": redis.url,
            "SIGNET_RENDERERS": str(max(1, len(os.sched_getaffinity(0)) // workers)),
        }
        origin = stack.enter_context(running_origin(data_dir, **shared))
        programs = {"server": origin.process.pid}
        for number in range(1, workers + 1):
            log = data_dir.with_name(f"{data_dir.name}-worker-{number}.log")
            programs[f"worker {number}"] = stack.enter_context(running_worker(origin, log, **shared)).pid
        yield Works(origin, programs, {"PostgreSQL": database.process.pid, "Redis": redis.process.pid})
