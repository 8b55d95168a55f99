"""Which bytes of a picture a Range field asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.errors import RangeNotSatisfiable
from server.http.ranges import ByteRange, requested_range

TAG = '"abc"'
BODY = bytes(range(100))


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-524288", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 99),
        ("bytes=99-", 99, 99),
        ("bytes=10-19", 10, 19),
        ("bytes=-10", 90, 99),
        ("bytes=-1000", 0, 99),
        ("BYTES = 5-6 ", 5, 6),
    ],
)
def test_one_range(header: str, first: int, last: int) -> None:
    part = requested_range(header, None, TAG, 100)
    assert part == ByteRange(first, last, 100)
    assert part.of(BODY) == bytes(range(first, last + 1))
    assert part.content_range == f"bytes {first}-{last}/100"


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "bytes=9-5", "bytes=1-2-3", "items=0-5"),
        *("bytes=0-5,10-15", "bytes=0-5, bytes=7-8", "bytes=+1-2", "bytes=１-2", f"bytes={'9' * 30}-", "bytes=--5"),
    ],
)
def test_what_is_no_single_range_is_ignored(header: str | None) -> None:
    assert requested_range(header, None, TAG, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999-1000000"])
def test_a_range_behind_the_end_tells_the_length(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        requested_range(header, None, TAG, 100)
    assert (caught.value.status, caught.value.headers()["Content-Range"]) == (416, "bytes */100")


@pytest.mark.parametrize(
    ("if_range", "holds"),
    [(TAG, True), (f" {TAG} ", True), (f"W/{TAG}", False), ('"other"', False), ("", False), ("abc", False),
     ("Sat, 21 Nov 2026 05:00:00 GMT", False)],
)  # fmt: skip
def test_a_condition_is_compared_strongly(if_range: str, holds: bool) -> None:
    assert (requested_range("bytes=0-9", if_range, TAG, 100) is not None) is holds
    # A condition that doesn't hold makes the range void, also one that can't be satisfied.
    if not holds:
        assert requested_range("bytes=500-", if_range, TAG, 100) is None


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d*-\d*", fullmatch=True), st.integers(1, 10**6))
def test_any_header_means_a_part_the_whole_or_nothing(header: str, length: int) -> None:
    try:
        part = requested_range(header, None, TAG, length)
    except RangeNotSatisfiable:
        return
    assert part is None or 0 <= part.first <= part.last < length
