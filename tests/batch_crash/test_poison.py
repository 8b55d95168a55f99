"""Rows that end the process in which they are rendered, or the server itself, each time they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.batch.rendering import WORKER_CRASHED
from tests.batch_crash.accounts import Client, cards, check_accounts, check_pictures, rendered_again

ATTEMPTS = 3


def _with_fault(rows: Sequence[dict[str, Any]], fault: str, *numbers: int) -> list[dict[str, Any]]:
    return [row | ({"fault": fault} if number in numbers else {}) for number, row in enumerate(rows)]


def _failed(client: Client, batch: str, rows: Sequence[dict[str, Any]]) -> dict[int, str]:
    """Error codes of the rows that failed, by number; all others have succeeded and have their pictures."""
    job = client.ended(batch)
    assert (job["status"], job["outcome"]) == ("completed", "partial")
    found = check_accounts(client, batch, rows)
    check_pictures(client, [row for row in found if row["status"] == "succeeded"])
    return {row["index"]: row["error"]["code"] for row in found if row["status"] == "failed"}


def test_a_row_that_ends_its_process_fails_alone(client: Client) -> None:
    rows = _with_fault(cards("row", 60), "kills its process", 7, 55)
    batch = client.submit(rows)
    assert _failed(client, batch, rows) == {7: WORKER_CRASHED, 55: WORKER_CRASHED}
    titles = client.deployment.renders()
    assert [titles.count(rows[number]["title"]) for number in (7, 55)] == [ATTEMPTS, ATTEMPTS]
    assert client.deployment.deaths == 0


def test_a_row_that_ends_the_server_fails_alone(client: Client) -> None:
    rows = _with_fault(cards("row", 70), "kills the server", 33)
    batch = client.submit(rows)
    assert _failed(client, batch, rows) == {33: WORKER_CRASHED}
    # Twice with the rows that were leased with it, then alone.
    assert client.deployment.deaths == 2 + ATTEMPTS
    assert rendered_again(client.deployment) <= client.deployment.deaths * 4
