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


def test_where_there_is_nothing_else_to_render_it_is_not_offered_and_the_refusal_says_so(embedded: Works) -> None:
    batch = uploaded(embedded, TORN, media_type="application/x-ndjson")
    assert embedded.settled(batch)["actions"] == ["delete"]
    for wanted, which in (({}, "the failed rows (2)"), ({"rows": [1, 2]}, "the rows that you name")):
        refused = embedded.server.call(f"{JOBS}/{batch}/retry", wanted)
        assert refused.status == 409
        said = str(refused.json()["detail"])
        assert which in said
        assert "Mend them and send them again, as a new batch." in said
    none = embedded.server.call(f"{JOBS}/{batch}/retry", {"custom_ids": ["nobody"]})
    assert (none.status, "none of those that you name" in str(none.json()["detail"])) == (409, True)


def test_it_is_offered_as_long_as_one_of_the_failed_rows_may_be_rendered(embedded: Works) -> None:
    lines = TORN + json.dumps({"title": "x" * 1000})
    batch = uploaded(embedded, lines, media_type="application/x-ndjson")
    assert embedded.settled(batch)["actions"] == ["retry", "delete"]
    assert retried(embedded, batch)["actions"] == ["retry", "delete"]


def test_what_has_not_failed_and_what_was_never_meant_to_be_rendered_is_told_apart(embedded: Works) -> None:
    whole = uploaded(embedded, "title\nGood\n")
    dry = uploaded(embedded, "title\nGood\n", "template=card&dry_run=true")
    for batch, why in ((whole, "none has failed or was cancelled"), (dry, "submit the rows without dry_run")):
        assert embedded.settled(batch)["actions"] == ["delete"]
        refused = embedded.server.call(f"{JOBS}/{batch}/retry", {})
        assert (refused.status, why in str(refused.json()["detail"])) == (409, True)
