"""The log tells of each job who wanted it, and what became of it."""

from __future__ import annotations

import logging
import re

import pytest

from tests.server.batch.machines import Works


def test_the_log_has_a_line_of_each_job_that_ends(embedded: Works, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "server.batch.audit"):
        batch = embedded.submit([{"title": "Audited"}, {"title": "Audited"}, {"count": 1}])
        job = embedded.settled(batch)
    (line,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("batch.completed")]
    assert re.fullmatch(
        rf"batch\.completed: {batch} of [0-9a-f]{{16}}, template card version {job['version']}, run 1: 3 rows, "
        r"2 succeeded, 1 failed, 0 cancelled, 0 pending; 1 pictures rendered, 1 reused, \d+ bytes",
        line,
    )
