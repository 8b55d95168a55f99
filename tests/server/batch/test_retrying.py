"""Rows that are rendered again, and rows that never were any."""

from __future__ import annotations

import json

from tests.server.batch.machines import JOBS, Works
from tests.server.batch.orders import retried, uploaded

TORN = '{"_id": "first", "title": "A"}\n{"title": \n{"_id": "first", "title": "B"}\n'


def failures(works: Works, batch: str) -> list[tuple[int, str]]:
    return [(row["index"], row["error"]["code"]) for row in works.rows(batch) if row["status"] == "failed"]


def test_torn_rows_and_repeated_ids_stay_failed(embedded: Works) -> None:
    lines = TORN + json.dumps({"title": "x" * 1000})
    batch = uploaded(embedded, lines, media_type="application/x-ndjson")
    embedded.settled(batch)
    before = failures(embedded, batch)
    assert before == [(1, "unreadable-row"), (2, "invalid-values"), (3, "invalid-values")]
    job = retried(embedded, batch)
    assert (job["run"], job["counts"]["succeeded"], job["counts"]["failed"]) == (2, 1, 3)
    assert failures(embedded, batch) == before
    attempts = {row["index"]: row["attempts"] for row in embedded.rows(batch)}
    assert attempts == {0: 1, 1: 0, 2: 0, 3: 1}  # the template may have changed, and take the last one now


def test_where_there_is_nothing_else_to_render_the_refusal_says_so(embedded: Works) -> None:
    batch = uploaded(embedded, TORN, media_type="application/x-ndjson")
    embedded.settled(batch)
    for wanted in ({}, {"rows": [1, 2]}):
        refused = embedded.server.call(f"{JOBS}/{batch}/retry", wanted)
        assert refused.status == 409
        assert "mend them and send them again" in str(refused.json()["detail"])
