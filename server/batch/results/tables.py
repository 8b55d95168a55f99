"""Results as CSV (RFC 4180, UTF-8), for programs; and failed rows as CSV, for people who mend them and send them again.

Values stand there exactly as they were uploaded, also those that a spreadsheet takes for formulas (`=`, `+`, `-`, `@`
in front): a changed value would make another picture when it is sent again, and -5 is a number. Whoever opens rows of
strangers in a spreadsheet imports the columns as text (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

from server.batch.intake.rows import MAX_COLUMNS
from server.batch.records import REPORT_PREFIX, Output, RowRecord
from server.batch.results.blocks import blocks
from server.batch.results.errors import TooManyColumns
from server.links import query_text

Cell = str | int | float | None
Line = Sequence[Cell]

RESULT_COLUMNS: Final = (
    *("index", "line", "custom_id", "status", "format", "variant", "url", "etag", "bytes", "width", "height"),
    *("cached", "state", "version", "findings", "hash", "edge", "file", "attempts", "duration_ms"),
    *("error_code", "error_message", "error_field", "error_retryable"),
)
ERROR_COLUMNS: Final = tuple(
    REPORT_PREFIX + suffix for suffix in ("", "_code", "_field", "_retryable", "_index", "_line")
)
_NO_PICTURE: Final = (None,) * 14
_MARK: Final = "\ufeff"  # Excel takes UTF-8 for something else without it; uploads may have it
_OTHER_DELIMITERS: Final = (";", "\t", "|")


async def columns_of(rows: AsyncIterator[RowRecord]) -> list[str]:
    """The columns of all rows in the order in which they first appear; reports of earlier failures are none.

    Raises:
        TooManyColumns: more than an upload may have.
    """
    found: dict[str, None] = {}
    async for row in rows:
        found.update(dict.fromkeys(row.values))
        if len(found) > MAX_COLUMNS:
            raise TooManyColumns(f"The rows have more than {MAX_COLUMNS} different columns; take NDJSON.")
    return [column for column in found if not column.startswith(REPORT_PREFIX)]


def results_csv(rows: AsyncIterator[RowRecord], columns: Sequence[str]) -> AsyncIterator[bytes]:
    """A line for each picture, and one for each row without pictures; behind the results what was uploaded.

    A column of the upload that is called as one of the results is `input_…` here. Findings are their codes with spaces
    between them.
    """
    header = list(RESULT_COLUMNS)
    for column in columns:
        name = column
        while name in header:
            name = f"input_{name}"
        header.append(name)

    async def texts() -> AsyncIterator[str]:
        yield csv_line(header)
        async for row in rows:
            values = _values(row, columns)
            for result in _results(row):
                yield csv_line((*result, *values))

    return blocks(texts())


def errors_csv(rows: AsyncIterator[RowRecord], columns: Sequence[str]) -> AsyncIterator[bytes]:
    """Failed rows as they were uploaded, with what is wrong in columns that uploads may have and that mean nothing.

    What was no text in the upload is JSON, as in URLs. An empty text cannot be told from none.
    """

    async def texts() -> AsyncIterator[str]:
        yield _MARK
        if _is_doubtful(columns):
            yield "sep=,\r\n"  # spreadsheets read this line as uploads do
        yield csv_line((*columns, *ERROR_COLUMNS))
        async for row in rows:
            yield csv_line((*_values(row, columns), *_failure(row)))

    return blocks(texts())


def csv_line(cells: Line) -> str:
    """A record of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _is_doubtful(columns: Sequence[str]) -> bool:
    """Whether a reader could take another delimiter for that of the table."""
    strange = any(delimiter in column for column in columns for delimiter in _OTHER_DELIMITERS)
    return strange or any(column.lower().startswith("sep=") for column in columns[:1])


def _values(row: RowRecord, columns: Sequence[str]) -> list[str]:
    values = row.values
    return ["" if (value := values.get(column)) is None else query_text(value) for column in columns]


def _results(row: RowRecord) -> Iterator[Line]:
    head = (row.number, row.line, row.custom_id, row.status)
    error = row.error
    tail = (row.attempts, row.duration_ms) + (
        (None,) * 4 if error is None else (error.code, error.message, error.field, query_text(error.retryable))
    )
    if not row.outputs:
        yield (*head, *_NO_PICTURE, *tail)
    for output in row.outputs:
        yield (*head, *_picture(output), *tail)


def _picture(output: Output) -> Line:
    return (
        *(output.format, output.variant, output.url, output.etag, output.bytes, output.width, output.height),
        *(query_text(output.cached), output.state, output.version),
        " ".join(finding.code for finding in output.findings),
        *(output.hash, output.edge, output.file),
    )


def _failure(row: RowRecord) -> Line:
    place = (row.number, row.line)
    error = row.error
    if error is None:
        return (row.status, None, None, None, *place)
    return (error.message, error.code, error.field, query_text(error.retryable), *place)
