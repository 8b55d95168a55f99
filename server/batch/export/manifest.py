"""What was exported, as objects beside the pictures: a line of JSON a picture, and a summary when all is done."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from server.batch.answers import moment
from server.batch.export.exporter import Exporter
from server.batch.records import Job, Output, RowRecord
from server.batch.results.blocks import blocks
from server.batch.wishes import named

MANIFEST: Final = "manifest.ndjson"
SUMMARY: Final = "manifest.json"


@dataclass(slots=True)
class ManifestCounts:
    """Pictures that are there, their bytes, and pictures that are not."""

    pictures: int = 0
    bytes: int = 0
    missing: int = 0


async def export_manifest(exporter: Exporter, job: Job, rows: AsyncIterator[RowRecord], now: float) -> ManifestCounts:
    """Write `manifest.ndjson` of all rows, and then `manifest.json`, by which others see that the export is complete.

    `now` is in seconds since the epoch.

    Raises:
        ExportFailed: the storage refuses or fails.
    """
    counts = ManifestCounts()
    key = await exporter.write_manifest(_lines(job, rows, counts), MANIFEST)
    summary = {
        "batch": job.id,
        "run": job.run,
        "template": job.template,
        "version": job.version,
        "created_at": moment(job.created_at),
        "exported_at": moment(now),
        "bucket": exporter.bucket,
        "prefix": exporter.prefix,
        "manifest": key,
        "rows": {name: getattr(job.counts, name) for name in ("total", "succeeded", "failed", "cancelled")},
        "pictures": counts.pictures,
        "bytes": counts.bytes,
        "missing": counts.missing,
        "metadata": job.options.metadata,
    }
    body = json.dumps(summary, ensure_ascii=False, indent=2) + "\n"
    await exporter.put(SUMMARY, body.encode(errors="replace"), "application/json", cache_control="no-cache")
    return counts


def _lines(job: Job, rows: AsyncIterator[RowRecord], counts: ManifestCounts) -> AsyncIterator[bytes]:
    async def texts() -> AsyncIterator[str]:
        async for row in rows:
            variables = _variables(job, row) if row.outputs else {}
            for output in row.outputs:
                if output.file is None:
                    counts.missing += 1
                    continue
                counts.pictures += 1
                counts.bytes += output.bytes
                line = json.dumps(_picture(job, row, output, variables), ensure_ascii=False, separators=(",", ":"))
                yield line + "\n"

    return blocks(texts())


def _variables(job: Job, row: RowRecord) -> dict[str, object]:
    own = {name: value for name, value in named(row.values, job.options).items() if not name.startswith("_")}
    return {**job.options.variables, **own}


def _picture(job: Job, row: RowRecord, output: Output, variables: dict[str, object]) -> dict[str, object]:
    return {
        "name": output.file,
        "index": row.number,
        "custom_id": row.custom_id,
        "variables": variables,
        "format": output.format,
        "variant": output.variant,
        "url": output.url,
        "etag": output.etag,
        "bytes": output.bytes,
        "width": output.width,
        "height": output.height,
        "template": job.template,
        "version": output.version,
        "rendered_at": moment(output.rendered_at),
    }
