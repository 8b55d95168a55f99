"""Purging without a server: the same tiers, reached through the data directory. Running servers notice."""

from __future__ import annotations

import asyncio

from renderer.errors import RendererError
from server.clock import system_clock
from server.errors import SignetError, from_renderer
from server.keys import signing_keys
from server.outgoing import AllowedHosts, Guard, OutgoingClient
from server.plans import make_plan
from server.purging.cdn import configured_cdns
from server.purging.edge_cache import EdgeCache
from server.purging.purger import Purged, Purger
from server.purging.wanted import Wanted
from server.registry import TemplateRegistry
from server.services import limits_of
from server.settings import Settings
from server.signing import UrlSigner
from server.store import JOURNAL_FILE, DiskStore, MemoryStore, PurgeJournal, TieredStore
from server.urls import ImageRequest
from server.versions import VersionArchive


async def purge_directly(settings: Settings, wanted: Wanted) -> Purged:
    """Forget at all tiers that can be reached from here; the journal tells servers that run on the same data.

    Raises:
        ConfigurationError: keys can't be read, or half of a CDN's settings is missing.
    """
    configured = [key.get_secret_value() for key in settings.signing_keys]
    signer = UrlSigner(signing_keys(configured, settings.data_dir))
    renders = settings.data_dir / "renders"
    memory = MemoryStore(0, journal=PurgeJournal(renders / JOURNAL_FILE))
    store = TieredStore(memory, DiskStore(renders, settings.disk_cache_bytes))
    client = await asyncio.to_thread(OutgoingClient, Guard(AllowedHosts.parse(settings.allowed_hosts)))
    purger = Purger(
        store,
        _Keys(settings).key_of,
        signer,
        edge=EdgeCache(settings.edge_cache),
        cdns=configured_cdns(settings, client),
        public_url=settings.base_url,
    )
    try:
        return await purger.purge(wanted)
    finally:
        await purger.close()
        await client.close()
        await store.close()


class _Keys:
    """Keys of pictures that need nothing but their URL. Templates are read when the first one is asked for."""

    def __init__(self, settings: Settings) -> None:
        archive = VersionArchive(settings.data_dir / "versions")
        self._limits = limits_of(settings)
        self._registry = TemplateRegistry(settings.templates_dir, archive, self._limits)
        self._loading: asyncio.Task[None] | None = None

    async def key_of(self, request: ImageRequest) -> str:
        """The key under which a picture is stored. Raises SignetError if there is none, or if it can't be known."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(self._registry.load_all))
        await self._loading
        template = self._registry.get(request.template, request.options.version)
        try:
            plan = make_plan(
                template,
                request.format,
                request.variables,
                request.options,
                from_query=True,
                limits=self._limits,
                clock=system_clock,
            )
        except RendererError as error:
            raise from_renderer(error) from error
        if plan.to_bind or plan.to_fetch:
            raise SignetError("it shows live data or images from elsewhere, which a running server knows; start one.")
        return plan.key
