"""Pictures are fetched once through the edge, so that its cache has them before the first reader asks.

What a cache says of itself is the proof: Cache-Status (RFC 9211), or what CDNs said before it came. A picture that was
fetched is asked for again, and counts as warmed if that answer came from a cache.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import httpx

from server.batch.ledger import Lease, Ledger, RowPage
from server.batch.records import Counts, Job, Output, RowRecord
from server.batch.work import Step, patiently
from server.urls import with_public_url, without_public_url
from server.validators import CACHE_NAME

log = logging.getLogger(__name__)

HIT: Final = "hit"

_AT_ONCE: Final = 8
_SECONDS: Final = 30.0
_OLDER_HEADERS: Final = ("x-cache", "cf-cache-status", "x-cache-status", "cdn-cache")


class EdgeWarmer:
    """Fetches pictures through the edge. One per server or worker."""

    def __init__(self, public_url: str, edge_url: str) -> None:
        """`public_url` is what pictures' URLs begin with, `edge_url` where they are fetched instead, or empty."""
        self._public_url = public_url
        self._edge_url = edge_url or public_url
        # The address is the operator's: it is no business of the guard against what callers name.
        self._client = httpx.AsyncClient(
            trust_env=False,
            timeout=_SECONDS,
            headers={"User-Agent": "Signet"},
            limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def warm(self, rows: Sequence[RowRecord], stop: asyncio.Event) -> dict[int, tuple[Output, ...]]:
        """The pictures of rows, each with what the edge has said."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(output: Output) -> Output:
            async with places:
                return output if stop.is_set() else replace(output, edge=await self._fetched(output.url))

        warmed = await asyncio.gather(*(one(output) for row in rows for output in row.outputs))
        found = iter(warmed)
        return {row.number: tuple(next(found) for _ in row.outputs) for row in rows}

    async def _fetched(self, url: str) -> str:
        target = with_public_url(self._edge_url, without_public_url(self._public_url, url))
        try:
            first = await self._asked(target)
            return first if first == HIT or first.startswith("status") else await self._asked(target)
        except httpx.HTTPError as error:
            return f"failed: {type(error).__name__}"

    async def _asked(self, url: str) -> str:
        async with self._client.stream("GET", url) as answer:
            async for _ in answer.aiter_raw():
                pass  # a cache keeps only what was sent completely
        return said(answer.headers) if answer.status_code == 200 else f"status {answer.status_code}"


def said(headers: Mapping[str, str]) -> str:
    """What the caches before the origin say: `hit`, `miss`, or `unknown` if there is none that says anything."""
    members = [member.strip() for member in headers.get("cache-status", "").split(",") if member.strip()]
    others = [member for member in members if member.partition(";")[0].strip() != CACHE_NAME]
    if others:
        hit = any("hit" in [part.strip() for part in member.split(";")] for member in others)
        return HIT if hit else "miss"
    older = [headers[name] for name in _OLDER_HEADERS if name in headers]
    if not older:
        return "unknown"
    return HIT if any("HIT" in value.upper() for value in older) else "miss"


def warm_step(ledger: Ledger, warmer: EdgeWarmer) -> Step:
    """Fetches the pictures of a range of rows."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        rows = await ledger.rows(held.batch, RowPage(held.first, held.last - held.first + 1, "succeeded", held.last))
        warmed = await warmer.warm(rows, stop)
        outputs = [output for made in warmed.values() for output in made]
        cold = sorted({output.edge or "" for output in outputs if output.edge != HIT})
        warnings = [f"Some pictures are not warm at the edge; it answered: {', '.join(cold)}."] if cold else []
        hits = sum(output.edge == HIT for output in outputs)
        await patiently(lambda: ledger.commit_outputs(held, warmed, Counts(warmed=hits), warnings))

    return step
