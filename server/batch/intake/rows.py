"""One row of an upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_COLUMNS: Final = 500
MAX_CELL: Final = 1_000_000
"""Most characters of one value; longer ones are a problem of their row."""

CELL_TOO_LONG: Final = f"a cell has more than {MAX_CELL:,} characters"


@dataclass(frozen=True, slots=True)
class Row:
    """Values by column. `line` is where the row begins in the file, from 1: a line, or a row of a sheet.

    `texts`: all values are texts, as in CSV, to be read as in a URL. A row with a `problem` has no usable values.
    """

    index: int
    line: int
    values: Mapping[str, object] = field(default_factory=dict)
    texts: bool = False
    problem: str = ""
