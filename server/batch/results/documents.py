"""Results as JSON and as NDJSON: rows as the API tells of them, one by one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from server.batch.answers import row_document
from server.batch.records import RowRecord
from server.batch.results.blocks import blocks


def results_json(document: Mapping[str, Any], rows: AsyncIterator[RowRecord]) -> AsyncIterator[bytes]:
    """One JSON document with the job as `batch` and its `rows`, each row on a line of its own."""

    async def texts() -> AsyncIterator[str]:
        yield f'{{"batch":{_json(document)},"rows":['
        separator = "\n"
        async for row in rows:
            yield separator + _json(row_document(row))
            separator = ",\n"
        yield "\n]}\n"

    return blocks(texts())


def results_ndjson(rows: AsyncIterator[RowRecord]) -> AsyncIterator[bytes]:
    """A JSON document a row, each on a line."""

    async def texts() -> AsyncIterator[str]:
        async for row in rows:
            yield _json(row_document(row)) + "\n"

    return blocks(texts())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
