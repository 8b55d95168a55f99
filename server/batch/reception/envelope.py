"""JSON uploads: the whole document is checked, and what stands beside its rows is kept; the rows are passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import ijson

from renderer.errors import ValueProblem
from server.batch.intake import UnreadableRows
from server.batch.intake.documents import JsonReader, open_json
from server.batch.intake.halves import complaint, half_in
from server.batch.reception.errors import UploadTooLarge
from server.documents import MAX_DEPTH, exact_number
from server.errors import InvalidValues, MalformedBody

ROWS: Final = "rows"
MAX_ROW_BYTES: Final = 4_000_000

_BLOCK: Final = 1 << 12  # ijson holds all events of a block, and many at once set off collections of all garbage
_MOST_BITS: Final = 1024  # of a whole number: about as much as a double can hold
_OPENING: Final = frozenset({"start_map", "start_array"})
_CLOSING: Final = frozenset({"end_map", "end_array"})

Event = tuple[str, object]


def read_members(path: Path, limit: int) -> dict[str, object]:
    """The members of a JSON object beside `rows`; none if the document is the list of rows itself.

    Reads the file piece by piece and keeps at most about `limit` bytes. Blocks.

    Raises:
        MalformedBody: no JSON document (RFC 8259), or one nested deeper than 64 levels.
        InvalidValues: a member is there twice; `rows` is missing or no list.
        UnreadableRows: there are no rows, or one is too long.
        UploadTooLarge: there is too much beside the rows.
    """
    with open_json(path) as file:
        source = _Source(file, limit)
        try:
            return _document(source)
        except ijson.JSONError as error:
            raise MalformedBody(f"{source.place} is no JSON: {_complaint(error)}.") from None
        except UnicodeError:
            raise MalformedBody(f"{source.place} is not UTF-8, or holds half a surrogate pair.") from None
        except (ArithmeticError, ValueError):  # the former is what ijson makes of absurd exponents
            raise MalformedBody(f"{source.place} holds too large a number.") from None


class _Source:
    """What ijson reads, with a limit for what it has to hold at once: the present row, or all that is no row."""

    def __init__(self, file: JsonReader, limit: int) -> None:
        self.rows = 0
        self._file = file
        self._limit = limit
        self._aside = 0  # bytes outside rows; a block counts as what it begins in
        self._row: int | None = None  # bytes of the present row behind the block that it began in

    @property
    def has_halves(self) -> bool:
        """Whether there was half of a surrogate pair so far."""
        return self._file.has_halves

    @property
    def place(self) -> str:
        """Where reading is, as the subject of a sentence."""
        return "The body" if self.rows == 0 else f"The body at row {self.rows - 1}"

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises UploadTooLarge, UnreadableRows."""
        data = self._file.read(size)
        if self._row is None:
            self._aside += len(data)
            if self._aside > self._limit + _BLOCK:
                raise UploadTooLarge(self._limit, "All members beside rows together")
        else:
            self._row += len(data)
            if self._row > MAX_ROW_BYTES:
                raise UnreadableRows(f"Row {max(self.rows - 1, 0)} has more than {MAX_ROW_BYTES:,} bytes.")
        return data

    def begin_row(self) -> None:
        """A row begins."""
        self.rows += 1
        self._row = 0

    def begin_rows(self) -> None:
        """The list of rows begins."""
        self._row = 0

    def end_rows(self) -> None:
        """The list of rows has ended."""
        self._row = None


def _document(source: _Source) -> dict[str, object]:
    events: Iterator[Event] = ijson.basic_parse(source, buf_size=_BLOCK)
    event, _ = next(events)
    members: dict[str, object] = {}
    problems: list[ValueProblem] = []
    if event == "start_array":
        _pass_rows(events, source, 1)
    elif event == "start_map":
        members, problems = _members(events, source)
    else:
        raise MalformedBody("The body must be a JSON object with the member rows, or a list of rows.")
    for _ in events:  # nothing may follow; ijson sees to it when it is asked for more
        pass
    if problems:
        raise InvalidValues(problems)
    if source.rows == 0:
        raise UnreadableRows("There are no rows: the list is empty.")
    return members


def _members(events: Iterator[Event], source: _Source) -> tuple[dict[str, object], list[ValueProblem]]:
    """The members of the object that has just begun, but its rows, and what is wrong with them."""
    members: dict[str, object] = {}
    problems: list[ValueProblem] = []
    seen: set[str] = set()
    for event, key in events:
        if event == "end_map":
            break
        name, first = str(key), next(events)
        if name in seen:
            problems.append(ValueProblem(name[:80], "is there twice."))
        seen.add(name)
        if name != ROWS:
            members[name] = _value(first, events)
        elif first[0] == "start_array":
            _pass_rows(events, source, 2)
        else:
            problems.append(ValueProblem(ROWS, "must be a list of objects, one for each picture."))
            _value(first, events)
    if source.has_halves:
        problems += _halves(members)
    if ROWS not in seen:
        problems.append(ValueProblem(ROWS, "is required: a list of objects, one for each picture."))
    return members, problems


def _halves(members: Mapping[str, object]) -> Iterator[ValueProblem]:
    """Complaints about halves of surrogate pairs; those in rows are complaints of their rows."""
    for name, value in members.items():
        if half := half_in(name):
            yield ValueProblem("a member's name", f"{complaint(half)}.")
        elif half := half_in(value):
            yield ValueProblem(name[:80], f"{complaint(half)}.")


def _pass_rows(events: Iterator[Event], source: _Source, outer: int) -> None:
    """Go to the end of the list of rows that has just begun, inside of `outer` levels."""
    source.begin_rows()
    depth = outer
    for event, _ in events:
        if event in _CLOSING:
            depth -= 1
            if depth < outer:
                break
        else:
            if depth == outer:
                source.begin_row()
            if event in _OPENING:
                depth += 1
                _check_depth(depth)
    source.end_rows()


def _value(first: Event, events: Iterator[Event]) -> object:
    """The value that begins with an event."""
    builder = ijson.ObjectBuilder()
    depth = 1  # of the member
    (event, value) = first
    while True:
        builder.event(event, _exact(value) if event == "number" else value)
        if event in _OPENING:
            depth += 1
            _check_depth(depth)
        elif event in _CLOSING:
            depth -= 1
        if depth == 1:
            found: object = builder.value
            return found
        event, value = next(events)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedBody(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _exact(value: object) -> object:
    if isinstance(value, Decimal):
        return exact_number(str(value))
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ValueError("too large a number")
    return value


def _complaint(error: Exception) -> str:
    """The parser's words: what is wrong in the first line, the text around the place in the second."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    what, _, rest = text.partition("\n")
    near = " ".join(rest.partition("\n")[0].split())
    what = what.removeprefix("parse error: ").removeprefix("lexical error: ").rstrip(".")
    return f"{what}, near {near[:80]}" if near else what
