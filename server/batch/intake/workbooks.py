"""Rows of the first sheet of an Excel workbook."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from server.batch.intake.errors import UnreadableRows
from server.batch.intake.rows import Row
from server.batch.intake.tables import column_names

_MAX_UNPACKED: Final = 256_000_000  # bytes; a workbook is a zip archive, and a small one can unpack to terabytes
_MAX_PARTS: Final = 2_000

Cell = int | float | str | bool | time | date | datetime | timedelta


def read_workbook(path: Path) -> Iterator[Row]:
    """The rows of the first sheet by the columns of its first line. Formulas count with the result kept in the file.

    Cells are read as texts in their plainest form: 501 for the number, 00501 for the text, 2026-11-21 for a day.

    Raises:
        UnreadableRows: no workbook, one that unpacks to too much, or no column names.
    """
    lines = _lines(path)
    columns = _columns(lines)
    for index, (line, texts) in enumerate(lines):
        yield Row(index, line, {name: text for name, text in zip(columns, texts, strict=False) if text}, texts=True)


def workbook_columns(path: Path) -> list[str]:
    """The names of the columns of the first sheet. Raises UnreadableRows as `read_workbook` does."""
    return _columns(_lines(path))


def _columns(lines: Iterator[tuple[int, list[str]]]) -> list[str]:
    for line, texts in lines:
        return column_names(texts, f"row {line} of the sheet")
    raise UnreadableRows("The first sheet is empty; its first row must name the columns.")


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of the first sheet that are not empty, numbered from 1 as Excel does."""
    _check_archive(path)
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except (CalamineError, IndexError, ValueError) as error:
        raise UnreadableRows(f"The workbook cannot be read: {error}.") from None
    first = (sheet.start or (0, 0))[0] + 1
    for line, cells in enumerate(sheet.iter_rows(), first):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield line, texts


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise UnreadableRows("The file is no Excel workbook (.xlsx).") from None
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
        raise UnreadableRows(f"The workbook unpacks to more than {_MAX_UNPACKED:,} bytes; send the rows as CSV.")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise UnreadableRows("The file is a zip archive, but no Excel workbook (.xlsx).")


def _text(cell: Cell) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
