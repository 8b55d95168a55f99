"""What has to be forgotten, everywhere at once: the origin's stores, nginx on this machine, CDNs; in this order.

The order matters. A cache that forgets before the one behind it has done so would be filled again with what it has just
forgotten. So the origin is first, and done only when the other processes can know, then nginx, then all CDNs at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from server.errors import SignetError
from server.purging.cdn.sending import Cdn, CdnPurge
from server.purging.edge_cache import EdgeCache
from server.purging.errors import CdnError
from server.purging.rounds import Rounds
from server.purging.wanted import PictureUrl, Wanted
from server.signing import UrlSigner
from server.store import RenderStore
from server.urls import ImageRequest

DONE: Final = "ok"
UNDER_WAY: Final = "under way"
_KEYS_AT_ONCE: Final = 8  # pictures whose present key is looked for at the same time

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """What was forgotten: stored pictures, files of nginx's cache (None: there is no such cache on this machine).

    `cdn` says "ok" or what was wrong, by name. `warnings` say what could not be done, as sentences.
    """

    origin: int = 0
    edge: int | None = None
    cdn: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()


class Purger:
    """Forgets pictures. One per server."""

    def __init__(
        self,
        store: RenderStore,
        key_of: Callable[[ImageRequest], Awaitable[str]],
        signer: UrlSigner,
        *,
        edge: EdgeCache,
        cdns: Sequence[Cdn] = (),
        public_url: str = "",
        expire: Callable[[Iterable[str]], None] = lambda tags: None,
    ) -> None:
        """`key_of` finds the key of a picture as it would be now; it raises SignetError if there is none.

        `expire` takes tags and makes the live data behind them be asked for anew.
        """
        self._store = store
        self._key_of = key_of
        self._signer = signer
        self._edge = edge
        self._public_url = public_url
        self._expire = expire
        self._here = Rounds(self._purge_here)
        self._cdns = {cdn.name: Rounds(_telling(cdn)) for cdn in cdns}

    async def purge(self, wanted: Wanted, *, await_cdns: bool = True) -> Purged:
        """Forget everywhere. Never raises for a tier: the others have done their part, and the result says so.

        Purges at the same time are done together, and then count together. Without `await_cdns` it returns when the
        CDNs have yet to answer; what goes wrong there is logged.
        """
        here = await self._here.join(wanted)
        order = self._for_cdn(wanted) if self._cdns else None
        told = {name: rounds.begin(order) for name, rounds in self._cdns.items() if order is not None}
        if not await_cdns:
            return Purged(here.origin, here.edge, dict.fromkeys(told, UNDER_WAY), here.warnings)
        outcomes = await asyncio.gather(*map(asyncio.shield, told.values()))
        return Purged(here.origin, here.edge, dict(zip(told, outcomes, strict=True)), here.warnings)

    async def purge_tags(self, tags: Iterable[str], *, await_cdns: bool = True) -> Purged:
        """Forget every picture with one of the tags (`template:NAME`, `binding:TEMPLATE/NAME`)."""
        return await self.purge(Wanted(frozenset(tags)), await_cdns=await_cdns)

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(self._here.close(), *(rounds.close() for rounds in self._cdns.values()))

    async def _purge_here(self, wanted: Wanted) -> Purged:
        warnings: list[str] = []
        origin = await self._purge_origin(wanted, warnings)
        return Purged(origin, await self._purge_edge(wanted, warnings), warnings=warnings)

    async def _purge_origin(self, wanted: Wanted, warnings: list[str]) -> int:
        self._expire(wanted.tags)  # before its pictures, or they would be made anew of old data
        if wanted.everything:
            return await self._store.delete_all()
        found = await self._store.delete_tagged(wanted.tags) if wanted.tags else 0
        keys = await self._keys(wanted.pictures, warnings) if wanted.pictures else []
        return found + (await self._store.delete(keys) if keys else 0)

    async def _keys(self, pictures: Sequence[PictureUrl], warnings: list[str]) -> list[str]:
        places = asyncio.Semaphore(_KEYS_AT_ONCE)

        async def find(picture: PictureUrl) -> str | None:
            async with places:
                try:
                    return await self._key_of(picture.request)
                except SignetError as error:
                    shown = picture.identity if len(picture.identity) <= 100 else picture.identity[:99] + "…"
                    warnings.append(f"What is stored for {shown} could not be told: {error.message}")
                    return None

        return [key for key in await asyncio.gather(*map(find, pictures)) if key is not None]

    async def _purge_edge(self, wanted: Wanted, warnings: list[str]) -> int | None:
        try:
            if not await asyncio.to_thread(self._edge.exists):
                return None
            return await asyncio.to_thread(self._edge.remove, wanted)
        except OSError as error:
            logger.warning("nginx's cache cannot be purged: %s", error)
            warnings.append(
                f"nginx's cache {self._edge.folder} could not be purged: {error.strerror}. "
                "Run `signet purge --edge-cache` as the user that nginx runs as."
            )
            return None

    def _for_cdn(self, wanted: Wanted) -> CdnPurge:
        urls = [url for picture in wanted.pictures for url in picture.public_urls(self._signer, self._public_url)]
        return CdnPurge(self._public_url, sorted(wanted.tags), list(dict.fromkeys(urls)), wanted.everything)


def _telling(cdn: Cdn) -> Callable[[CdnPurge], Awaitable[str]]:
    """Turns what a CDN raises into what the result says."""

    async def tell(wanted: CdnPurge) -> str:
        try:
            await cdn.purge(wanted)
        except CdnError as error:
            logger.warning("%s did not purge: %s", cdn.name, error)
            return str(error)
        return DONE

    return tell
