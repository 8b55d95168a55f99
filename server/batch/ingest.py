"""An upload becomes rows of the ledger: read from the disk piece by piece, each row checked before it is put in.

Reading may be cut off at any time: it goes on behind the last rows that were committed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

from renderer.errors import ValueProblem
from server.batch.errors import TooManyRows
from server.batch.intake import Kind, Row, UnreadableRows, read_rows
from server.batch.ledger import Lease, Ledger, NewRow
from server.batch.records import ID, REPORT_PREFIX, UNREADABLE_ROW, Job, RowError, values_error
from server.batch.rendering import row_error
from server.batch.wishes import id_of, named, wishes_of
from server.errors import InvalidValues, SignetError
from server.images import ImageService

log = logging.getLogger(__name__)

_SLICE: Final = 500
"""Rows that are held and committed at once."""

_ROWS_A_TURN: Final = 5  # that are checked before others on the event loop have their turn


class Ingest:
    """Reads uploads. One per server."""

    def __init__(
        self, ledger: Ledger, images: ImageService, folder: Path, max_rows: int, rows_per_day: int = 0
    ) -> None:
        """`folder` has the uploads, `max_rows` is what one job may have, and `rows_per_day` one caller; 0 is any."""
        self._ledger = ledger
        self._images = images
        self._folder = folder
        self._max_rows = max_rows
        self._rows_per_day = rows_per_day

    async def run(self, job: Job, held: Lease, stop: asyncio.Event) -> None:
        """Read the job's upload from where it was left. Raises LeaseLost, DatabaseUnavailable."""
        path = self._folder / str(job.intake["file"])
        rows = read_rows(path, cast(Kind, job.intake["kind"]))
        try:
            await asyncio.to_thread(_skip, rows, job.counts.total)
            while not stop.is_set() and (found := await asyncio.to_thread(_next, rows)):
                await self._ledger.commit_intake(held, await self._checked(job, found), self._rows_per_day)
        except (UnreadableRows, TooManyRows) as error:
            await self._ledger.fail_job(held, error.code, error.message)
        except FileNotFoundError:
            await self._ledger.fail_job(held, "upload-lost", "The uploaded file is gone; send it again.")
        else:
            if stop.is_set():
                await self._ledger.release(held)
                return
            await self._ledger.end_intake(held)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _checked(self, job: Job, rows: list[Row]) -> list[NewRow]:
        if rows[-1].index >= self._max_rows:
            raise TooManyRows(f"There are more than {self._max_rows:,} rows; split the file.")
        checked = []
        for number, row in enumerate(rows):
            checked.append(self._check(job, row))
            if number % _ROWS_A_TURN == 0:
                await asyncio.sleep(0)
        return await self._told_apart(job, checked)

    def _check(self, job: Job, row: Row) -> NewRow:
        """The row, with an error if no picture can be made of it whatever happens."""
        error, custom_id = None, None
        values: Mapping[str, Any] = {}
        if row.problem:
            error = RowError(UNREADABLE_ROW, f"The row can't be read: {row.problem}.")
        elif row.values and all(name.startswith(REPORT_PREFIX) for name in row.values):
            error = RowError(UNREADABLE_ROW, "The row has only the report of a failure: fill it in or remove it.")
        else:
            try:
                values = named(row.values, job.options)
                custom_id = id_of(values)
                self._try(job, values)
            except InvalidValues as refusal:
                error = row_error(self._completed(job, values, refusal))
            except SignetError as refusal:
                error = row_error(refusal)
        return NewRow(row.index, row.line, custom_id, row.values, error)

    def _try(self, job: Job, values: Mapping[str, Any]) -> None:
        for wish in wishes_of(job, values):
            self._images.plan(wish.request)
            self._images.signed(wish.request)

    def _completed(self, job: Job, values: Mapping[str, Any], refusal: InvalidValues) -> InvalidValues:
        """The refusal with what else is wrong: options are looked at before variables, and those only if all fit."""
        found = {problem.name: problem for problem in refusal.problems}
        latest = list(found)
        while latest and all(name.startswith("_") for name in latest):
            try:
                self._try(job, {name: value for name, value in values.items() if name not in {*found, ID}})
                break
            except InvalidValues as further:
                latest = [problem.name for problem in further.problems if problem.name not in found]
                found |= {problem.name: problem for problem in further.problems if problem.name in latest}
            except SignetError:
                break  # there is enough to mend
        return type(refusal)(list(found.values()))

    async def _told_apart(self, job: Job, rows: list[NewRow]) -> list[NewRow]:
        """The rows, with an error where an id was there before."""
        ids = [row.custom_id for row in rows if row.custom_id is not None]
        lines = await self._ledger.known_ids(job.id, ids) if ids else {}
        apart = []
        for row in rows:
            if row.custom_id is None:
                apart.append(row)
                continue
            first = lines.setdefault(row.custom_id, row.line)
            apart.append(row if first == row.line else _repeated(row, first))
        return apart


def _repeated(row: NewRow, first: int) -> NewRow:
    problem = ValueProblem(ID, f"is the same as in line {first}; ids tell rows apart.")
    # Among other problems this one is first: it is the one that makes the row useless without another upload.
    problems = [problem, *(row.error.problems if row.error is not None else ())]
    return NewRow(row.number, row.line, row.custom_id, row.values, values_error(InvalidValues.code, problems))


def _skip(rows: Iterator[Row], count: int) -> None:
    for _ in islice(rows, count):
        pass


def _next(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, _SLICE))
