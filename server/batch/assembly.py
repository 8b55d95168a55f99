"""Batches of one server, put together from settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.batch.auditing import audited
from server.batch.batches import Batches
from server.batch.checks import findings_of
from server.batch.deliveries import announcer
from server.batch.embedded import EmbeddedEngine, Engine, home_of
from server.batch.export import Exports
from server.batch.finishing import compare_step, export_step, manifest_step
from server.batch.ingest import Ingest
from server.batch.ledger import Kind, Ledger
from server.batch.rendering import RowRenderer
from server.batch.results import NamesByJob
from server.batch.warming import EdgeWarmer, warm_step
from server.batch.work import Step, Worker, render_step
from server.canary import rendering_digest
from server.clock import Clock
from server.database import Database
from server.images import ImageService
from server.settings import Settings

FOLDER = "batches"
"""Where uploads are, in the data folder."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What work is done with: the ledger that has it, and the steps that do it, all but the reading of uploads."""

    ledger: Ledger
    exports: Exports
    names: NamesByJob
    steps: dict[Kind, Step]


@asynccontextmanager
async def open_bench(
    settings: Settings,
    database: Database,
    images: ImageService,
    clock: Clock,
    expect_webhook: Callable[[], None] | None = None,
) -> AsyncIterator[Bench]:
    """The same for a server and for a worker of its own; `expect_webhook` is told that one is about to be there.

    Raises:
        ConfigurationError.
    """
    announce = audited(announcer(settings.base_url, settings.batch_keep_seconds, expect_webhook))
    ledger = Ledger(database, clock, announce)
    exports, names = Exports(settings), NamesByJob(ledger.all_rows)
    warmer = EdgeWarmer(settings.base_url, settings.edge_url)
    steps: dict[Kind, Step] = {
        "render": render_step(ledger, RowRenderer(images, settings.base_url, findings_of), settings.disk_cache_bytes),
        "compare": compare_step(ledger),
        "export": export_step(ledger, exports, names, images.store.get),
        "manifest": manifest_step(ledger, exports, clock),
        "warm": warm_step(ledger, warmer),
    }
    try:
        yield Bench(ledger, exports, names, steps)
    finally:
        await warmer.close()
        await names.close()


@asynccontextmanager
async def open_batches(
    settings: Settings, database: Database, images: ImageService, clock: Clock, expect_webhook: Callable[[], None]
) -> AsyncIterator[Batches]:
    """Batches at work. Raises ConfigurationError."""
    folder = settings.data_dir / FOLDER
    async with open_bench(settings, database, images, clock, expect_webhook) as bench:
        ledger = bench.ledger
        ingest = Ingest(ledger, images, folder, settings.batch_max_rows, settings.batch_rows_per_day)
        home = await asyncio.to_thread(home_of, folder)
        engine: Engine
        if settings.batch_engine == "celery":
            engine = await asyncio.to_thread(_distributed, settings, ledger, ingest, home, images)
        else:
            engine = EmbeddedEngine(ledger, Worker(ledger, {"ingest": ingest.run, **bench.steps}), folder, home)
        batches = Batches(bench.ledger, bench.names, bench.exports, images.registry, settings, folder, home, clock)
        await batches.start(engine)
        try:
            yield batches
        finally:
            await batches.stop()


def _distributed(settings: Settings, ledger: Ledger, ingest: Ingest, home: str, images: ImageService) -> Engine:
    """Raises ConfigurationError."""
    # Imported where it is used: its libraries are an extra.
    from server.batch.distributed.broker import checked_broker

    broker = checked_broker(settings)
    from server.batch.distributed.doorbell import Doorbell
    from server.batch.distributed.engine import DistributedEngine
    from server.batch.distributed.messages import Ring, digest_of

    def present() -> Ring:
        templates = digest_of(images.registry)
        return Ring(home, settings.base_url, templates, rendering_digest(), images.signer.key_ids)

    doorbell = Doorbell(broker, present)
    return DistributedEngine(ledger, ingest.run, settings.data_dir / FOLDER, home, doorbell)
