"""Connections that end, are ended, or are kept, over HTTP/1.1 and HTTP/2; and servers that speak HTTP/2 badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from ipaddress import ip_address

import h2.errors
import pytest

from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient
from server.outgoing.addresses import Address
from server.outgoing.errors import BrokenAnswer, OutgoingError, TimedOut, TooLarge
from tests.server.outgoing.frames import FrameServer, Peer, serving_frames
from tests.server.outgoing.nginx_origin import ONE
from tests.server.outgoing.origin import TLS

pytestmark = pytest.mark.anyio

CAPS = Caps(100_000, 5)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"


async def loopback(host: str, port: int) -> list[Address]:
    return [ip_address("127.0.0.1")]


@pytest.fixture
async def client() -> AsyncIterator[OutgoingClient]:
    guard = Guard(AllowedHosts.parse(["127.0.0.1", "*.twins.internal"]))
    client = OutgoingClient(guard, resolver=loopback, trusted=str(TLS / "ca.pem"))
    yield client
    await client.close()


class LineServer:
    """Answers HTTP/1.1 requests; `replies` has what each connection says, one entry a request, and then it ends.

    An empty entry closes the connection without an answer; None at the end waits for the next request to do so.
    """

    def __init__(self) -> None:
        self.replies: Callable[[int], list[bytes]] = lambda connection: [ANSWER] * 100
        self.asked: list[tuple[int, str]] = []
        self.connections = 0
        self.ended = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        with suppress(OSError, asyncio.IncompleteReadError):
            for reply in self.replies(connection):
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append((connection, head.split(b" ")[0].decode()))
                writer.write(reply)
            await writer.drain()
        writer.close()
        self.ended.set()


@pytest.fixture
async def lines() -> AsyncIterator[LineServer]:
    lines = LineServer()
    listening = await asyncio.start_server(lines.serve, "127.0.0.1", 0)
    lines.port = listening.sockets[0].getsockname()[1]
    yield lines
    listening.close()


@pytest.fixture
async def frames() -> AsyncIterator[FrameServer]:
    async with serving_frames() as frames:
        yield frames


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_idle_connection_that_was_closed_is_not_used(
    client: OutgoingClient, lines: LineServer, method: str
) -> None:
    lines.replies = lambda connection: [ANSWER]
    for number in range(1, 4):
        assert (await client.request(lines.url, CAPS, method=method)).body == b"well"
        await asyncio.wait_for(lines.ended.wait(), 5)
        lines.ended.clear()
        assert lines.asked[-1] == (number, method)
    assert len(lines.asked) == 3


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_request_that_meets_the_end_of_a_kept_connection_is_sent_once_more(
    client: OutgoingClient, lines: LineServer, method: str
) -> None:
    lines.replies = lambda connection: [ANSWER if method == "GET" else ANSWER[:-4], b""]
    for _ in range(2):
        assert (await client.request(lines.url, CAPS, method=method)).status == 200
    assert lines.asked == [(1, method), (1, method), (2, method)]
    assert client.breakers.open == 0


async def test_a_post_is_not_sent_twice(client: OutgoingClient, lines: LineServer) -> None:
    lines.replies = lambda connection: [ANSWER, b""]
    await client.request(lines.url, CAPS)
    with pytest.raises(BrokenAnswer):
        await client.request(lines.url, CAPS, method="POST", content=b"{}")
    assert lines.asked == [(1, "GET"), (1, "POST")]


async def test_nothing_is_sent_a_third_time(client: OutgoingClient, lines: LineServer) -> None:
    lines.replies = lambda connection: [ANSWER, b""] if connection == 1 else [b""]
    await client.request(lines.url, CAPS)
    with pytest.raises(BrokenAnswer):
        await client.request(lines.url, CAPS)
    assert [connection for connection, _ in lines.asked] == [1, 1, 2]


@pytest.mark.parametrize("reply", [b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwel", b"what?\r\n\r\n"])
async def test_nor_a_second_time_if_any_byte_of_an_answer_came(
    client: OutgoingClient, lines: LineServer, reply: bytes
) -> None:
    lines.replies = lambda connection: [ANSWER, reply]
    await client.request(lines.url, CAPS)
    with pytest.raises(BrokenAnswer):
        await client.request(lines.url, CAPS)
    assert len(lines.asked) == 2


async def test_nor_on_a_connection_that_is_new(client: OutgoingClient, lines: LineServer) -> None:
    lines.replies = lambda connection: [b""]
    with pytest.raises(BrokenAnswer):
        await client.request(lines.url, CAPS)
    assert len(lines.asked) == 1


async def test_all_kept_connections_are_given_up_with_one(client: OutgoingClient, lines: LineServer) -> None:
    lines.replies = lambda connection: [ANSWER, b""] if connection <= 8 else [ANSWER] * 100
    await asyncio.gather(*(client.request(lines.url, CAPS) for _ in range(8)))
    answers = await asyncio.gather(*(client.request(lines.url, CAPS) for _ in range(8)))
    assert {answer.body for answer in answers} == {b"well"}
    assert client.breakers.open == 0


def ends_at_the_second_request(peer: Peer, stream: int) -> None:
    if peer.asked == 1:
        peer.answer(stream)
    else:
        peer.end()


def goes_away_at_the_second_request(peer: Peer, stream: int) -> None:
    if peer.asked == 1:
        peer.answer(stream)
    else:
        peer.h2.close_connection(last_stream_id=1)


def refuses_the_second_request(peer: Peer, stream: int) -> None:
    if peer.asked == 1:
        peer.answer(stream)
    else:
        peer.h2.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)


@pytest.mark.parametrize(
    "script", [ends_at_the_second_request, goes_away_at_the_second_request, refuses_the_second_request]
)
async def test_an_http2_connection_that_ends_costs_no_request(
    client: OutgoingClient, frames: FrameServer, script: Callable[[Peer, int], None]
) -> None:
    frames.script = script
    answers = [await client.request(frames.url(ONE), CAPS) for _ in range(3)]
    assert [answer.headers["x-connection"] for answer in answers] == ["1", "2", "3"]


@pytest.mark.parametrize("script", [lambda peer, stream: peer.end(), ends_at_the_second_request])
async def test_a_post_over_http2_is_not_sent_twice(
    client: OutgoingClient, frames: FrameServer, script: Callable[[Peer, int], None]
) -> None:
    frames.script = script
    with suppress(OutgoingError):
        await client.request(frames.url(ONE), CAPS)
    before = sum(peer.asked for peer in frames.connections)
    with pytest.raises(BrokenAnswer):
        await client.request(frames.url(ONE), CAPS, method="POST", content=b"{}")
    assert sum(peer.asked for peer in frames.connections) == before + 1


async def test_a_request_that_the_server_resets_for_reasons_of_its_own(
    client: OutgoingClient, frames: FrameServer
) -> None:
    def script(peer: Peer, stream: int) -> None:
        if peer.asked == 1:
            peer.answer(stream)
        else:
            peer.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    frames.script = script
    await client.request(frames.url(ONE), CAPS)
    with pytest.raises(BrokenAnswer):
        await client.request(frames.url(ONE), CAPS)
    assert [peer.asked for peer in frames.connections] == [2]


async def test_an_idle_http2_connection_that_went_away_is_not_used(client: OutgoingClient, frames: FrameServer) -> None:
    await client.request(frames.url(ONE), CAPS, method="POST", content=b"{}")
    frames.connections[0].h2.close_connection()
    frames.connections[0].flush()
    answer = await client.request(frames.url(ONE), CAPS, method="POST", content=b"{}")
    assert answer.headers["x-connection"] == "2"


def begins_and(goes_on: Callable[[Peer, int], None], *headers: tuple[str, str]) -> Callable[[Peer, int], None]:
    """The head of a good answer and one byte, and then something else."""

    def script(peer: Peer, stream: int) -> None:
        peer.h2.send_headers(stream, [(":status", "200"), *headers])
        peer.h2.send_data(stream, b"x")
        goes_on(peer, stream)

    return script


def frame(kind: int, flags: int, stream: int, body: bytes, length: int | None = None) -> bytes:
    """A frame as it is on the wire (RFC 9113 section 4.1), of a length that need not be true."""
    size = len(body) if length is None else length
    return size.to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + body


def too_long(peer: Peer, stream: int) -> None:
    peer.raw(frame(0, 0, stream, bytes(70_000), length=0xFFFFFF))


BAD: dict[str, Callable[[Peer, int], None]] = {
    "a status that is no number": lambda peer, stream: peer.answer(stream, status="fine"),
    "data before headers": lambda peer, stream: peer.raw(frame(0, 0, stream, b"x")),
    "data on the connection": lambda peer, stream: peer.raw(frame(0, 0, 0, b"x")),
    "a frame too long": too_long,
    "headers that are no HPACK": lambda peer, stream: peer.raw(frame(1, 4, stream, b"\xff\xff\xff\xff")),
    "HTTP/1.1 after all": lambda peer, stream: peer.raw(ANSWER),
    "the end in the middle": begins_and(lambda peer, stream: peer.end()),
    "nonsense in the middle": begins_and(too_long),
    "less than announced": begins_and(lambda peer, stream: peer.h2.end_stream(stream), ("content-length", "9")),
    "a reset in the middle": begins_and(lambda peer, stream: peer.h2.reset_stream(stream)),
    "too many headers": lambda peer, stream: peer.h2.send_headers(
        stream, [(":status", "200"), *((f"x-{i}", "x" * 1000) for i in range(100))], end_stream=True
    ),
}


@pytest.mark.parametrize("script", BAD.values(), ids=list(BAD))
async def test_bad_http2_breaks_one_answer_and_nothing_else(
    client: OutgoingClient, frames: FrameServer, script: Callable[[Peer, int], None]
) -> None:
    frames.script = script
    # h2 waits for the end of a frame before it says that it is too long: then the deadline comes first.
    with pytest.raises((BrokenAnswer, TimedOut)):
        await client.request(frames.url(ONE), Caps(100_000, 0.5))
    frames.script = Peer.answer
    answer = await client.request(frames.url(ONE), CAPS)
    assert (answer.body, answer.headers["x-connection"]) == (b"well", "2")


async def test_headers_with_line_breaks_in_them_are_read_and_harm_nobody(
    client: OutgoingClient, frames: FrameServer
) -> None:
    frames.script = lambda peer, stream: peer.h2.send_headers(
        stream, [(":status", "302"), ("location", "/x\r\nX-Y: 1")], end_stream=True
    )
    with pytest.raises(OutgoingError):
        await client.request(frames.url(ONE), CAPS)


async def test_a_server_that_says_nothing_over_http2_meets_the_deadline(
    client: OutgoingClient, frames: FrameServer
) -> None:
    frames.script = lambda peer, stream: None
    with pytest.raises(TimedOut):
        await client.request(frames.url(ONE), Caps(1000, 0.2))
    frames.script = Peer.answer
    assert (await client.request(frames.url(ONE), CAPS)).headers["x-connection"] == "2"


async def test_others_on_its_connection_finish_when_one_answer_is_given_up(
    client: OutgoingClient, frames: FrameServer
) -> None:
    waiting: asyncio.Queue[int] = asyncio.Queue()

    def script(peer: Peer, stream: int) -> None:
        if peer.asked == 1:
            waiting.put_nowait(stream)
            return
        peer.h2.send_headers(stream, [(":status", "200"), ("content-length", "200000")])

    frames.script = script
    slow = asyncio.create_task(client.request(frames.url(ONE), CAPS))
    stream = await waiting.get()
    with pytest.raises(TooLarge):
        await client.request(frames.url(ONE), CAPS)
    (peer,) = frames.connections
    peer.answer(stream)
    peer.flush()
    assert (await slow).headers["x-connection"] == "1"
    frames.script = Peer.answer
    assert (await client.request(frames.url(ONE), CAPS)).headers["x-connection"] == "2"


async def test_whoever_opens_a_connection_may_give_up_without_harm_to_those_who_wait_for_it(
    frames: FrameServer,
) -> None:
    asked = asyncio.Event()
    known = asyncio.Event()

    async def resolver(host: str, port: int) -> list[Address]:
        asked.set()
        await known.wait()
        return [ip_address("127.0.0.1")]

    client = OutgoingClient(
        Guard(AllowedHosts.parse(["*.twins.internal"])), resolver=resolver, trusted=str(TLS / "ca.pem")
    )
    first = asyncio.create_task(client.request(frames.url(ONE), CAPS))
    await asked.wait()
    others = [asyncio.create_task(client.request(frames.url(ONE), CAPS)) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    known.set()
    assert {(await other).body for other in others} == {b"well"}
    assert len(frames.connections) == 1
    await client.close()
