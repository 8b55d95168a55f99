"""Which encoding a text file is in: byte order marks first (Unicode 16 section 23.8), then what the bytes allow."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Final

_MARKS: Final = (
    # UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HALF: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")  # of a surrogate pair, as some programs write it
_BLOCK: Final = 1 << 20
_SAMPLE: Final = 4096


def encoding_of(path: Path) -> str:
    """The file's encoding: by its mark, UTF-16 by its zeros, UTF-8 if all of it is valid, else Windows-1252.

    Windows-1252 is what spreadsheets of Western Europe and America write where they don't write UTF-8. Letters of
    UTF-8 before the first bytes that are none tell that the file is UTF-8 and torn: whoever reads it finds the place,
    where Windows-1252 would make other letters of all. Reads the whole file once, in blocks. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        if wide := _without_mark(head):
            return wide
        decoder = codecs.getincrementaldecoder("utf-8")()
        block = head
        only_ascii = True
        try:
            while block:
                only_ascii = decoder.decode(block).isascii() and only_ascii
                block = file.read(_BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            torn = not only_ascii or not error.object[: error.start].isascii()
            return "utf-8" if torn or _HALF.match(error.object, error.start) else "cp1252"
    return "utf-8"


def _without_mark(head: bytes) -> str:
    """UTF-16 of mostly Latin text has a zero in every other byte."""
    even, odd = head[0::2], head[1::2]
    if len(odd) < 2:
        return ""
    if odd.count(0) > len(odd) * 0.6 and even.count(0) < len(even) * 0.1:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.6 and odd.count(0) < len(odd) * 0.1:
        return "utf-16-be"
    return ""
