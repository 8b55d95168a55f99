"""TOML tables read key by key: each with its type, its place in the file, and nothing left over unnoticed."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from renderer.errors import ManifestError, SourcePosition
from renderer.template.source import EmbeddedText

Path = tuple[str, ...]

_MAX_LENGTH = 500_000  # characters of one file

_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_TEXT_START = re.compile(r"[^=\n]*=\s*(?:\"{3}\n?|'{3}\n?|[\"'])")
_KEY_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")
_ERROR_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_DURATION = re.compile(r"(\d{1,9})\s*(s|m|h|d|w|ms)?", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def read_toml(file: str, text: str) -> Table:
    """The root table of a TOML file. Raises ManifestError with the place of a syntax error."""
    if len(text) > _MAX_LENGTH:
        raise ManifestError(f"The file has more than {_MAX_LENGTH:,} characters.", SourcePosition(file, 1, 1))
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _ERROR_PLACE.search(message)
        lines = text.count("\n") + 1
        position = SourcePosition(file, int((place and place[1]) or lines), int((place and place[2]) or 1))
        raise ManifestError(f"This is no valid TOML: {_ERROR_PLACE.sub('', message)}.", position) from None
    except (RecursionError, ValueError):
        message = "Lists and tables are nested too deeply, or a number has thousands of digits."
        raise ManifestError(message, SourcePosition(file, 1, 1)) from None
    return Table(data, (), Places(file, text))


class Places:
    """Where keys stand in a TOML file, which tomllib does not tell: found by looking for headers and `key =`."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._lines = text.splitlines()
        self._places: dict[Path, SourcePosition] = {}
        header: Path = ()
        for number, line in enumerate(self._lines, 1):
            if match := _HEADER.match(line):
                header = _parts(match[1])
                self._note(header, number, match.start(1) + 1)
            elif match := _KEY.match(line):
                self._note((*header, *_parts(match[1])), number, match.start(1) + 1)

    def _note(self, path: Path, line: int, column: int) -> None:
        for length in range(1, len(path) + 1):
            self._places.setdefault(path[:length], SourcePosition(self.file, line, column))

    def find(self, path: Path) -> SourcePosition:
        """The place of a key; inside an inline table that of the key in its line, else that of what holds it."""
        for length in range(len(path), 0, -1):
            place = self._places.get(path[:length])
            if place is not None:
                return self._inside(place, path[length:])
        return SourcePosition(self.file, 1, 1)

    def text(self, path: Path, value: str) -> EmbeddedText:
        """The text that a key has, as a source whose places are those in the file."""
        place = self.find(path)
        rest = "\n".join(self._lines[place.line - 1 :])
        opening = _TEXT_START.match(rest, place.column - 1)
        if opening is None or not rest.startswith(value, opening.end()):
            return EmbeddedText(value, place, verbatim=False)
        line, column = rest.count("\n", 0, opening.end()), opening.end() - (rest.rfind("\n", 0, opening.end()) + 1)
        return EmbeddedText(value, SourcePosition(self.file, place.line + line, column + 1), verbatim=True)

    def _inside(self, place: SourcePosition, rest: Path) -> SourcePosition:
        if not rest:
            return place
        line = self._lines[place.line - 1]
        match = re.search(rf"[{{,\s\"']({re.escape(rest[-1])})[\"']?\s*=", line)
        return SourcePosition(self.file, place.line, match.start(1) + 1) if match else place


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _KEY_PART.findall(dotted))


class Table:
    """One table. Every getter notes its key as known; `finish` refuses the others."""

    def __init__(self, data: Mapping[str, object], path: Path, places: Places) -> None:
        self.data = data
        self.path = path
        self._places = places
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def place(self, key: str | None = None) -> SourcePosition:
        """Where a key of this table (or the table itself) stands."""
        return self._places.find(self.path if key is None else (*self.path, key))

    def error(self, key: str | None, message: str) -> ManifestError:
        """An error at a key: its dotted name, then the message."""
        name = ".".join(self.path if key is None else (*self.path, key))
        return ManifestError(f"{name}: {message}" if name else message, self.place(key))

    def raw(self, key: str) -> object:
        """The value as TOML has it, or None."""
        self._known.append(key)
        return self.data.get(key)

    def _typed(self, key: str, expected: str, *types: type) -> object:
        value = self.raw(key)
        wrong_boolean = isinstance(value, bool) and bool not in types
        if value is not None and (not isinstance(value, types) or wrong_boolean):
            raise self.error(key, f"expected {expected}, got {describe_toml(value)}.")
        return value

    def text(self, key: str) -> str | None:
        """A text."""
        value = self._typed(key, "a text in quotes", str)
        return value if isinstance(value, str) else None

    def boolean(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self._typed(key, "true or false", bool)
        return value if isinstance(value, bool) else default

    def integer(self, key: str, minimum: int, maximum: int) -> int | None:
        """A whole number within bounds."""
        value = self._typed(key, "a whole number", int)
        if not isinstance(value, int):
            return None
        if not minimum <= value <= maximum:
            raise self.error(key, f"must be between {minimum:,} and {maximum:,}, got {value:,}.")
        return value

    def seconds(self, key: str) -> float | None:
        """A duration such as "90s", "5m", "1h", "7d", or a number of seconds."""
        value = self._typed(key, 'a duration such as "60s" or "1d"', str, int)
        if value is None:
            return None
        match = _DURATION.fullmatch(str(value).strip())
        if match is None:
            raise self.error(key, f'expected a duration such as "60s", "5m", "1h" or "1d", got {str(value)[:40]!r}.')
        return int(match[1]) * _SECONDS[match[2] or ""]

    def whole_seconds(self, key: str) -> int | None:
        """A duration of whole seconds."""
        seconds = self.seconds(key)
        if seconds is not None and seconds != int(seconds):
            raise self.error(key, "expected whole seconds.")
        return None if seconds is None else int(seconds)

    def choice(self, key: str, choices: Iterable[str]) -> str | None:
        """One of the choices."""
        value = self.text(key)
        allowed = list(choices)
        if value is not None and value not in allowed:
            raise self.error(key, f"{value[:40]!r} is none of {', '.join(allowed)}{did_you_mean(value, allowed)}.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._typed(key, "a list of texts", list)
        if not isinstance(value, list):
            return ()
        for item in value:
            if not isinstance(item, str):
                raise self.error(key, f"expected a list of texts, found {describe_toml(item)} in it.")
        return tuple(value)

    def file(self, key: str, files: Collection[str]) -> str | None:
        """The path of one of the template's files."""
        path = self.text(key)
        if path is not None and path not in files:
            raise self.error(key, f"the template has no file {path[:80]!r}{did_you_mean(path, files)}.")
        return path

    def table(self, key: str) -> Table | None:
        """A table inside this one."""
        value = self._typed(key, f"a table [{'.'.join((*self.path, key))}]", dict)
        return Table(value, (*self.path, key), self._places) if isinstance(value, dict) else None

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables inside the table `key`, by name."""
        outer = self.table(key)
        for name in outer.data if outer is not None else ():
            inner = outer.table(name) if outer is not None else None
            if inner is not None:
                yield name, inner

    def finish(self, inapplicable: Mapping[str, str] | None = None) -> None:
        """Refuse keys that no getter asked for; `inapplicable` explains those that belong to something else."""
        for key in self.data:
            if key in self._known:
                continue
            if inapplicable and key in inapplicable:
                raise self.error(key, inapplicable[key])
            hint = did_you_mean(key, self._known) or f"; known are {', '.join(sorted(set(self._known)))}"
            raise self.error(key, f"there is no such key{hint}.")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` without its full stop, or nothing if no known name is close."""
    close = difflib.get_close_matches(name[:100], list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def describe_toml(value: object) -> str:
    """The type of a TOML value with a glimpse of it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text {value[:40]!r}"
        case int() | Decimal():
            return f"the number {value}"[:60]
        case list():
            return "a list"
        case dict():
            return "a table"
        case datetime() | date() | time():
            return "a date or time"
        case _:
            return type(value).__name__
