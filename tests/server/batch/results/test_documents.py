"""Results as JSON and NDJSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from server.batch.answers import row_document
from server.batch.records import RowRecord
from server.batch.results import results_json, results_ndjson
from tests.server.batch.results import samples
from tests.server.batch.results.samples import failed, row, text_of

ROWS = [row(0, {"title": "Käse\n"}, custom_id="x"), failed(1, {"n": 1.5})]


def test_a_json_document() -> None:
    text = asyncio.run(text_of(results_json({"id": "batch_1", "status": "completed"}, samples.given(ROWS))))
    assert json.loads(text) == {
        "batch": {"id": "batch_1", "status": "completed"},
        "rows": [row_document(each) for each in ROWS],
    }
    assert "Käse" in text


def test_a_json_document_without_rows() -> None:
    text = asyncio.run(text_of(results_json({"id": "batch_1"}, samples.given([]))))
    assert json.loads(text) == {"batch": {"id": "batch_1"}, "rows": []}


def test_a_document_a_line() -> None:
    text = asyncio.run(text_of(results_ndjson(samples.given(ROWS))))
    assert [json.loads(line) for line in text.splitlines()] == [row_document(each) for each in ROWS]


def test_a_text_that_has_no_utf_8() -> None:
    text = asyncio.run(text_of(results_ndjson(samples.given([row(0, {"title": "\ud800"})]))))
    assert json.loads(text)["values"] == {"title": "?"}


@pytest.mark.anyio
async def test_rows_are_sent_as_they_come() -> None:
    """What was read of the ledger never waits for the last row."""
    read = 0

    async def rows() -> AsyncIterator[RowRecord]:
        nonlocal read
        for number in range(10_000):
            read += 1
            yield row(number, {"title": "x" * 200})

    stream = results_ndjson(rows())
    first = await anext(stream)
    assert 64_000 <= len(first) < 70_000
    assert read < 200
