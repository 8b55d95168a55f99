"""Which rows are given out, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from server.batch.ledger import RowPage
from server.batch.records import Finding
from tests.server.batch.ledger.conftest import Book, output

pytestmark = pytest.mark.anyio

EVERYTHING = RowPage()
QUOTING = 'It says "findings":[{"code":"blank","message":"'
FOUND: Mapping[int, Sequence[Finding]] = {
    1: [Finding("blank", "Every pixel is white.")],
    2: [Finding("text-overflow", QUOTING), Finding("near-duplicate", "Like 1.")],
    3: [Finding("more", "100 % …")],
}


async def test_rows_are_found_by_what_was_found_in_their_pictures(book: Book) -> None:
    job = await book.job(rows=6, bad=(5,))
    held = await book.take()
    results = await book.results(held)
    for index, each in enumerate(results):
        second = replace(output(each.number), variant="dark", findings=tuple(FOUND.get(each.number, ())))
        results[index] = replace(each, outputs=[*each.outputs, second])
    await book.ledger.commit_rows(held, results)

    async def rows(*codes: str, wanted: RowPage = EVERYTHING) -> list[int]:
        return [row.number for row in await book.ledger.rows(job.id, replace(wanted, findings=codes))]

    assert await rows("any") == [1, 2, 3]
    assert await rows("blank") == [1]
    assert await rows("near-duplicate") == [2]
    assert await rows("duplicate") == await rows("bl_nk") == await rows("bl%") == []
    assert await rows("blank", "more") == [1, 3]
    assert await rows("blank", "more", wanted=RowPage(2)) == [3]
    assert await rows("any", wanted=RowPage(limit=2)) == [1, 2]
    assert await rows("any", wanted=RowPage(status="failed")) == []
    assert await rows("any", wanted=RowPage(status="succeeded", last=2)) == [1, 2]
