"""Server-Sent Events, however the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.commands.batch import event_stream
from server.commands.batch.event_stream import Event, EventStream, NoEventsError

STREAM = (
    b"\xef\xbb\xbfretry: 1500\n\n: nothing new\n\nid: 1\nevent: progress\ndata: one\r\ndata:two\r\n\r\n"
    b"data: a\xe2\x80\xa8b\xc2\x85c\x0bd\r\r"
    b"id: 2\nevent: left\n\nid\ndata: last\nstrange: field\n\nid: 9\ndata: unfinished\n"
)
EVENTS = [
    Event("progress", "one\ntwo", "1"),
    Event("message", "a\u2028b\x85c\x0bd", "1"),
    Event("message", "last", ""),
]


def fed(pieces: list[bytes], stream: EventStream) -> list[Event]:
    return [event for piece in pieces for event in stream.feed(piece)]


def test_events_are_read_as_the_standard_says() -> None:
    stream = EventStream("0")
    assert fed([STREAM], stream) == EVENTS
    assert (stream.retry, stream.last_id) == (1.5, "9")


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_it_does_not_matter_where_they_are_cut(places: list[int]) -> None:
    cuts = [0, *sorted(places), len(STREAM)]
    pieces = [STREAM[start:stop] for start, stop in pairwise(cuts)]
    assert fed(pieces, EventStream()) == EVENTS


def test_ids_with_nul_and_retries_that_are_no_number_are_passed_over() -> None:
    stream = EventStream("7")
    assert fed([b"id: a\0b\nretry: soon\ndata: x\n\n"], stream) == [Event("message", "x", "7")]
    assert stream.retry is None


@pytest.mark.parametrize("piece", [b"x", b"data: x\n"])
def test_what_never_ends_is_no_stream_of_events(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "MOST_BYTES", 100)
    with pytest.raises(NoEventsError):
        fed([piece] * 200, EventStream())


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    fed([data], EventStream())
