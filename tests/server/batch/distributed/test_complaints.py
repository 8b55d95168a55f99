from __future__ import annotations

import logging

import pytest

from server.batch.distributed.complaints import Complaints


def test_a_complaint_is_made_once_a_minute_and_withdrawn_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = 0.0
    complaints = Complaints(logging.getLogger("tests"), lambda: now)
    for now in (0.0, 30.0, 59.0, 61.0):
        complaints.make("redis", "away at %d", now)
        assert complaints.stands("redis")
    complaints.make("keys", "wrong")
    for _ in range(2):
        complaints.withdraw("redis", "back")
    assert [record.getMessage() for record in caplog.records] == ["away at 0", "away at 61", "wrong", "back"]
    assert not complaints.stands("redis")
    complaints.make("redis", "away again")
    assert caplog.records[-1].getMessage() == "away again"
