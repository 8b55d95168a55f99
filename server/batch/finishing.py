"""What follows the rendering of all rows: duplicates are looked for, pictures exported, the manifest written."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from server.batch.checks import COMPARED, Duplicates, Placed
from server.batch.export import ExportFailed, Exports, export_manifest, export_rows
from server.batch.ledger import Lease, Ledger, RowPage
from server.batch.options import ExportBody
from server.batch.records import Counts, Job, Output, RowRecord
from server.batch.results import Get, NamesByJob
from server.batch.work import Step, patiently
from server.clock import Clock

_SLICE: Final = 500
"""Rows whose findings are committed at once."""

_SPAN: Final = 2000
"""Rows that are read for that, where those with findings are far apart."""


def compare_step(ledger: Ledger) -> Step:
    """Looks for rows whose pictures look the same."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        found = Duplicates()
        before: set[int] = set()  # rows with findings of an earlier comparison: their twins may be others by now
        async for row in ledger.all_rows(held.batch, "succeeded"):
            for place, output in enumerate(row.outputs):
                found.add(row.number, place, output.etag, output.hash)
                if any(finding.code in COMPARED for finding in output.findings):
                    before.add(row.number)
            if stop.is_set():
                return await ledger.release(held)
        report = await asyncio.to_thread(found.report)
        placed = {number: list(group) for number, group in groupby(report.findings, attrgetter("row"))}
        for piece in _slices(sorted(before.union(placed))):
            rows = await ledger.rows(held.batch, RowPage(piece[0], piece[-1] - piece[0] + 1, "succeeded", piece[-1]))
            outputs, suspicious = _marked(rows, before, placed)
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
        # Equal warnings are one: how many pictures there are is told with the manifest, which sees all rows.
        warnings = ["The store had forgotten pictures before they could be exported."] if done.missing else []
        counted = Counts(exported=done.exported)
        return await patiently(lambda: ledger.commit_outputs(held, done.outputs, counted, warnings))

    return step


def manifest_step(ledger: Ledger, exports: Exports, clock: Clock) -> Step:
    """Writes the list of all exported pictures."""

    async def step(job: Job, held: Lease, stop: asyncio.Event) -> None:
        try:
            counts = await export_manifest(exports.exporter(_wanted(job)), job, ledger.all_rows(held.batch), clock())
        except ExportFailed as error:
            return await _given_up(ledger, held, error)
        warnings = [_missing(counts.missing)] if counts.missing else []
        return await patiently(lambda: ledger.commit_outputs(held, {}, Counts(), warnings))

    return step


def _missing(count: int) -> str:
    which = "1 picture is" if count == 1 else f"{count:,} pictures are"
    return f"{which} not in the bucket: to export what has no `file` yet, retry its row."


def _wanted(job: Job) -> ExportBody:
    wanted = job.options.export
    assert wanted is not None, "there is such work only for jobs with an export"  # noqa: S101
    return wanted


async def _given_up(ledger: Ledger, held: Lease, error: ExportFailed) -> None:
    """The job goes on without this piece of the export, and says so. Raises what may pass by itself."""
    if error.retryable:
        raise error
    await ledger.commit_outputs(held, {}, Counts(), [f"The export failed: {error.message}"])


def _slices(numbers: Sequence[int]) -> Iterable[list[int]]:
    """Rows that are committed at once."""
    piece: list[int] = []
    for number in numbers:
        if piece and (len(piece) >= _SLICE or number - piece[0] >= _SPAN):
            yield piece
            piece = []
        piece.append(number)
    if piece:
        yield piece


def _marked(
    rows: Sequence[RowRecord], before: Collection[int], placed: Mapping[int, Sequence[Placed]]
) -> tuple[dict[int, Sequence[Output]], int]:
    """The pictures of rows with what was found now instead of before, and how many more have findings by that."""
    marked: dict[int, Sequence[Output]] = {}
    suspicious = 0
    for row in rows:
        if row.number not in before and row.number not in placed:
            continue
        found = {each.output: each.finding for each in placed.get(row.number, ())}
        outputs = []
        for place, output in enumerate(row.outputs):
            own = tuple(finding for finding in output.findings if finding.code not in COMPARED)
            findings = (*own, found[place]) if place in found else own
            suspicious += bool(findings) - bool(output.findings)
            outputs.append(replace(output, findings=findings))
        marked[row.number] = outputs
    return marked, suspicious
