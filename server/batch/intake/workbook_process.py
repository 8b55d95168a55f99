"""Reads the first visible sheet of a workbook in a process of its own: `python workbook_process.py FILE LINES`.

A small workbook may claim cells that fill any memory, and the reader then ends its process. Each line of the output is
JSON: `[line, texts]` for each line of the sheet that is not empty, numbered from 1, with null for texts if one is too
long; or a text that says what is wrong.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final

_MAX_MEMORY: Final = 1_500_000_000  # bytes of addresses; some 20 million cells
_MAX_SECONDS: Final = 30  # of a core
_MAX_OUTPUT: Final = 2_000_000_000  # bytes
_MAX_CELL: Final = 1_000_000  # characters, as everywhere

Cell = int | float | str | bool | time | date | datetime | timedelta


def main(path: str, most: int) -> None:
    """Print so many lines of the sheet."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_OUTPUT, _MAX_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    from python_calamine import CalamineError

    try:
        for line in islice(lines(path), most):
            print(json.dumps(line))
    except (CalamineError, IndexError, ValueError, OSError) as error:
        print(json.dumps(str(error)))


def lines(path: str) -> Iterator[tuple[int, list[str] | None]]:
    """The lines of the sheet that are not empty. Raises CalamineError, IndexError, ValueError, OSError."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_path(path)
    shown = (
        number
        for number, each in enumerate(workbook.sheets_metadata)
        if each.visible == SheetVisibleEnum.Visible and each.typ == SheetTypeEnum.WorkSheet
    )
    sheet = workbook.get_sheet_by_index(next(shown, 0))
    first = (sheet.start or (0, 0))[0] + 1
    for line, cells in enumerate(sheet.iter_rows(), first):
        texts = [text_of(cell) for cell in cells]
        if any(texts):
            yield line, None if max(map(len, texts)) > _MAX_CELL else texts


def text_of(cell: Cell) -> str:
    """A cell in its plainest form: 501 for the number, 00501 for the text, 2026-11-21 for a day."""
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


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
