"""Durations and sizes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.quantities import format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        ("60s", 60),
        ("1m", 60),
        ("1h30m", 5400),
        ("1d", 86_400),
        ("2w1d", 1_296_000),
        (" 1H ", 3600),
        ("0", 0),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "1.5h", "30m1h", "1h1h", "-1", "1 h", "1y", "٣s", "1e3", "9" * 10])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("512", 512), ("512MB", 512 * 10**6), ("512 mib", 512 * 2**20), ("1.5GiB", 3 * 2**29), ("0.001kB", 1)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "1,5GB", "1.5555GB", "1XB", "1M", "∞"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@given(st.integers(0, 10**15 - 1) | st.integers(0, 999).map(lambda count: count * 2**30))
def test_sizes_read_back(size: int) -> None:
    assert parse_size(format_size(size)) == size
