"""Rows of the first visible sheet of an Excel workbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, Final

from server.batch.intake.errors import UnreadableRows
from server.batch.intake.rows import CELL_TOO_LONG, Row
from server.batch.intake.tables import column_names

_MAX_UNPACKED: Final = 256_000_000  # bytes; a workbook is a zip archive, and a small one can unpack to terabytes
_MAX_PARTS: Final = 2_000

_MOST_LINES: Final = 1 << 20  # Excel has no more
_PLACES: Final = BoundedSemaphore(2)  # each process may take much memory
_READER: Final = Path(__file__).with_name("workbook_process.py")
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")  # and none of the server's secrets


def read_workbook(path: Path) -> Iterator[Row]:
    """The rows of the first visible sheet by the columns of its first line. Formulas count with the result in the file.

    Cells are read as texts in their plainest form: 501 for the number, 00501 for the text, 2026-11-21 for a day.

    Raises:
        UnreadableRows: no workbook, one that takes too much memory, or no column names.
    """
    lines = _lines(path)
    columns = _columns(lines)
    for index, (line, texts) in enumerate(lines):
        if texts is None:
            yield Row(index, line, texts=True, problem=CELL_TOO_LONG)
        else:
            yield Row(index, line, {name: text for name, text in zip(columns, texts, strict=False) if text}, texts=True)


def workbook_columns(path: Path) -> list[str]:
    """The names of the columns of the first visible sheet. Raises UnreadableRows as `read_workbook` does."""
    return _columns(_lines(path, most=1))


def _columns(lines: Iterator[tuple[int, list[str] | None]]) -> list[str]:
    for line, texts in lines:
        if texts is None:
            raise UnreadableRows(f"Row {line} of the sheet must name the columns: {CELL_TOO_LONG}.")
        return column_names(texts, f"row {line} of the sheet")
    raise UnreadableRows("The first sheet is empty; its first row must name the columns.")


def _lines(path: Path, most: int = _MOST_LINES) -> Iterator[tuple[int, list[str] | None]]:
    """The lines of the sheet that are not empty, numbered from 1 as Excel does; None where a cell is too long."""
    _check_archive(path)
    with TemporaryFile(dir=path.parent) as output:
        _read_into(output, path, most)
        output.seek(0)
        for text in output:
            found = json.loads(text)
            if isinstance(found, str):
                raise UnreadableRows(f"The workbook cannot be read: {found.rstrip('.')}.")
            line, texts = found
            yield line, texts


def _read_into(output: IO[bytes], path: Path, most: int) -> None:
    """Let a process of its own read a workbook. Raises UnreadableRows if that takes too much."""
    command = [sys.executable, "-P", str(_READER), str(path), str(most)]
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    with _PLACES:
        done = subprocess.run(  # noqa: S603 - our own program; the path is one of ours
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL, env=environment, check=False
        )
    if done.returncode != 0:
        raise UnreadableRows(
            "The first sheet takes too much memory or time to read: it may have a cell far away from the others. "
            "Delete what is beside and below the table, or send the rows as CSV."
        )


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnreadableRows("The file is no Excel workbook (.xlsx).") from None
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
        raise UnreadableRows(f"The workbook unpacks to more than {_MAX_UNPACKED:,} bytes; send the rows as CSV.")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise UnreadableRows("The file is a zip archive, but no Excel workbook (.xlsx).")
