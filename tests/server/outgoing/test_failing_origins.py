"""What the client learns of the health of other servers, and what it spares them and itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from ipaddress import ip_address

import httpx
import pytest

from server.metrics import Metrics
from server.outgoing import AllowedHosts, Caps, Fetched, Guard, OutgoingClient
from server.outgoing.addresses import Address
from server.outgoing.errors import (
    BrokenAnswer,
    CircuitOpen,
    OutgoingError,
    RefusedAddress,
    RefusedHeader,
    TimedOut,
    TooLarge,
    Unreachable,
)
from server.outgoing.exchange import asked_pause
from tests.server.outgoing.origin import (
    Answer,
    Handler,
    Origin,
    cut_short,
    drip,
    flood,
    garbage,
    redirect,
    reply,
    serving,
)

pytestmark = pytest.mark.anyio

CAPS = Caps(1000, 5)


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def client(clock: Time, metrics: Metrics) -> AsyncIterator[OutgoingClient]:
    guard = Guard(AllowedHosts.parse(["127.0.0.1"]))
    client = OutgoingClient(guard, metrics=metrics, clock=clock)
    yield client
    await client.close()


async def kinds(client: OutgoingClient, url: str, times: int, caps: Caps = CAPS) -> list[str]:
    """What becomes of requests, one after the other."""
    found = []
    for _ in range(times):
        try:
            found.append(str((await client.request(url, caps)).status))
        except OutgoingError as error:
            found.append(type(error).__name__)
    return found


async def all_places_are_taken(origin: Origin) -> None:
    while origin.running < 8:  # noqa: ASYNC110 - another thread counts
        await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (garbage, "BrokenAnswer"),
        (cut_short, "BrokenAnswer"),
        (drip, "TimedOut"),
        (reply(500), "500"),
        (reply(503, b"", {"Retry-After": "120"}), "503"),
        (reply(502, b"x" * 2000), "TooLarge"),
        (reply(500, b"", {"Content-Encoding": "br", "Location": "http://[::1"}), "500"),
    ],
)
async def test_an_origin_that_fails_is_left_alone_after_three_times(
    client: OutgoingClient, origin: Origin, clock: Time, metrics: Metrics, answer: Answer, kind: str
) -> None:
    origin.answers |= {"/": answer, "/well": reply(200)}
    caps = Caps(1000 if kind == "TooLarge" else 200_000, 0.5 if kind == "TimedOut" else 5)
    assert await kinds(client, origin.url(), 10, caps) == [kind] * 3 + ["CircuitOpen"] * 7
    assert await kinds(client, origin.url("/well"), 1) == ["CircuitOpen"]
    assert (len(origin.asked), client.breakers.open) == (3, 1)
    clock.now += 5
    assert await kinds(client, origin.url("/well"), 2) == ["200"] * 2
    assert client.breakers.open == 0
    assert (metrics.outgoing_requests, metrics.failed_outgoing_requests) == (5, 3)
    assert metrics.outgoing_requests_held_back == 8


async def test_an_origin_that_is_down_and_comes_back(client: OutgoingClient, clock: Time) -> None:
    with serving() as origin:
        url, port = origin.url(), origin.port
        origin.answers["/"] = reply(200, b"", {"Connection": "close"})
        assert await kinds(client, url, 1) == ["200"]
    assert await kinds(client, url, 5) == ["Unreachable"] * 3 + ["CircuitOpen"] * 2
    for wait in (5, 10, 10, 10):
        clock.now += wait - 0.1
        assert await kinds(client, url, 1) == ["CircuitOpen"]
        clock.now += 0.1
        assert await kinds(client, url, 2) == ["Unreachable", "CircuitOpen"]
    with serving(port=port) as origin:
        origin.answers["/"] = reply(200)
        assert await kinds(client, url, 1) == ["CircuitOpen"]
        clock.now += 10
        assert await kinds(client, url, 3) == ["200"] * 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(200), "200"),
        (reply(404), "404"),
        (reply(403), "403"),
        (reply(429), "429"),
        (reply(304), "304"),
        (reply(200, b"x" * 2000), "TooLarge"),
        (flood, "TooLarge"),
        (reply(200, b"x", {"Content-Encoding": "br"}), "BrokenAnswer"),
        (redirect("http://169.254.169.254/"), "RefusedAddress"),
        (redirect("http://localhost/"), "RefusedUrl"),
        (redirect("http://[::1"), "BadRedirect"),
        (redirect("/"), "BadRedirect"),
    ],
)
async def test_what_says_nothing_of_an_origins_health(
    client: OutgoingClient, origin: Origin, metrics: Metrics, answer: Answer, kind: str
) -> None:
    origin.answers["/"] = answer
    assert await kinds(client, origin.url(), 6) == [kind] * 6
    assert client.breakers.open == metrics.failed_outgoing_requests == 0


async def test_refusals_of_ours_count_for_nobody(client: OutgoingClient, metrics: Metrics) -> None:
    for url in ("http://127.0.0.2/", "http://10.0.0.1/", "http://localhost/", "file:///etc/passwd"):
        assert set(await kinds(client, url, 5)) <= {"RefusedAddress", "RefusedUrl"}
    for _ in range(5):
        with pytest.raises(RefusedHeader):
            await client.request("http://127.0.0.1:1/", CAPS, headers={"X": "\n"})
    assert client.breakers.open == metrics.failed_outgoing_requests == 0


@pytest.mark.parametrize(("value", "seconds"), [("7", 7), ("0", 0), ("86400", 30)])
async def test_an_origin_that_asks_for_a_pause_gets_it(
    client: OutgoingClient, origin: Origin, clock: Time, value: str, seconds: int
) -> None:
    origin.answers |= {"/": reply(429, b"", {"Retry-After": value}), "/well": reply(200)}
    assert await kinds(client, origin.url(), 1) == ["429"]
    if seconds:
        clock.now += seconds - 0.1
        with pytest.raises(CircuitOpen, match="asked for a pause"):
            await client.request(origin.url("/well"), CAPS)
        clock.now += 0.1
    assert await kinds(client, origin.url("/well"), 2) == ["200"] * 2


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("12", 12, 12),
        ("1" * 400, 1e8, 1e9),
        ("-1", 0, 0),
        ("soon", 0, 0),
        ("", 0, 0),
        ("Thu, 01 Jan 1998 00:00:00 GMT", 0, 0),
        ("Thu, 01 Jan 999999 00:00:00 GMT", 0, 0),
        ("٣", 0, 0),
    ],
)
def test_retry_after(said: str, least: float, most: float) -> None:
    headers = httpx.Headers({"Retry-After": said}, encoding="utf-8")
    assert least <= asked_pause(Fetched(429, headers, b"", "")) <= most
    assert asked_pause(Fetched(503, headers, b"", "")) == 0


def test_retry_after_as_a_date() -> None:
    headers = httpx.Headers({"Retry-After": formatdate(time.time() + 1000, usegmt=True)})
    assert 900 <= asked_pause(Fetched(429, headers, b"", "")) <= 1001


async def test_many_at_once_to_an_origin_that_does_not_answer_cost_one_round_of_waiting(
    client: OutgoingClient, origin: Origin, metrics: Metrics
) -> None:
    def silence(handler: Handler) -> None:
        origin.released.wait(20)

    origin.answers["/"] = silence
    hasty = [asyncio.create_task(client.request(origin.url(), Caps(1000, 1))) for _ in range(8)]
    await all_places_are_taken(origin)
    patient = [client.request(origin.url(), Caps(1000, 5)) for _ in range(100)]
    results = await asyncio.gather(*hasty, *patient, return_exceptions=True)
    assert {type(result) for result in results[:8]} == {TimedOut}
    assert {type(result) for result in results[8:]} <= {CircuitOpen, TimedOut}
    # Until the third of the hasty has failed, places of those before it are given away.
    assert len(origin.asked) == metrics.outgoing_requests <= 8 + 2


async def test_time_lost_in_a_queue_of_ours_is_not_the_origins_fault(
    client: OutgoingClient, origin: Origin, metrics: Metrics
) -> None:
    goes_on = threading.Event()

    def slowly(handler: Handler) -> None:
        goes_on.wait(20)
        handler.send(200)

    origin.answers |= {"/slow": slowly, "/": reply(200)}
    occupied = [asyncio.create_task(client.request(origin.url("/slow"), Caps(1000, 20))) for _ in range(8)]
    await all_places_are_taken(origin)
    late = await asyncio.gather(
        *(client.request(origin.url(), Caps(1000, 0.1)) for _ in range(20)), return_exceptions=True
    )
    goes_on.set()
    assert {str(error) for error in late} == {"too many requests were before it within 0.1 s"}
    assert {answer.status for answer in await asyncio.gather(*occupied)} == {200}
    assert client.breakers.open == metrics.failed_outgoing_requests == 0


async def test_the_little_time_that_a_slow_redirect_leaves_is_not_the_next_origins_fault(
    client: OutgoingClient, origin: Origin
) -> None:
    with serving() as other:

        def slowly(handler: Handler) -> None:
            origin.released.wait(0.25)
            redirect(other.url())(handler)

        origin.answers["/"] = slowly
        other.answers |= {"/": drip, "/well": reply(200)}
        assert await kinds(client, origin.url(), 4, Caps(100_000, 0.4)) == ["TimedOut"] * 4
        assert await kinds(client, other.url("/well"), 1) == ["200"]


async def test_a_request_that_is_given_up_counts_neither_way(
    client: OutgoingClient, origin: Origin, clock: Time
) -> None:
    origin.answers |= {"/": drip, "/broken": reply(500), "/well": reply(200)}

    async def give_up() -> None:
        asked = len(origin.asked)
        task = asyncio.create_task(client.request(origin.url(), Caps(100_000, 60)))
        while len(origin.asked) == asked:  # noqa: ASYNC110 - another thread counts
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for _ in range(4):
        await give_up()
    assert await kinds(client, origin.url("/broken"), 4) == ["500"] * 3 + ["CircuitOpen"]
    clock.now += 5
    await give_up()  # a probe
    assert await kinds(client, origin.url("/well"), 1) == ["200"]


async def test_one_probe_at_a_time(client: OutgoingClient, origin: Origin, clock: Time) -> None:
    def slowly(handler: Handler) -> None:
        origin.released.wait(0.2)
        handler.send(200)

    origin.answers |= {"/": reply(500), "/slow": slowly}
    await kinds(client, origin.url(), 3)
    clock.now += 5
    results = await asyncio.gather(
        *(client.request(origin.url("/slow"), CAPS) for _ in range(30)), return_exceptions=True
    )
    assert [type(result) for result in results].count(CircuitOpen) == 29
    assert len(origin.asked) == 4
    assert await kinds(client, origin.url("/slow"), 1) == ["200"]


async def test_the_insistent_are_sent_all_the_same(client: OutgoingClient, origin: Origin, clock: Time) -> None:
    origin.answers |= {"/": reply(500), "/well": reply(200)}
    for _ in range(6):
        assert (await client.request(origin.url(), CAPS, insistent=True)).status == 500
    assert await kinds(client, origin.url("/well"), 1) == ["CircuitOpen"]
    assert (await client.request(origin.url("/well"), CAPS, insistent=True)).status == 200
    assert await kinds(client, origin.url("/well"), 1) == ["200"]


@asynccontextmanager
async def resolving(resolver: object) -> AsyncIterator[OutgoingClient]:
    assert callable(resolver)
    client = OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1", "*.internal"])), resolver=resolver)
    yield client
    await client.close()


async def test_schemes_ports_and_names_fail_each_for_themselves() -> None:
    async def resolver(host: str, port: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1")]

    async with resolving(resolver) as client:
        with serving() as origin, serving() as other:
            origin.answers["/"] = reply(500)
            other.answers["/"] = reply(200)
            assert (await kinds(client, f"http://a.internal:{origin.port}/", 4))[-1] == "CircuitOpen"
            assert await kinds(client, f"http://A.internal:{origin.port}/", 1) == ["CircuitOpen"]
            assert await kinds(client, f"http://b.internal:{origin.port}/", 1) == ["500"]
            assert await kinds(client, f"http://a.internal:{other.port}/", 1) == ["200"]
            assert await kinds(client, f"https://a.internal:{origin.port}/", 1, Caps(1000, 1)) == ["Unreachable"]


async def test_names_that_cannot_be_resolved_fail_too() -> None:
    asked: list[str] = []

    async def resolver(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        raise Unreachable("its host cannot be resolved")

    async with resolving(resolver) as client:
        assert await kinds(client, "http://nowhere.example/", 5) == ["Unreachable"] * 3 + ["CircuitOpen"] * 2
    assert len(asked) == 3


async def test_names_with_private_addresses_are_refused_each_time() -> None:
    async def resolver(host: str, port: int) -> Sequence[Address]:
        return [ip_address("10.0.0.1")]

    async with resolving(resolver) as client:
        for _ in range(5):
            with pytest.raises(RefusedAddress):
                await client.request("http://rebinds.example/", CAPS)


def test_the_errors_are_told_apart() -> None:
    assert issubclass(CircuitOpen, OutgoingError)
    assert not issubclass(CircuitOpen, BrokenAnswer | TimedOut | TooLarge)
