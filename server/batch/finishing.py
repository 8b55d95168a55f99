"""What follows the rendering of all rows: duplicates are looked for, pictures exported, the manifest written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from server.batch.checks import Duplicates, DuplicatesReport, Placed
from server.batch.export import ExportFailed, Exports, export_manifest, export_rows
from server.batch.ledger import Lease, Ledger, RowPage
from server.batch.options import ExportBody
from server.batch.records import Counts, Job, Output, RowRecord
from server.batch.results import Get, NamesByJob
from server.batch.work import Step, patiently
from server.clock import Clock

_SLICE: Final = 500
"""Rows whose findings are committed at once."""


def compare_step(ledger: Ledger) -> Step:
    """Looks for rows whose pictures look the same."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        found = Duplicates()
        async for row in ledger.all_rows(held.batch, "succeeded"):
            for place, output in enumerate(row.outputs):
                found.add(row.number, place, output.etag, output.hash)
            if stop.is_set():
                return await ledger.release(held)
        report = await asyncio.to_thread(found.report)
        for piece in _slices(report):
            rows = await ledger.rows(held.batch, RowPage(piece[0].row, piece[-1].row + 1, "succeeded", piece[-1].row))
            outputs, suspicious = _marked(rows, piece)
            await ledger.commit_outputs(held, outputs, Counts(suspicious=suspicious), complete=False)
        return await ledger.commit_outputs(held, {}, Counts(), report.warnings)

    return step


def export_step(ledger: Ledger, exports: Exports, names: NamesByJob, get: Get) -> Step:
    """Copies the pictures of a range of rows to the bucket."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        rows = await ledger.rows(held.batch, RowPage(held.first, held.last - held.first + 1, None, held.last))
        try:
            done = await export_rows(exports.exporter(_wanted(job)), rows, job, await names.of(job), get)
        except ExportFailed as error:
            return await _given_up(ledger, held, error)
        warnings = [f"{done.missing} pictures could not be exported: the store had forgotten them."] * (
            done.missing > 0
        )
        counted = Counts(exported=done.exported)
        return await patiently(lambda: ledger.commit_outputs(held, done.outputs, counted, warnings))

    return step


def manifest_step(ledger: Ledger, exports: Exports, clock: Clock) -> Step:
    """Writes the list of all exported pictures."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        try:
            await export_manifest(exports.exporter(_wanted(job)), job, ledger.all_rows(held.batch), clock())
        except ExportFailed as error:
            return await _given_up(ledger, held, error)
        return await patiently(lambda: ledger.commit_outputs(held, {}, Counts()))

    return step


def _wanted(job: Job) -> ExportBody:
    wanted = job.options.export
    assert wanted is not None, "there is such work only for jobs with an export"  # noqa: S101
    return wanted


async def _given_up(ledger: Ledger, held: Lease, error: ExportFailed) -> None:
    """The job goes on without this piece of the export, and says so. Raises what may pass by itself."""
    if error.retryable:
        raise error
    await ledger.commit_outputs(held, {}, Counts(), [f"The export failed: {error.message}"])


def _slices(report: DuplicatesReport) -> Iterable[list[Placed]]:
    """The findings, all of a row in one slice."""
    piece: list[Placed] = []
    for _, found in groupby(report.findings, attrgetter("row")):
        piece += found
        if len(piece) >= _SLICE:
            yield piece
            piece = []
    if piece:
        yield piece


def _marked(rows: Sequence[RowRecord], found: Sequence[Placed]) -> tuple[dict[int, Sequence[Output]], int]:
    """The pictures of rows with their findings added, and how many had none before."""
    by_row = {number: list(group) for number, group in groupby(found, attrgetter("row"))}
    marked: dict[int, Sequence[Output]] = {}
    suspicious = 0
    for row in rows:
        outputs = list(row.outputs)
        for each in by_row.get(row.number, ()):
            output = outputs[each.output]
            if each.finding not in output.findings:  # a piece of work may be done twice
                suspicious += not output.findings
                outputs[each.output] = replace(output, findings=(*output.findings, each.finding))
        if row.number in by_row:
            marked[row.number] = outputs
    return marked, suspicious
