"""Batches of one server, put together from settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.batch.batches import Batches
from server.batch.embedded import EmbeddedEngine
from server.batch.ingest import Ingest
from server.batch.ledger import Ledger
from server.batch.options import ChecksBody
from server.batch.records import Finding
from server.batch.rendering import RowRenderer
from server.batch.warming import EdgeWarmer, warm_step
from server.batch.work import Worker, render_step
from server.clock import Clock
from server.database import Database
from server.images import ImageService, Picture
from server.settings import Settings


async def no_findings(images: ImageService, picture: Picture, checks: ChecksBody) -> tuple[tuple[Finding, ...], None]:
    """Nothing to say about any picture."""
    return (), None


FOLDER = "batches"
"""Where uploads are, in the data folder."""


@asynccontextmanager
async def open_batches(
    settings: Settings, database: Database, images: ImageService, clock: Clock
) -> AsyncIterator[Batches]:
    """Batches at work. Raises ConfigurationError."""
    folder = settings.data_dir / FOLDER
    ledger = Ledger(database, clock)
    ingest = Ingest(ledger, images, folder, settings.batch_max_rows)
    warmer = EdgeWarmer(settings.base_url, settings.edge_url)
    worker = Worker(
        ledger,
        {
            "ingest": ingest.run,
            "render": render_step(ledger, RowRenderer(images, settings.base_url, no_findings)),
            "warm": warm_step(ledger, warmer),
        },
    )
    engine = await asyncio.to_thread(EmbeddedEngine, ledger, worker, folder)
    batches = Batches(ledger, images.registry, settings, folder, engine.home, clock)
    await batches.start(engine)
    try:
        yield batches
    finally:
        await batches.stop()
        await warmer.close()
