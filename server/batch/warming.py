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
from server.batch.records import EDGE_HIT, Counts, Job, Output, RowRecord
from server.batch.work import Step, patiently
from server.urls import with_public_url, without_public_url
from server.validators import CACHE_NAME

log = logging.getLogger(__name__)

_AT_ONCE: Final = 8
_SECONDS: Final = 30.0
_PAUSES: Final = (0.0, 0.5, 2.0)  # seconds before each attempt
_HOPELESS: Final = 3 * _AT_ONCE  # attempts without a single answer of use, after which the edge is left alone
_REST_SECONDS: Final = 60.0  # for that long
_OLDER_HEADERS: Final = ("x-cache", "cf-cache-status", "x-cache-status", "cdn-cache")


class EdgeWarmer:
    """Fetches pictures through the edge. One per server or worker."""

    def __init__(self, public_url: str, edge_url: str) -> None:
        """`public_url` is what pictures' URLs begin with, `edge_url` where they are fetched instead, or empty."""
        self._public_url = public_url
        self._edge_url = edge_url or public_url
        self._failures = 0  # since the last success
        self._failed_at = 0.0
        self._failure = ""
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
        """What the edge says of a picture in the end. An edge that never answers holds up a job only for a while."""
        target = with_public_url(self._edge_url, without_public_url(self._public_url, url))
        loop = asyncio.get_running_loop()
        answer = self._failure
        for pause in _PAUSES:
            if self._failures >= _HOPELESS and loop.time() < self._failed_at + _REST_SECONDS:
                break
            await asyncio.sleep(pause)
            answer, failed = await self._tried(target)
            if not failed:
                self._failures = 0
                break
            self._failures += 1
            self._failed_at, self._failure = loop.time(), answer
        return answer

    async def _tried(self, target: str) -> tuple[str, bool]:
        """What the edge says, and whether it may say something better later."""
        try:
            first = await self._asked(target)
            answer = first if first == EDGE_HIT or first.startswith("status") else await self._asked(target)
        except httpx.HTTPError as error:
            return f"failed: {type(error).__name__}", True
        return answer, answer.startswith("status 5") or answer == "status 429"

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
        return EDGE_HIT if hit else "miss"
    older = [headers[name] for name in _OLDER_HEADERS if name in headers]
    if not older:
        return "unknown"
    return EDGE_HIT if any("HIT" in value.upper() for value in older) else "miss"


def warm_step(ledger: Ledger, warmer: EdgeWarmer) -> Step:
    """Fetches the pictures of a range of rows."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        rows = await ledger.rows(held.batch, RowPage(held.first, held.last - held.first + 1, "succeeded", held.last))
        warmed = await warmer.warm(rows, stop)
        if stop.is_set():
            return await ledger.release(held)
        outputs = [output for made in warmed.values() for output in made]
        cold = sorted({output.edge or "" for output in outputs if output.edge != EDGE_HIT})
        warnings = [f"Some pictures are not warm at the edge; it answered: {', '.join(cold)}."] if cold else []
        known = sum(output.edge == EDGE_HIT for row in rows for output in row.outputs)  # in a run before
        hits = sum(output.edge == EDGE_HIT for output in outputs) - known
        return await patiently(lambda: ledger.commit_outputs(held, warmed, Counts(warmed=hits), warnings))

    return step
