"""The rooms of one running server, built from settings and handed to whoever needs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from renderer import DEFAULT_LIMITS, Limits
from server.assets import AssetLibrary, ImageSupply
from server.batch.assembly import open_batches
from server.batch.batches import Batches
from server.batch.deliveries import Deliverer, open_deliverer
from server.bindings import Complaints, LiveBindings, PushedBindings, UrlBindings
from server.clock import Clock, system_clock
from server.database import Database, open_database
from server.farming import RenderFarm, make_farm
from server.image_checks import ImageChecks
from server.images import ImageService
from server.keys import ApiKeys, api_keys, signing_keys, webhook_secrets
from server.live_plans import LivePlans
from server.metrics import Metrics
from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient, RemoteImages
from server.outgoing.images import BRIEF_SECONDS
from server.purging import EdgeCache, Purger, configured_cdns
from server.pushed import PushedData, Pushing
from server.registry import TemplateRegistry
from server.secrets import Secrets
from server.settings import Settings
from server.signing import UrlSigner
from server.store import JOURNAL_FILE, DiskStore, MemoryStore, PurgeJournal, RenderStore, TieredStore
from server.versions import VersionArchive

logger = logging.getLogger(__name__)

_DRAIN_SECONDS = 20.0
_ASSETS_OF_A_PICTURE = 4  # times the bytes of one image
_IMAGE_MEMORY_BYTES = 32_000_000  # for images from other servers; the disk has the rest
_PASSING_BYTES = 16_000_000  # for pictures that lack an image


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an endpoint may ask for."""

    settings: Settings
    signer: UrlSigner
    api_keys: ApiKeys
    registry: TemplateRegistry
    store: RenderStore
    farm: RenderFarm
    images: ImageService
    image_checks: ImageChecks
    assets: AssetLibrary
    outgoing: OutgoingClient
    secrets: Secrets
    pushing: Pushing
    batches: Batches
    deliverer: Deliverer
    purger: Purger
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


def signer_of(settings: Settings) -> UrlSigner:
    """Signs with the keys of the settings or of the data folder. Raises ConfigurationError."""
    configured = [key.get_secret_value() for key in settings.signing_keys]
    return UrlSigner(signing_keys(configured, settings.data_dir))


def _callers(settings: Settings) -> ApiKeys:
    return ApiKeys(api_keys([key.get_secret_value() for key in settings.api_keys], settings.data_dir))


def _webhook_secrets(settings: Settings) -> list[str]:
    return webhook_secrets([secret.get_secret_value() for secret in settings.webhook_secrets], settings.data_dir)


@asynccontextmanager
async def _open_store(memory_bytes: int, folder: Path, disk_bytes: int) -> AsyncIterator[RenderStore]:
    memory = MemoryStore(memory_bytes, journal=PurgeJournal(folder / JOURNAL_FILE))
    store = TieredStore(memory, DiskStore(folder, disk_bytes)) if disk_bytes else memory
    await store.start()
    try:
        yield store
    finally:
        await store.close()


def _passing_store(settings: Settings, clock: Clock) -> RenderStore:
    journal = PurgeJournal(settings.data_dir / "renders" / JOURNAL_FILE)
    return MemoryStore(_PASSING_BYTES, journal=journal, seconds=BRIEF_SECONDS, timer=clock)


@asynccontextmanager
async def _open_registry(settings: Settings, limits: Limits) -> AsyncIterator[TemplateRegistry]:
    """All templates, read again when their files change."""
    registry = TemplateRegistry(settings.templates_dir, VersionArchive(settings.data_dir / "versions"), limits)
    await asyncio.to_thread(registry.load_all)
    stop = asyncio.Event()
    watcher = asyncio.create_task(registry.watch(stop))
    try:
        yield registry
    finally:
        stop.set()
        await watcher


@asynccontextmanager
async def _open_client(settings: Settings, metrics: Metrics) -> AsyncIterator[OutgoingClient]:
    guard = Guard(AllowedHosts.parse(settings.allowed_hosts))
    # In a thread, because the certificates of all authorities are read.
    client = await asyncio.to_thread(OutgoingClient, guard, metrics=metrics)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def _open_remote_images(
    settings: Settings, client: OutgoingClient, checks: ImageChecks, metrics: Metrics, clock: Clock
) -> AsyncIterator[RemoteImages]:
    folder = settings.data_dir / "images"
    async with _open_store(_IMAGE_MEMORY_BYTES, folder, settings.image_cache_bytes) as store:
        caps = Caps(settings.max_source_bytes, settings.fetch_timeout, settings.max_redirects)
        remote = RemoteImages(
            client,
            store,
            caps=caps,
            most=settings.max_remote_images,
            metrics=metrics,
            clock=clock,
            accept=checks.accept,
        )
        try:
            yield remote
        finally:
            await remote.close()


def _pushed_data(settings: Settings, database: Database, clock: Clock) -> PushedData:
    return PushedData(database, clock, settings.max_binding_bytes)


@asynccontextmanager
async def _open_live_plans(
    settings: Settings,
    registry: TemplateRegistry,
    client: OutgoingClient,
    secrets: Secrets,
    database: Database,
    metrics: Metrics,
    clock: Clock,
) -> AsyncIterator[LivePlans]:
    complaints = Complaints(clock)
    async with _open_store(0, settings.data_dir / "bindings", settings.binding_cache_bytes) as store:
        urls = UrlBindings(
            client,
            store,
            secrets,
            max_bytes=settings.max_binding_bytes,
            redirects=settings.max_redirects,
            metrics=metrics,
            clock=clock,
            complaints=complaints,
        )
        pushes = PushedBindings(_pushed_data(settings, database, clock), metrics=metrics, complaints=complaints)
        bindings = LiveBindings(urls, pushes, PurgeJournal(settings.data_dir / "renders" / JOURNAL_FILE))
        try:
            yield LivePlans(bindings, registry, complaints=complaints, limits=limits_of(settings), clock=clock)
        finally:
            await urls.close()


@asynccontextmanager
async def _open_purger(
    settings: Settings, store: RenderStore, images: ImageService, client: OutgoingClient
) -> AsyncIterator[Purger]:
    purger = Purger(
        store,
        images.key_of,
        images.signer,
        edge=EdgeCache(settings.edge_cache),
        cdns=configured_cdns(settings, client),
        public_url=settings.base_url,
        expire=images.live.expire,
    )
    try:
        yield purger
    finally:
        await purger.close()


def _image_service(
    settings: Settings,
    signer: UrlSigner,
    registry: TemplateRegistry,
    store: RenderStore,
    live: LivePlans,
    remote: ImageSupply,
    farm: RenderFarm,
    metrics: Metrics,
    clock: Clock,
) -> ImageService:
    return ImageService(
        signer=signer,
        registry=registry,
        store=store,
        passing=_passing_store(settings, clock),
        live=live,
        remote=remote,
        farm=farm,
        metrics=metrics,
        limits=limits_of(settings),
        clock=clock,
        max_url_length=settings.max_url_length,
    )


@dataclass(frozen=True, slots=True)
class Studio:
    """Everything that renders pictures, also where there is no server."""

    registry: TemplateRegistry
    store: RenderStore
    farm: RenderFarm
    images: ImageService
    image_checks: ImageChecks
    assets: AssetLibrary
    outgoing: OutgoingClient
    secrets: Secrets
    database: Database
    metrics: Metrics


@asynccontextmanager
async def open_studio(
    settings: Settings, signer: UrlSigner, clock: Clock = system_clock, farm: RenderFarm | None = None
) -> AsyncIterator[Studio]:
    """Start everything, and stop it in the opposite order. `farm` may have been started before.

    Raises:
        ConfigurationError: directories or the database can't be used.
    """
    limits = limits_of(settings)
    if farm is None:
        farm = make_farm(settings)
        # The processes start first: they need longest, and nothing below waits for them.
        farm.start()
    try:
        metrics, secrets = Metrics(), Secrets(settings.binding_secrets)
        checks = ImageChecks(farm, limits)
        assets = AssetLibrary(settings.data_dir / "assets", max_bytes=settings.asset_bytes, clock=clock)
        async with (
            _open_registry(settings, limits) as registry,
            _open_store(settings.memory_cache_bytes, settings.data_dir / "renders", settings.disk_cache_bytes) as store,
            _open_client(settings, metrics) as client,
            _open_remote_images(settings, client, checks, metrics, clock) as remote,
            open_database(settings.database_url.get_secret_value(), settings.data_dir) as database,
            _open_live_plans(settings, registry, client, secrets, database, metrics, clock) as live,
        ):
            supply = ImageSupply(remote, assets, max_bytes=settings.max_source_bytes * _ASSETS_OF_A_PICTURE)
            images = _image_service(settings, signer, registry, store, live, supply, farm, metrics, clock)
            yield Studio(registry, store, farm, images, checks, assets, client, secrets, database, metrics)
            await farm.drain(_DRAIN_SECONDS)
    finally:
        await farm.stop()


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock = system_clock, farm: RenderFarm | None = None
) -> AsyncIterator[Services]:
    """Start everything, and stop it in the opposite order. `farm` may have been started before.

    Raises:
        ConfigurationError: keys, directories or the database can't be used.
    """
    signer, callers, webhooks = signer_of(settings), _callers(settings), _webhook_secrets(settings)
    async with (
        open_studio(settings, signer, clock, farm) as studio,
        _open_purger(settings, studio.store, studio.images, studio.outgoing) as purger,
        open_deliverer(studio.database, studio.outgoing, webhooks, metrics=studio.metrics, clock=clock) as deliverer,
        open_batches(settings, studio.database, studio.images, clock, deliverer.expect) as batches,
    ):
        pushed = _pushed_data(settings, studio.database, clock)
        yield Services(
            settings=settings,
            signer=signer,
            api_keys=callers,
            registry=studio.registry,
            store=studio.store,
            farm=studio.farm,
            images=studio.images,
            image_checks=studio.image_checks,
            assets=studio.assets,
            outgoing=studio.outgoing,
            secrets=studio.secrets,
            pushing=Pushing(studio.registry, pushed, purger, batches.pushed),
            batches=batches,
            deliverer=deliverer,
            purger=purger,
            metrics=studio.metrics,
            limits=limits_of(settings),
            clock=clock,
        )
