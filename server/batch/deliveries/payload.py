"""What a webhook says: the batch as the API tells of it, and the first failed rows, in at most 20,000 bytes.

Metadata, warnings and rows are there whole or not at all: half a value would be taken for a whole one. What there was
no room for is counted in `left_out`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from server.batch.answers import moment
from server.batch.records import RowRecord

MOST_BYTES: Final = 20_000
"""Of a message; the size that Standard Webhooks recommends as the most."""

MOST_ROWS: Final = 10

_FOR_ROWS: Final = 5_000  # bytes that metadata leave to failed rows and warnings
_MOST_WARNINGS: Final = 10
_LONGEST_TEXT: Final = 500  # characters of a message
_FOR_LEFT_OUT: Final = 200


def payload_text(event: str, document: Mapping[str, Any], failed: Sequence[RowRecord], now: float) -> str:
    """The body of a webhook. `document` is the batch as JSON, `failed` the first of its failed rows."""
    batch: dict[str, Any] = {**document, "metadata": {}, "warnings": []}
    if "error" in batch:
        batch["error"] = {**batch["error"], "message": _shortened(str(batch["error"].get("message", "")))}
    data: dict[str, Any] = {"batch": batch, "failed_rows": []}
    message = {"type": event, "timestamp": moment(now), "data": data}
    left = MOST_BYTES - _FOR_LEFT_OUT - _size(message)
    metadata, room = document.get("metadata", {}), left - _FOR_ROWS
    for name, value in metadata.items():
        size = _size({name: value})
        if size <= room:
            batch["metadata"][name] = value
            room -= size
    left = room + _FOR_ROWS
    left = _fill(data["failed_rows"], [_row(row) for row in failed[:MOST_ROWS]], left)
    warnings = [_shortened(text) for text in document.get("warnings", ())]
    _fill(batch["warnings"], warnings[:_MOST_WARNINGS], left)
    left_out = {
        "metadata": len(metadata) - len(batch["metadata"]),
        "warnings": len(warnings) - len(batch["warnings"]),
        "failed_rows": document["counts"]["failed"] - len(data["failed_rows"]),
    }
    if any(left_out.values()):
        data["left_out"] = {name: count for name, count in left_out.items() if count}
    return _json(message)


def _fill(into: list[Any], values: Sequence[Any], room: int) -> int:
    """Take values in their order while there is room; the room that is left."""
    for value in values:
        room -= _size(value) + 1
        if room < 0:
            break
        into.append(value)
    return room


def _row(row: RowRecord) -> dict[str, Any]:
    found: dict[str, Any] = {"index": row.number, "line": row.line}
    if row.custom_id is not None:
        found["custom_id"] = row.custom_id
    error = row.error
    if error is not None:
        found["error"] = {"code": error.code, "message": _shortened(error.message), "retryable": error.retryable}
        if error.field is not None:
            found["error"]["field"] = _shortened(error.field)
    return found


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _size(value: object) -> int:
    return len(_json(value).encode())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
