"""Rows of CSV files as programs write them: any usual delimiter, encoding, quoting and line end (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TextIO

from server.batch.intake.encoding import encoding_of
from server.batch.intake.errors import UnreadableRows
from server.batch.intake.rows import CELL_TOO_LONG, MAX_CELL, MAX_COLUMNS, Row

_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 64_000  # characters from which the delimiter is guessed
_SAMPLE_ROWS: Final = 50
_MAX_RECORD: Final = 4 * MAX_CELL  # characters of a row
_TOO_LONG: Final = "record too long"


def read_table(path: Path) -> Iterator[Row]:
    """The rows of a CSV file by the columns of its first line; empty lines and empty cells are left out.

    Raises:
        UnreadableRows: no column names, or names that are empty or twice; not text.
    """
    csv.field_size_limit(MAX_CELL)
    with _opened(path) as file:
        columns: list[str] | None = None
        index = 0
        for line, cells, problem in _records(file, _delimiter(file)):
            if columns is None:
                if problem:
                    raise UnreadableRows(f"Line {line}: {problem}.")
                if any(cell.strip() for cell in cells):
                    columns = column_names(cells, f"line {line}")
                continue
            if not problem and not any(cells):
                continue
            yield _row(index, line, columns, cells, problem)
            index += 1
    if columns is None:
        raise UnreadableRows("The file is empty; its first line must name the columns.")


def table_columns(path: Path) -> list[str]:
    """The names of the columns of a CSV file. Raises UnreadableRows as `read_table` does."""
    csv.field_size_limit(MAX_CELL)
    with _opened(path) as file:
        for line, cells, problem in _records(file, _delimiter(file)):
            if problem:
                raise UnreadableRows(f"Line {line}: {problem}.")
            if any(cell.strip() for cell in cells):
                return column_names(cells, f"line {line}")
    raise UnreadableRows("The file is empty; its first line must name the columns.")


def column_names(cells: Sequence[str], place: str) -> list[str]:
    """The names of columns without white space around them; empty ones at the end are cut off.

    Raises:
        UnreadableRows: a name is missing in the middle, there twice, or none; or there are too many.
    """
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise UnreadableRows(f"There are {len(names):,} columns; at most {MAX_COLUMNS} are read.")
    for number, name in enumerate(names, 1):
        if not name:
            raise UnreadableRows(f"Column {number} has no name in {place}; name it, or remove it.")
        if "\0" in name:
            raise UnreadableRows(f"Column {number} has a zero in its name in {place}; is it a table at all?")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UnreadableRows(f"The column {twice[0][:80]!r} is there twice in {place}.")
    return names


def _row(index: int, line: int, columns: list[str], cells: list[str], problem: str) -> Row:
    if not problem and any(cells[len(columns) :]):
        problem = f"it has {len(cells)} cells and there are {len(columns)} columns; a quotation mark may be missing"
    if problem:
        return Row(index, line, texts=True, problem=problem)
    return Row(index, line, {name: cell for name, cell in zip(columns, cells, strict=False) if cell}, texts=True)


class _Lines:
    """The lines of a file for the csv module, which would take any number of any length for one record."""

    def __init__(self, file: TextIO) -> None:
        self.number = 0
        self._file = file
        self._left = _MAX_RECORD

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        """The next line. Raises csv.Error if the record grows too long; reading goes on behind the line."""
        line = self._file.readline(_MAX_RECORD)
        if not line:
            raise StopIteration
        self.number += 1
        self._left -= len(line)
        if self._left <= 0:
            while line and line[-1] not in "\r\n":
                line = self._file.readline(_MAX_RECORD)
            raise csv.Error(_TOO_LONG)
        return line

    def begin_record(self) -> int:
        """The number of the line on which the next record begins."""
        self._left = _MAX_RECORD
        return self.number + 1


def _records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Each record with the line it begins on, and what is wrong with it."""
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begin = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise UnreadableRows(f"Near line {begin} are bytes that are no {_name_of(error)} text.") from None
        except csv.Error as error:
            yield begin, [], _complaint(str(error))
        else:
            yield begin, cells, ""


def _name_of(error: UnicodeDecodeError) -> str:
    return "UTF-8 and no Windows-1252" if error.encoding == "charmap" else error.encoding


def _complaint(said: str) -> str:
    """The csv module's words in those of somebody who looks at the file."""
    if said == "unexpected end of data":
        return "a quotation mark in it is never closed, so that all that follows is part of it"
    if said.startswith("field larger"):
        return f"{CELL_TOO_LONG}; a quotation mark may be missing"
    if said == _TOO_LONG:
        return f"it has more than {_MAX_RECORD:,} characters; a quotation mark may be missing"
    if "expected after" in said:
        return "a quotation mark stands within a cell that is in quotation marks; write it twice there"
    return f"it is no CSV ({said})"


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The file as text, behind a first line `sep=;`, which Excel writes for itself."""
    # newline="": the csv module tells line ends inside quotes from those between records, in any mixture.
    with path.open(encoding=encoding_of(path), newline="") as file:
        yield file


def _delimiter(file: TextIO) -> str:
    """The delimiter that cuts the first lines into the most columns of equal number; the file stands behind `sep=`."""
    try:
        first = file.readline(_SAMPLE)
        start = file.tell() if first.lstrip("\ufeff").lower().startswith("sep=") else 0
        file.seek(start)
        sample = file.read(_SAMPLE)
    except UnicodeDecodeError as error:
        raise UnreadableRows(f"The file is no {_name_of(error)} text; save it as CSV in UTF-8.") from None
    file.seek(start)
    said = first.strip()[-1:]
    if start and said in _DELIMITERS:
        return said
    return max(_DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(sample: str, delimiter: str) -> tuple[float, int]:
    """How well a delimiter fits: the share of lines with as many columns as the first, and that number."""
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if cells:
                rows.append(cells)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        return (0.0, 0)
    if not rows or len(rows[0]) < 2:
        return (0.0, 0)
    same = sum(len(cells) == len(rows[0]) for cells in rows)
    return (same / len(rows), len(rows[0]))
