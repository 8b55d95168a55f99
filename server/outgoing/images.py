"""Images that values name by URL: fetched before a render is asked for, shared, kept, and asked for again in time."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol

from cachetools import TTLCache

from renderer import Asset
from server.clock import Clock
from server.coalescing import Coalescer
from server.metrics import Metrics
from server.outgoing.client import Caps, OutgoingClient
from server.outgoing.copies import Copy
from server.outgoing.errors import Gone, OutgoingError
from server.store import RenderStore

State = Literal["fresh", "stale", "fallback"]

BRIEF_SECONDS: Final = 60
"""Longest that a picture may be cached that shows an old copy of an image, or leaves one out."""

_AT_ONCE: Final = 6  # images of one picture that are fetched at the same time
_REMEMBER_FAILURE: Final = 30.0  # seconds for which a server that failed is not asked for the same image again
_FAILURES: Final = 4096
_GRACE: Final = 0.25  # seconds that a picture waits beyond a fetch's own deadline, which says better what was wrong
_TOTAL_FACTOR: Final = 4  # all images of a picture together may have so many times the bytes of one

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Supply:
    """Images by URL, those that can't be had with their problem; `seconds` is how long all of this stays right.

    `tags` are what caches may be told to forget when an image changes.
    """

    assets: Mapping[str, Asset]
    state: State
    seconds: int
    tags: tuple[str, ...] = ()


class ImageSource(Protocol):
    """Where a picture's images come from."""

    async def supply(self, urls: Sequence[str]) -> Supply:
        """All images at once. Never raises for an image that can't be had."""


Accept = Callable[[bytes, str], Awaitable[None]]
"""Passes image bytes with their digest, or raises WrongContent."""


class _Found(NamedTuple):
    """What became of one URL: a copy, or the reason why there is none; both if the copy is out of date."""

    copy: Copy | None
    problem: str = ""


class RemoteImages:
    """Fetches images and keeps them in a store by URL. One per server."""

    def __init__(
        self,
        client: OutgoingClient,
        store: RenderStore,
        *,
        caps: Caps,
        most: int,
        metrics: Metrics,
        clock: Clock,
        accept: Accept | None = None,
    ) -> None:
        """`caps` bound one image, `most` the number of images of one picture; `accept` looks into what is new."""
        self._client = client
        self._store = store
        self._caps = caps
        self._most = most
        self._metrics = metrics
        self._clock = clock
        self._accept = accept
        self._fetches: Coalescer[_Found] = Coalescer()
        self._failures: TTLCache[str, str] = TTLCache(_FAILURES, _REMEMBER_FAILURE, timer=clock)

    async def supply(self, urls: Sequence[str]) -> Supply:
        """All images at once, within the time that one may take. Never raises for an image that can't be had."""
        found: dict[str, _Found] = {}
        for url in urls[: self._most]:
            copy = await self._kept(url)
            if copy is not None and copy.is_fresh(self._clock()):
                found[url] = _Found(copy)
        missing = [url for url in urls[: self._most] if url not in found]
        if missing:
            deadline = asyncio.get_running_loop().time() + self._caps.seconds + _GRACE
            places = asyncio.Semaphore(_AT_ONCE)
            fetched = await asyncio.gather(*(self._in_time(url, deadline, places) for url in missing))
            found |= zip(missing, fetched, strict=True)
        return self._supply(urls, found)

    async def close(self) -> None:
        """Give up fetches that nobody waits for any more."""
        await self._fetches.close()

    async def _in_time(self, url: str, deadline: float, places: asyncio.Semaphore) -> _Found:
        try:
            async with asyncio.timeout_at(deadline), places:
                return await self._fetches.run(url, lambda: self._obtain(url))
        except TimeoutError:
            # The fetch goes on for those who ask next.
            return self._old(await self._kept(url), f"it did not arrive within {self._caps.seconds:g} s")

    async def _obtain(self, url: str) -> _Found:
        copy = await self._kept(url)
        if copy is not None and copy.is_fresh(self._clock()):
            return _Found(copy)  # somebody else has fetched it meanwhile
        problem = self._failures.get(url)
        return await self._fetch(url, copy) if problem is None else self._old(copy, problem)

    async def _fetch(self, url: str, old: Copy | None) -> _Found:
        self._metrics.image_fetches += 1
        try:
            new = await self._ask(url, old)
        except OutgoingError as error:
            self._metrics.failed_image_fetches += 1
            logger.warning("image %s is not to be had: %s", url.partition("?")[0], error.log_message)
            self._failures[url] = error.message
            if isinstance(error, Gone):
                await self._store.delete([_key(url)])
                return _Found(None, error.message)
            return self._old(old, error.message)
        await self._store.put(_key(url), new.stored())
        return _Found(new)

    async def _ask(self, url: str, old: Copy | None) -> Copy:
        conditions = old.conditions() if old is not None else {}
        # Browsers, too, forgive a space that an expression has put into a path.
        answer = await self._client.request(url.replace(" ", "%20"), self._caps, headers=conditions)
        now = self._clock()
        if answer.status == 304 and old is not None and conditions:
            return old.confirmed(answer, now)
        new = await asyncio.to_thread(Copy.of, answer, now)
        if self._accept is not None and (old is None or old.asset.digest != new.asset.digest):
            await self._accept(new.asset.data, new.asset.digest)
        return new

    async def _kept(self, url: str) -> Copy | None:
        stored = await self._store.get(_key(url))
        return None if stored is None else Copy.read(stored)

    def _old(self, copy: Copy | None, problem: str) -> _Found:
        return _Found(copy if copy is not None and copy.is_usable(self._clock()) else None, problem)

    def _supply(self, urls: Sequence[str], found: Mapping[str, _Found]) -> Supply:
        assets: dict[str, Asset] = {}
        state: State = "fresh"
        until = self._clock() + 86_400
        left = self._caps.max_bytes * _TOTAL_FACTOR
        for url in urls:
            copy, problem = found.get(url) or _Found(None, f"a picture may use {self._most} remote images at most")
            if copy is not None and len(copy.asset.data) > left:
                copy, problem = None, "the picture's images together have too many bytes"
            if copy is None:
                state = "fallback"
                assets[url] = Asset(b"", "", problem)
                continue
            left -= len(copy.asset.data)
            assets[url] = copy.asset
            until = min(until, copy.fresh_until)
            if problem and state == "fresh":
                state = "stale"
        seconds = BRIEF_SECONDS if state != "fresh" else max(BRIEF_SECONDS, int(until - self._clock()))
        return Supply(assets, state, seconds)


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
