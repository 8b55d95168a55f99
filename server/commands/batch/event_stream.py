"""Server-Sent Events as they come over a connection (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 4_000_000
"""Of one line, and of the data of one event; more is no progress of a batch."""

_LINE_END: Final = re.compile(
    rb"\r\n|\r|\n"
)  # and no other: JSON may hold U+2028, which is the end of a line elsewhere
_MARK: Final = b"\xef\xbb\xbf"


class NoEventsError(ValueError):
    """What comes is no stream of events."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event; `id` is the last that was said up to it."""

    name: str
    data: str
    id: str


class EventStream:
    """Makes events of bytes, however they are cut.

    `last_id` is what has to be said when the stream is asked for again, `retry` after how many seconds, if that was
    told.
    """

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self.retry: float | None = None
        self._rest = b""
        self._begun = False
        self._after_return = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete. Raises NoEventsError."""
        for line in self._lines(data):
            if not line:
                if self._data:
                    yield Event(self._name or "message", "\n".join(self._data), self.last_id)
                self._name, self._data, self._size = "", [], 0
            else:
                self._take(line)

    def _lines(self, data: bytes) -> list[bytes]:
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]  # the second half of a line's end that was cut in two
            self._after_return = False
        if not data:
            return []
        self._after_return = data.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + data)
        if len(self._rest) > MOST_BYTES:
            raise NoEventsError("a line is too long")
        if lines and not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(_MARK)
        return lines

    def _take(self, line: bytes) -> None:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
                self._size += len(value)
                if self._size > MOST_BYTES:
                    raise NoEventsError("an event is too long")
            case "id" if "\0" not in value:
                self.last_id = value
            case "retry" if value.isascii() and value.isdecimal() and len(value) < 9:
                self.retry = int(value) / 1000
