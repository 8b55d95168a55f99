r"""Halves of surrogate pairs, as in the JSON text `"\ud800"`: they are no characters (Unicode 16 section 3.8, D75).

JSON allows them (RFC 8259 section 8.2), and parsers make of them what they like; here they are an error that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_HALF: Final = re.compile("[\ud800-\udfff]")
_MARKED: Final = re.compile("\ufdd0([0-9a-f]{4})\ufdd1")
_MARK: Final = "\ufdd0%s\ufdd1"  # noncharacters, which no text has that is meant for others

_ESCAPE: Final = re.compile(
    rb"""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}  # a whole pair
    | \\u(?P<half>[dD][89a-fA-F][0-9a-fA-F]{2})
    | \\[^u]
    """,
    re.VERBOSE,
)
_CUT: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3}|u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?)?\Z")
_LONGEST_CUT: Final = 11


class HalfMarker:
    """Marks halves in JSON text that comes in pieces, so that parsers keep them; `any` tells whether there were some.

    Backslashes are in JSON only where something is escaped, so that they pair up from wherever one begins.
    """

    def __init__(self) -> None:
        self.any = False
        self._held = b""

    def marked(self, data: bytes) -> bytes:
        """The text so far, without an escape that is not whole yet; nothing is held back once `data` is empty."""
        text = self._held + data
        cut = _cut(text) if data else len(text)
        self._held = text[cut:]
        return _ESCAPE.sub(self._mark, text[:cut]) if b"\\u" in text else text[:cut]

    def _mark(self, found: re.Match[bytes]) -> bytes:
        if found["half"] is None:
            return found[0]
        self.any = True
        return (_MARK % found["half"].decode().lower()).encode()


def _cut(text: bytes) -> int:
    """Where an escape begins that may go on behind the text."""
    for place in range(max(0, len(text) - _LONGEST_CUT), len(text)):
        if text[place] == ord("\\") and _CUT.match(text, place):
            before = text[:place]
            if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
                return place
    return len(text)


def half_in(value: object) -> str | None:
    """The code of the first half in a value, as four digits, also where it is marked; None if there is none."""
    match value:
        case str():
            marked, half = _MARKED.search(value), _HALF.search(value)
            return marked[1] if marked else f"{ord(half[0]):04x}" if half else None
        case Mapping():
            return _first_half(each for pair in value.items() for each in pair)
        case list():
            return _first_half(value)
    return None


def _first_half(values: Iterable[object]) -> str | None:
    return next((half for each in values if (half := half_in(each)) is not None), None)


def complaint(half: str) -> str:
    """What is wrong with a value that holds a half, and what to do."""
    return f"has half of a surrogate pair (\\u{half}), which is no character; write the whole one, or take it out"


def problem_of(row: Mapping[str, object]) -> str:
    """What is wrong with a row in this respect, by its column; nothing for most."""
    for number, (name, value) in enumerate(row.items(), 1):
        if half := half_in(name):
            return f"the name of its column {number} {complaint(half)}"
        if half := half_in(value):
            return f"its {name[:80]} {complaint(half)}"
    return ""
