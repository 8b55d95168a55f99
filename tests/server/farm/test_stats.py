"""Durations for the metrics page."""

from __future__ import annotations

import pytest

from server.farm.stats import BOUNDS, Durations


def test_durations_fall_into_the_bucket_of_their_upper_bound() -> None:
    durations = Durations()
    for seconds in (0.0, 0.005, 0.006, 10.0, 11.0):
        durations.add(seconds)
    histogram = durations.snapshot()
    assert histogram.buckets[:2] == (2, 1)
    assert histogram.buckets[-2:] == (1, 1)
    assert len(histogram.buckets) == len(BOUNDS) + 1
    assert histogram.count == 5
    assert histogram.total == pytest.approx(21.011)


def test_the_recent_duration_follows_slowly() -> None:
    durations = Durations()
    assert durations.recent is None
    durations.add(1.0)
    durations.add(2.0)
    assert durations.recent == pytest.approx(1.1)
