"""Results as an archive of pictures, sent while it is made. Equal jobs have equal archives, byte by byte."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from server.batch.records import Job, RowRecord
from server.batch.results.names import JobNames
from server.batch.results.tables import csv_line
from server.batch.results.zip_writer import ZipWriter
from server.store import StoredRender

Get = Callable[[str], Awaitable[StoredRender | None]]
"""The picture with a render key, if the store still has it."""

MISSING_FILE: Final = "missing.csv"
_MISSING_COLUMNS: Final = ("name", "index", "custom_id", "format", "variant", "url", "etag")


async def results_zip(job: Job, rows: AsyncIterator[RowRecord], names: JobNames, get: Get) -> AsyncIterator[bytes]:
    """All pictures of the rows under their names.

    Those that the store has forgotten are listed in `missing.csv` with the URLs that render them again. Memory: one
    picture, and for names that tell their content, which may come again, some bytes for each.
    """
    seen: set[str] = set()
    with ZipWriter(job.created_at) as archive, tempfile.TemporaryFile() as missing:
        async for row in rows:
            for name, output in zip(names.of(row), row.outputs, strict=True):
                if name in seen:
                    continue
                if names.by_content:
                    seen.add(name)
                picture = await get(output.etag)
                if picture is not None:
                    yield archive.file(name, picture.body)
                    continue
                if not missing.tell():
                    missing.write(csv_line(_MISSING_COLUMNS).encode())
                facts = (name, row.number, row.custom_id, output.format, output.variant, output.url, output.etag)
                missing.write(csv_line(facts).encode(errors="replace"))
        if missing.tell():
            for piece in archive.file_from(MISSING_FILE, missing):
                yield piece
        for piece in archive.end():
            yield piece
