"""Pictures of some rows to the bucket, under the names that they have in archives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from server.batch.export.errors import ExportFailed
from server.batch.export.exporter import Exporter
from server.batch.records import Job, Output, RowRecord
from server.batch.results import Get, JobNames

_AT_ONCE: Final = 8
_HOUR: Final = "public, max-age=3600"  # a later run of the job may write another picture under this name
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class ExportedRows:
    """What is known of pictures by now: all those of each row of which one was written, with their keys as `file`.

    `exported` counts those that were written, `missing` those that the store had no more.
    """

    outputs: Mapping[int, Sequence[Output]]
    exported: int
    missing: int


async def export_rows(
    exporter: Exporter, rows: Sequence[RowRecord], job: Job, names: JobNames, get: Get
) -> ExportedRows:
    """Write the pictures that were not written before, some at once.

    Raises:
        ExportFailed: the first picture that the storage does not take; writing all of them again does no harm.
    """
    places = asyncio.Semaphore(_AT_ONCE)
    cache_control = _FOR_GOOD if names.by_content else _HOUR

    async def write(name: str, output: Output) -> str | None:
        async with places:
            picture = await get(output.etag)
            if picture is None:
                return None
            metadata = {"signet-batch": job.id, "signet-etag": output.etag}
            return await exporter.put(
                name, picture.body, picture.media_type, cache_control=cache_control, metadata=metadata
            )

    tasks: dict[tuple[int, int], asyncio.Task[str | None]] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for row in rows:
                for place, (name, output) in enumerate(zip(names.of(row), row.outputs, strict=True)):
                    if output.file is None:
                        tasks[row.number, place] = group.create_task(write(name, output))
    except* ExportFailed as failures:
        failure = failures.exceptions[0]
        raise failure from None
    keys = {where: key for where, task in tasks.items() if (key := task.result()) is not None}
    touched = {number for number, _ in keys}
    outputs = {
        row.number: tuple(
            replace(output, file=keys.get((row.number, place), output.file)) for place, output in enumerate(row.outputs)
        )
        for row in rows
        if row.number in touched
    }
    return ExportedRows(outputs, len(keys), len(tasks) - len(keys))
