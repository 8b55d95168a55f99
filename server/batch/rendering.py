"""Rows become pictures: planned, rendered below all live requests, checked, signed, and described for the ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from server.batch.errors import NotKept
from server.batch.ledger import RowResult
from server.batch.options import ChecksBody
from server.batch.records import Finding, Job, Output, RowError, RowRecord, values_error
from server.batch.wishes import Wish, named, wishes_of
from server.errors import InvalidValues, QueueFull, ShuttingDown, SignetError
from server.farm.errors import WorkerCrashed
from server.farm.jobs import Priority
from server.images import ImageService, Picture
from server.plans import RenderPlan
from server.timings import Timings
from server.urls import with_public_url

Inspect = Callable[[ImageService, Picture, ChecksBody], Awaitable[tuple[tuple[Finding, ...], str | None]]]
"""What there is to say about a picture, and its perceptual hash if asked for. Raises SignetError for a broken one."""

WORKER_CRASHED: Final = "worker_crashed"

_AT_ONCE: Final = 32  # rows of one piece of work: many wait for images and data while a few are rendered
_ATTEMPTS: Final = 3
_ROWS_A_TURN: Final = 5
_PAUSES: Final = (0.5, 2.0)  # seconds before the second and third attempt
_FULL_SECONDS: Final = 0.25  # until the queue of the render processes is asked again
_LOST: Final = (
    "The picture was rendered but could not be kept: the disk may be full, or SIGNET_DISK_CACHE_BYTES too small."
)
_STOP_SECONDS: Final = 1.0  # that rows may take to end when their job is cancelled


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A picture of a row: its plan, its signed path, and its key in the run before."""

    wish: Wish
    plan: RenderPlan
    url: str
    before: str | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A row with what it wants, or with what is wrong with it."""

    row: RowRecord
    wanted: Sequence[_Wanted]
    error: RowError | None

    @property
    def keys(self) -> list[str]:
        """Keys of those pictures whose bytes are decided already."""
        return [each.plan.key for each in self.wanted if not each.plan.to_bind and not each.plan.to_fetch]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys of pictures of one piece of work that are not stored yet, and of those that have been rendered in it."""

    absent: set[str]
    rendered: set[str]


class RowRenderer:
    """Renders rows of any job. One per server or worker."""

    def __init__(self, images: ImageService, base_url: str, inspect: Inspect) -> None:
        self._images = images
        self._base_url = base_url
        self._inspect = inspect

    async def render(self, job: Job, rows: Sequence[RowRecord], stop: asyncio.Event) -> list[RowResult]:
        """What became of the rows, in their order; once `stop` is set, of those that had been begun."""
        prepared = [self._planned(job, row) async for row in _in_turns(rows)]
        wanted = {key for each in prepared for key in each.keys}
        keys = _Keys(set(await self._images.store.missing(wanted)), set())
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(each: _Prepared) -> RowResult | None:
            async with places:
                return None if stop.is_set() else await self._row(job, each, keys)

        tasks = [asyncio.create_task(one(each)) for each in prepared]
        stopping = asyncio.create_task(after(stop, _STOP_SECONDS))
        try:
            waiting = asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        unexpected = [each for each in ended if isinstance(each, Exception)]
        if unexpected:
            raise unexpected[0]
        results = await self._kept([each for each in ended if isinstance(each, RowResult)])
        self._images.metrics.batch_rows += len(results)
        self._images.metrics.failed_batch_rows += sum(result.error is not None for result in results)
        return results

    def _planned(self, job: Job, row: RowRecord) -> _Prepared:
        try:
            wishes = wishes_of(job, named(row.values, job.options))
            plans = [(wish, self._images.plan(wish.request), self._images.signed(wish.request)) for wish in wishes]
        except SignetError as refusal:
            return _Prepared(row, (), row_error(refusal))
        before = {(output.format, output.variant): output.etag for output in row.outputs}
        return _Prepared(
            row,
            [_Wanted(wish, plan, url, before.get((wish.format, wish.variant))) for wish, plan, url in plans],
            None,
        )

    async def _row(self, job: Job, prepared: _Prepared, keys: _Keys) -> RowResult:
        started = time.perf_counter()
        outputs: list[Output] = []
        error, attempts = prepared.error, 1
        for wanted in prepared.wanted:
            output, problem, tries = await self._picture(job, wanted, keys)
            attempts = max(attempts, tries)
            if output is not None:
                outputs.append(output)
            error = error or problem
        return RowResult(prepared.row.number, outputs, error, attempts, (time.perf_counter() - started) * 1000)

    async def _picture(self, job: Job, wanted: _Wanted, keys: _Keys) -> tuple[Output | None, RowError | None, int]:
        """The picture or why there is none, and how often it was tried."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._output(job, wanted, keys), None, attempt
            except ShuttingDown:
                raise
            except SignetError as error:
                failure = row_error(error)
                if not failure.retryable or attempt == _ATTEMPTS:
                    return None, failure, attempt
                await asyncio.sleep(_PAUSES[attempt - 1])
        raise AssertionError("the last attempt returns")

    async def _output(self, job: Job, wanted: _Wanted, keys: _Keys) -> Output:
        started = time.perf_counter()
        picture = await self._rendered(wanted.plan, keys.absent, with_fingerprint=job.options.checks.duplicates)
        findings, fingerprint = await self._inspect(self._images, picture, job.options.checks)
        render, plan, wish = picture.render, picture.plan, wanted.wish
        cached = picture.forward is None or plan.key in keys.rendered  # equal pictures share one render
        keys.rendered.add(plan.key)
        return Output(
            format=wish.format,
            variant=wish.variant,
            url=with_public_url(self._base_url, wanted.url),
            etag=plan.key,
            bytes=len(render.body),
            width=_side(render.meta.get("width")),
            height=_side(render.meta.get("height")),
            cached=cached,
            duration_ms=round((time.perf_counter() - started) * 1000, 2),
            state=plan.state,
            version=plan.template.version,
            changed=plan.key != wanted.before,
            findings=findings,
            hash=fingerprint,
            rendered_at=round(time.time(), 3),
        )

    async def _rendered(self, plan: RenderPlan, absent: set[str], *, with_fingerprint: bool) -> Picture:
        while True:
            # Once it is rendered, or while it is, an equal one finds it.
            new = plan.key in absent
            absent.discard(plan.key)
            try:
                return await self._images.picture(
                    plan, Timings(), Priority.BATCH, absent=new, with_fingerprint=with_fingerprint
                )
            except QueueFull:  # other jobs were quicker; it is no failure of this row
                await asyncio.sleep(_FULL_SECONDS)

    async def _kept(self, results: list[RowResult]) -> list[RowResult]:
        """The results, with an error where a picture is not where it will be looked for: the disk may be full."""
        keys = {output.etag for result in results for output in result.outputs if output.state != "fallback"}
        missing = await self._images.store.missing(sorted(keys))
        if not missing:
            return results
        lost = row_error(NotKept(_LOST))
        return [
            RowResult(result.number, (), lost, result.attempts, result.duration_ms)
            if missing & {output.etag for output in result.outputs}
            else result
            for result in results
        ]


def row_error(error: SignetError) -> RowError:
    """An error as a row carries it."""
    if isinstance(error, InvalidValues) and error.problems:
        return values_error(error.code, error.problems)
    crashed = isinstance(error.__cause__, WorkerCrashed)
    return RowError(
        WORKER_CRASHED if crashed else error.code,
        error.message,
        retryable=error.status >= 500 or error.status == 429,
    )


async def _in_turns(rows: Sequence[RowRecord]) -> AsyncIterator[RowRecord]:
    """The rows; others on the event loop have their turn in between."""
    for number, row in enumerate(rows):
        yield row
        if number % _ROWS_A_TURN == 0:
            await asyncio.sleep(0)


async def after(event: asyncio.Event, seconds: float) -> None:
    """Wait until so many seconds after an event."""
    await event.wait()
    await asyncio.sleep(seconds)


def _side(value: object) -> int:
    return value if isinstance(value, int) else 0
