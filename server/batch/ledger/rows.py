"""Rows in the ledger: put in as they are read, given out page by page, changed as their pictures come."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, insert, or_, select, update

from server.batch.options import RowStatus
from server.batch.records import EDGE_HIT, Output, RowError, RowRecord, error_text, outputs_text, row_of
from server.database.tables import BATCH_ROWS


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row that was read; with an `error` it is failed from the start."""

    number: int
    line: int
    custom_id: str | None
    values: Mapping[str, Any]
    error: RowError | None = None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: its pictures, or why it has none."""

    number: int
    outputs: Sequence[Output]
    error: RowError | None
    attempts: int
    duration_ms: float

    @property
    def status(self) -> RowStatus:
        """Succeeded unless there is an error."""
        return "succeeded" if self.error is None else "failed"


@dataclass(frozen=True, slots=True)
class RowPage:
    """Which rows are wanted: so many from a number on, of one status or all.

    With `findings` only those with a picture that has one of these codes, or any finding for `ANY_FINDING`.
    """

    first: int = 0
    limit: int = 100
    status: RowStatus | None = None
    last: int | None = None
    findings: tuple[str, ...] = ()


ANY_FINDING: Final = "any"
"""What stands for every code of a finding."""

_FINISH: Final = (
    update(BATCH_ROWS)
    .where(
        BATCH_ROWS.c.batch == bindparam("b"), BATCH_ROWS.c.number == bindparam("n"), BATCH_ROWS.c.status == "pending"
    )
    .values(
        status=bindparam("s"),
        outputs=bindparam("o"),
        error=bindparam("e"),
        attempts=BATCH_ROWS.c.attempts + bindparam("a"),
        duration_ms=bindparam("d"),
    )
)
_ANNOTATE: Final = (
    update(BATCH_ROWS)
    .where(BATCH_ROWS.c.batch == bindparam("b"), BATCH_ROWS.c.number == bindparam("n"))
    .values(outputs=bindparam("o"))
)


def put(connection: Connection, batch: str, rows: Sequence[NewRow]) -> None:
    """Add rows."""
    connection.execute(
        insert(BATCH_ROWS),
        [
            {
                "batch": batch,
                "number": row.number,
                "line": row.line,
                "custom_id": row.custom_id,
                "status": "pending" if row.error is None else "failed",
                "values": json.dumps(row.values, ensure_ascii=False, separators=(",", ":"), default=_number),
                "outputs": "[]",
                "error": error_text(row.error),
                "attempts": 0,
                "duration_ms": 0.0,
            }
            for row in rows
        ],
    )


def counted(outputs: Sequence[Output]) -> dict[str, int]:
    """What pictures add to the counts of their job."""
    return {
        "rendered": sum(not output.cached for output in outputs),
        "reused": sum(output.cached for output in outputs),
        "changed": sum(output.changed for output in outputs),
        "suspicious": sum(bool(output.findings) for output in outputs),
        "warmed": sum(output.edge == EDGE_HIT for output in outputs),
        "exported": sum(output.file is not None for output in outputs),
        "bytes": sum(output.bytes for output in outputs),
    }


def known_ids(connection: Connection, batch: str, ids: Sequence[str]) -> dict[str, int]:
    """Which of these ids rows have already, with the line of the first."""
    query = (
        select(BATCH_ROWS.c.custom_id, BATCH_ROWS.c.line)
        .where(BATCH_ROWS.c.batch == batch, BATCH_ROWS.c.custom_id.in_(ids))
        .order_by(BATCH_ROWS.c.number.desc())
    )
    return {row.custom_id: row.line for row in connection.execute(query)}


def page(connection: Connection, batch: str, wanted: RowPage) -> list[RowRecord]:
    """Rows in order."""
    query = (
        select(BATCH_ROWS)
        .where(BATCH_ROWS.c.batch == batch, BATCH_ROWS.c.number >= wanted.first)
        .order_by(BATCH_ROWS.c.number)
        .limit(wanted.limit)
    )
    if wanted.status is not None:
        query = query.where(BATCH_ROWS.c.status == wanted.status)
    if wanted.last is not None:
        query = query.where(BATCH_ROWS.c.number <= wanted.last)
    if wanted.findings:
        query = query.where(or_(*(_has_finding(code) for code in wanted.findings)))
    return [row_of(row) for row in connection.execute(query)]


def finish(connection: Connection, batch: str, results: Sequence[RowResult]) -> None:
    """Note what became of rows; those that have a result already keep it."""
    if results:
        connection.execute(_FINISH, [_finished(batch, result) for result in results])


def annotate(connection: Connection, batch: str, outputs: Mapping[int, Sequence[Output]]) -> None:
    """Put pictures in the place of the same pictures, of which more is known now."""
    if outputs:
        connection.execute(
            _ANNOTATE, [{"b": batch, "n": number, "o": outputs_text(made)} for number, made in outputs.items()]
        )


def _has_finding(code: str) -> ColumnElement[bool]:
    """Whether a picture has a finding of this code.

    The text is looked through as it is, which is the same in every database: quotes within values of JSON are escaped,
    so that no message looks like a member.
    """
    mark = '"findings":[{' if code == ANY_FINDING else f'{{"code":{json.dumps(code)},'
    return BATCH_ROWS.c.outputs.contains(mark, autoescape=True)


def _finished(batch: str, result: RowResult) -> dict[str, object]:
    return {
        "b": batch,
        "n": result.number,
        "s": result.status,
        "o": outputs_text(result.outputs),
        "e": error_text(result.error),
        "a": result.attempts,
        "d": round(result.duration_ms, 2),
    }


def _number(value: object) -> float | str:
    """Numbers of uploads are Decimals, and as exact from here on as JSON's readers usually take them."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
