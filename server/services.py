"""The rooms of one running server, built from settings and handed to whoever needs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from renderer import DEFAULT_LIMITS, Limits, RenderResult
from server.clock import Clock, system_clock
from server.farm.dispatcher import Farm
from server.images import ImageService
from server.keys import ApiKeys, api_keys, signing_keys
from server.metrics import Metrics
from server.registry import TemplateRegistry
from server.render_task import RenderJob
from server.settings import Settings
from server.signing import UrlSigner
from server.store import DiskStore, MemoryStore, RenderStore, TieredStore
from server.versions import VersionArchive

logger = logging.getLogger(__name__)

_DRAIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an endpoint may ask for."""

    settings: Settings
    signer: UrlSigner
    api_keys: ApiKeys
    registry: TemplateRegistry
    store: RenderStore
    farm: Farm[RenderJob, RenderResult]
    images: ImageService
    metrics: Metrics
    limits: Limits
    clock: Clock


def limits_of(settings: Settings) -> Limits:
    """The renderer's caps as the settings want them."""
    return replace(
        DEFAULT_LIMITS,
        output_pixels=settings.max_output_pixels,
        source_pixels=settings.max_source_pixels,
        source_bytes=settings.max_source_bytes,
    )


def make_farm(settings: Settings) -> Farm[RenderJob, RenderResult]:
    """The render farm that the settings describe, not yet started."""
    return Farm(
        "server.render_task:run",
        "server.render_task:initialize",
        workers=settings.render_processes,
        queue_limit=settings.queue_limit,
        timeout=settings.render_timeout,
        max_memory_bytes=settings.worker_memory_limit,
        max_jobs_per_worker=settings.worker_max_renders or 2**62,
    )


def _secrets(settings: Settings) -> tuple[UrlSigner, ApiKeys]:
    configured = [key.get_secret_value() for key in settings.signing_keys]
    callers = [key.get_secret_value() for key in settings.api_keys]
    return (
        UrlSigner(signing_keys(configured, settings.data_dir)),
        ApiKeys(api_keys(callers, settings.data_dir)),
    )


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[RenderStore]:
    memory = MemoryStore(settings.memory_cache_bytes)
    disk = DiskStore(settings.data_dir / "renders", settings.disk_cache_bytes)
    store = TieredStore(memory, disk) if settings.disk_cache_bytes else memory
    await store.start()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Services]:
    """Start everything, and stop it in the opposite order.

    Raises:
        ConfigurationError: keys or directories can't be used.
    """
    signer, callers = _secrets(settings)
    limits = limits_of(settings)
    farm = make_farm(settings)
    # The processes start first: they need longest, and nothing below waits for them.
    farm.start()
    stop = asyncio.Event()
    watcher: asyncio.Task[None] | None = None
    try:
        registry = TemplateRegistry(settings.templates_dir, VersionArchive(settings.data_dir / "versions"), limits)
        await asyncio.to_thread(registry.load_all)
        watcher = asyncio.create_task(registry.watch(stop))
        async with _open_store(settings) as store:
            metrics = Metrics()
            images = ImageService(
                signer=signer,
                registry=registry,
                store=store,
                farm=farm,
                metrics=metrics,
                limits=limits,
                clock=clock,
                max_url_length=settings.max_url_length,
            )
            yield Services(settings, signer, callers, registry, store, farm, images, metrics, limits, clock)
            await farm.drain(_DRAIN_SECONDS)
    finally:
        stop.set()
        if watcher is not None:
            await watcher
        await farm.stop()
