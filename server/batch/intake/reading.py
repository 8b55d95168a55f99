"""Which format an upload is in, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from server.batch.intake.documents import read_document, read_lines
from server.batch.intake.encoding import encoding_of
from server.batch.intake.errors import UnreadableRows
from server.batch.intake.rows import Row
from server.batch.intake.tables import read_table, table_columns
from server.batch.intake.workbooks import read_workbook, workbook_columns

Kind = Literal["json", "ndjson", "csv", "xlsx"]

MEDIA_TYPES: Final[dict[str, Kind]] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/csv": "csv",
    "application/vnd.ms-excel": "csv",  # what some browsers call a .csv file on machines with Excel
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_EXTENSIONS: Final[dict[str, Kind]] = {
    ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx"
}  # fmt: skip
_READERS: Final = {"json": read_document, "ndjson": read_lines, "csv": read_table, "xlsx": read_workbook}


def kind_of(path: Path, media_type: str = "", name: str = "") -> Kind:
    """The format: by media type, else by the name's extension, else by the first bytes.

    Old Excel files (.xls) announce themselves like CSV; a zip archive is a workbook whatever it is called.

    Raises:
        UnreadableRows: the file is empty.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise UnreadableRows("The upload is empty.")
    if head == b"PK\x03\x04":
        return "xlsx"
    if head == b"\xd0\xcf\x11\xe0":
        raise UnreadableRows("Old Excel files (.xls) are not read; save it as .xlsx or .csv.")
    said = MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower()) or _EXTENSIONS.get(Path(name).suffix.lower())
    return said or _guess(path)


def read_rows(path: Path, kind: Kind) -> Iterator[Row]:
    """The rows one by one, in order. Reads the disk: call it in a thread. Raises UnreadableRows, OSError."""
    return _READERS[kind](path)


def columns_of(path: Path, kind: Kind) -> list[str] | None:
    """The columns of a table; None for formats whose rows name their values themselves.

    Raises:
        UnreadableRows: no column names.
    """
    match kind:
        case "csv":
            return table_columns(path)
        case "xlsx":
            return workbook_columns(path)
    return None


def _guess(path: Path) -> Kind:
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        start = file.read(100_000).lstrip()
    if start.startswith("["):
        return "json"
    if start.startswith("{"):
        # An object that ends with its line is NDJSON, unless it is all there is.
        first, _, rest = start.partition("\n")
        return "ndjson" if first.rstrip().endswith("}") and rest.lstrip().startswith("{") else "json"
    return "csv"
