"""Images from elsewhere for commands that render without a server: uploaded assets, and other servers' if allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from renderer import Asset, CompiledTemplate, RenderOptions
from renderer.expressions import Value
from server.assets import AssetLibrary, ImageSupply
from server.clock import system_clock
from server.metrics import Metrics
from server.outgoing.client import Caps, OutgoingClient
from server.outgoing.guard import Guard
from server.outgoing.hosts import AllowedHosts
from server.outgoing.images import RemoteImages, Supply
from server.outgoing.mentions import image_urls
from server.settings import Settings
from server.store import MemoryStore

_MEMORY_BYTES = 200_000_000
_ASSETS_OF_A_PICTURE = 4  # times the bytes of one image


class ImagesElsewhere:
    """Finds the images that renders ask for. Nothing is opened before the first of them is needed."""

    def __init__(self, settings: Settings, runner: asyncio.Runner, *, fetch: bool) -> None:
        self._settings = settings
        self._runner = runner
        self._fetch = fetch
        self._client: OutgoingClient | None = None
        self._supply: ImageSupply | None = None

    def of(
        self, compiled: CompiledTemplate, values: Mapping[str, Value], options: RenderOptions
    ) -> Mapping[str, Asset]:
        """The images that a render of typed values asks for, those that can't be had with their problem.

        Raises:
            RendererError: an expression that the render would fail at, too.
        """
        urls = image_urls(compiled, values, options)
        return self._runner.run(self._found(urls)) if urls else {}

    async def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            await self._client.close()

    async def _found(self, urls: Sequence[str]) -> Mapping[str, Asset]:
        if self._supply is None:
            self._supply = self._opened()
        return (await self._supply.supply(urls)).assets

    def _opened(self) -> ImageSupply:
        settings = self._settings
        library = AssetLibrary(settings.data_dir / "assets", max_bytes=settings.asset_bytes, clock=system_clock)
        most = settings.max_source_bytes * _ASSETS_OF_A_PICTURE
        if not self._fetch:
            return ImageSupply(_Nowhere(), library, max_bytes=most)
        self._client = OutgoingClient(Guard(AllowedHosts.parse(settings.allowed_hosts)))
        remote = RemoteImages(
            self._client,
            MemoryStore(_MEMORY_BYTES),
            caps=Caps(settings.max_source_bytes, settings.fetch_timeout, settings.max_redirects),
            most=settings.max_remote_images,
            metrics=Metrics(),
            clock=system_clock,
        )
        return ImageSupply(remote, library, max_bytes=most)


class _Nowhere:
    """Stands for all other servers while nothing may be fetched."""

    async def supply(self, urls: Sequence[str]) -> Supply:
        """No image, and how to have it."""
        return Supply({url: Asset(b"", "", "it was not fetched; --fetch allows it") for url in urls}, "fallback", 0)


@contextmanager
def images_elsewhere(settings: Settings, *, fetch: bool) -> Iterator[ImagesElsewhere]:
    """Images for as long as a command runs; `fetch`: other servers may be asked, as far as the guard admits."""
    with asyncio.Runner() as runner:
        found = ImagesElsewhere(settings, runner, fetch=fetch)
        try:
            yield found
        finally:
            runner.run(found.close())
