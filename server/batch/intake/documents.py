"""Rows of JSON documents and of NDJSON (one document a line), read piece by piece."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Final, TextIO

import ijson

from server.batch.intake.encoding import encoding_of
from server.batch.intake.errors import UnreadableRows
from server.batch.intake.halves import HalfMarker, problem_of
from server.batch.intake.rows import MAX_CELL, MAX_COLUMNS, Row

_MAX_LINE: Final = 4 * MAX_CELL
_MOST_DIGITS: Final = 4000  # Python's limit is 4300
_TOO_MANY_DIGITS: Final = b"0" * _MOST_DIGITS
_SHAPE_OF_DIGITS: Final = bytes(ord("0") if chr(byte) in "0123456789" else ord(" ") for byte in range(256))
_NO_ROW: Final = "it is no JSON object with a value for each variable"


class JsonReader:
    """A JSON file as the UTF-8 bytes that ijson reads, whatever encoding it is in."""

    def __init__(self, file: BinaryIO | TextIO) -> None:
        self._file = file
        self._last = b""
        self._halves = HalfMarker()

    @property
    def has_halves(self) -> bool:
        """Whether there was half of a surrogate pair so far. Values have it marked, see `half_in`."""
        return self._halves.any

    def read(self, size: int = -1) -> bytes:
        """At least one byte, and about `size`, unless the file is at its end. Raises UnreadableRows."""
        data = self._next(size)
        # ijson reads memory that is not its own behind an integer of more digits than Python's limit for them.
        shape = self._last + data.translate(_SHAPE_OF_DIGITS)
        if _TOO_MANY_DIGITS in shape:
            raise UnreadableRows(f"The file has {_MOST_DIGITS:,} digits in a row; no number may have so many.")
        self._last = shape[-_MOST_DIGITS:]
        return data

    def _next(self, size: int) -> bytes:
        while True:
            data = self._file.read(size)
            read = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
            marked = self._halves.marked(read)
            if marked or not read:
                return marked


@contextmanager
def open_json(path: Path) -> Iterator[JsonReader]:
    """A JSON file, in UTF-8 or any encoding of Unicode that shows at its beginning.

    What looks like Windows-1252 is read as UTF-8 all the same: the parser then names the place that isn't.
    """
    encoding = encoding_of(path)
    if encoding.startswith(("utf-16", "utf-32")):
        with path.open(encoding=encoding) as text:
            yield JsonReader(text)
        return
    with path.open("rb") as file:
        file.seek(len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
        yield JsonReader(file)


def read_document(path: Path) -> Iterator[Row]:
    """The rows of a JSON file: those of the member `rows` of its object, or the file is the list itself.

    Raises:
        UnreadableRows: no JSON, or no list of rows where one is expected. Rows before the fault have been given.
    """
    prefix = "item" if _begins_with_list(path) else "rows.item"
    index = 0
    with open_json(path) as source:
        try:
            for value in ijson.items(source, prefix, map_type=_Members):
                yield _row(index, index + 1, value, may_have_halves=source.has_halves)
                index += 1
        # ArithmeticError is what numbers with absurd exponents make.
        except (ijson.JSONError, UnicodeError, ArithmeticError) as error:
            message = " ".join(str(error).split())[:200]
            raise UnreadableRows(f"Behind row {index} the file is no JSON: {message}.") from None
    if index == 0:
        raise UnreadableRows('There are no rows: expected a list of objects, or an object with a member "rows".')


def read_lines(path: Path) -> Iterator[Row]:
    """The rows of an NDJSON file; empty lines are left out. A line that is no object is a row with a problem.

    Raises:
        UnreadableRows: the file is empty, or no text.
    """
    index = 0
    with path.open(encoding=encoding_of(path)) as file:
        number = 0
        while True:
            number += 1
            try:
                line = file.readline(_MAX_LINE)
            except UnicodeDecodeError as error:
                name = "UTF-8" if error.encoding == "charmap" else error.encoding
                raise UnreadableRows(f"Near line {number} are bytes that are no {name} text.") from None
            if not line:
                break
            whole = line.endswith("\n") or len(line) < _MAX_LINE
            if not whole:
                _skip_line(file)
            if line.strip():
                yield _parsed(index, number, line) if whole else Row(index, number, problem="the line is too long")
                index += 1
    if index == 0:
        raise UnreadableRows("The file is empty; expected one JSON object a line.")


def _skip_line(file: TextIO) -> None:
    for rest in iter(lambda: file.readline(_MAX_LINE), ""):
        if rest.endswith("\n"):
            return


def _parsed(index: int, number: int, line: str) -> Row:
    try:
        value = json.loads(line.strip(), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
        return _row(index, number, value, may_have_halves="\\u" in line)
    except RecursionError:
        return Row(index, number, problem="it is nested too deeply")
    except json.JSONDecodeError as error:
        return Row(index, number, problem=f"it is no JSON ({error.msg}, at character {error.pos + 1})")
    except _UnfitError as error:
        return Row(index, number, problem=str(error))
    except ValueError:  # Python's limit for the digits of a number
        return Row(index, number, problem="it has a number of far too many digits")


def _row(index: int, line: int, value: object, *, may_have_halves: bool) -> Row:
    if not isinstance(value, Mapping):
        return Row(index, line, problem=_NO_ROW)
    if (twice := _twice_in(value)) is not None:
        return Row(index, line, problem=_told_twice(twice))
    if len(value) > MAX_COLUMNS:
        return Row(index, line, problem=f"it has more than {MAX_COLUMNS} values")
    if may_have_halves and (problem := problem_of(value)):
        return Row(index, line, problem=problem)
    return Row(index, line, {name: inner for name, inner in value.items() if inner is not None})


class _UnfitError(ValueError):
    """What the parser would take, and is none of a row's values all the same."""


class _Members(dict[str, object]):
    """Members of an object as they come, and the name of one that came twice: the last would win without a word."""

    twice: str | None = None

    def __setitem__(self, name: str, value: object) -> None:
        if name in self:
            self.twice = name
        super().__setitem__(name, value)


def _twice_in(value: object) -> str | None:
    """A name that is there twice, in an object or in one inside of it."""
    if isinstance(value, _Members):
        if value.twice is not None:
            return value.twice
        return next((name for each in value.values() if (name := _twice_in(each)) is not None), None)
    if isinstance(value, list):
        return next((name for each in value if (name := _twice_in(each)) is not None), None)
    return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise _UnfitError(_told_twice(twice))
    return found


def _told_twice(name: str) -> str:
    return f"{name[:80]!r} is there twice; which value counts?"


def _refuse(name: str) -> object:
    raise _UnfitError(f"{name} is no JSON number")


def _begins_with_list(path: Path) -> bool:
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        return file.read(1000).lstrip().startswith("[")
