"""Frames and the exchange, without processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.farm.wire import Exchange, Frame, FrameReader, Kind, pack, unpack


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    exchange = Exchange(os.memfd_create("test"))
    yield exchange
    exchange.close()


@given(st.lists(st.binary(max_size=6000), min_size=1, max_size=4), st.integers(1, 5000))
def test_frames_survive_any_cut_of_the_stream(values: list[bytes], step: int) -> None:
    exchange = Exchange(os.memfd_create("test"))
    stream = b"".join(pack(exchange, Kind.RESULT, number, value, rss=7) for number, value in enumerate(values))
    reader, frames = FrameReader(), list[Frame]()
    for start in range(0, len(stream), step):
        frames += reader.feed(stream[start : start + step])
    assert [(frame.kind, frame.sequence, frame.rss) for frame in frames] == [
        (Kind.RESULT, number, 7) for number in range(len(values))
    ]
    assert unpack(exchange, frames[-1]) == values[-1]
    exchange.close()


def test_large_bytes_stay_out_of_the_pickle_even_when_repeated(exchange: Exchange) -> None:
    body = bytes(100_000)
    message = pack(exchange, Kind.RESULT, 1, {"png": body, "again": body})
    assert len(message) < 300
    (frame,) = FrameReader().feed(message)
    assert unpack(exchange, frame) == {"png": body, "again": body}


def test_unusually_large_messages_give_their_memory_back(exchange: Exchange) -> None:
    (frame,) = FrameReader().feed(pack(exchange, Kind.RESULT, 1, bytes(20_000_000)))
    assert unpack(exchange, frame) == bytes(20_000_000)
    assert os.fstat(exchange.descriptor).st_size < 10_000


def test_the_started_mark_is_of_one_job(exchange: Exchange) -> None:
    assert not exchange.has_started(1)
    exchange.mark_started(1)
    assert exchange.has_started(1)
    assert not exchange.has_started(2)


def test_a_message_that_was_cut_off_is_an_error(exchange: Exchange) -> None:
    (frame,) = FrameReader().feed(pack(exchange, Kind.RESULT, 1, bytes(20_000)))
    os.ftruncate(exchange.descriptor, 5000)
    with pytest.raises(EOFError):
        unpack(exchange, frame)
