"""Messages stay small whatever a job has in it, and say what they leave out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.batch.deliveries.payload import MOST_BYTES, payload_text
from server.batch.records import RowError, RowRecord

NOW = 1_763_716_000.0


def document(**members: object) -> dict[str, Any]:
    """A job as JSON with just what matters here."""
    return {"id": "batch_1", "counts": {"total": 90, "failed": 3}, "metadata": {}, "warnings": [], **members}


def failed(number: int, message: str = "is required", custom_id: str | None = None) -> RowRecord:
    error = RowError("invalid-values", message, "title")
    return RowRecord(number, number + 2, custom_id, "failed", {"title": "secret"}, (), error, 1)


def test_a_message_says_what_happened_to_what() -> None:
    message = json.loads(payload_text("batch.completed", document(), [failed(4, custom_id="sku-4")], NOW))
    assert message == {
        "type": "batch.completed",
        "timestamp": "2025-11-21T09:06:40.000Z",
        "data": {
            "batch": document(),
            "failed_rows": [
                {
                    "index": 4,
                    "line": 6,
                    "custom_id": "sku-4",
                    "error": {
                        "code": "invalid-values",
                        "message": "is required",
                        "retryable": False,
                        "field": "title",
                    },
                }
            ],
            "left_out": {"failed_rows": 2},
        },
    }


def test_nothing_is_left_out_of_most_messages() -> None:
    rows = [failed(number, "must be one of light, dark, and neither of them is what came" * 3) for number in range(3)]
    metadata = {f"name-{number}": "x" * 200 for number in range(40)}
    given = document(metadata=metadata, warnings=["The column price is in no variable."] * 5)
    data = json.loads(payload_text("batch.completed", given, rows, NOW))["data"]
    assert "left_out" not in data
    assert data["batch"] == given
    assert len(data["failed_rows"]) == 3


def test_metadata_are_there_whole_or_not_at_all_and_leave_room_for_rows() -> None:
    metadata = {f"name-{number}": "é" * 500 for number in range(50)}
    rows = [failed(number, "y" * 5000) for number in range(10)]
    given = document(metadata={**metadata, "order": "42"}, counts={"total": 90, "failed": 60})
    text = payload_text("batch.completed", given, rows, NOW)
    data = json.loads(text)["data"]
    assert 15_000 < len(text.encode()) <= MOST_BYTES
    kept = data["batch"]["metadata"]
    assert kept == {name: given["metadata"][name] for name in kept}
    assert kept["order"] == "42"
    assert data["failed_rows"][0]["error"]["message"] == "y" * 499 + "…"
    assert data["left_out"]["metadata"] == 51 - len(kept)
    assert data["left_out"]["failed_rows"] == 60 - len(data["failed_rows"])
    assert len(data["failed_rows"]) >= 5


@given(
    st.dictionaries(st.text(max_size=300), st.text(max_size=500), max_size=50),
    st.lists(st.text(max_size=3000), max_size=20),
    st.lists(st.tuples(st.text(max_size=3000), st.none() | st.text(max_size=200)), max_size=10),
    st.none() | st.text(max_size=3000),
)
def test_no_message_is_too_large(
    metadata: dict[str, str], warnings: list[str], rows: list[tuple[str, str | None]], error: str | None
) -> None:
    given = document(metadata=metadata, warnings=warnings, counts={"total": 10**7, "failed": 10**7})
    if error is not None:
        given["error"] = {"code": "unreadable-rows", "message": error}
    records = [failed(number, message, custom_id) for number, (message, custom_id) in enumerate(rows)]
    text = payload_text("batch.awaiting_approval", given, records, NOW)
    assert len(text.encode()) <= MOST_BYTES
    assert json.loads(text)["type"] == "batch.awaiting_approval"
