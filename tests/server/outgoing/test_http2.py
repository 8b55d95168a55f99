"""HTTP/2, where a server offers it: behind the same guard, with the same bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from server.metrics import Metrics
from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient
from server.outgoing.addresses import Address
from server.outgoing.errors import (
    BadRedirect,
    CircuitOpen,
    RefusedAddress,
    RefusedHeader,
    RefusedUrl,
    TimedOut,
    TooLarge,
    Unreachable,
)
from tests.server.outgoing.nginx_origin import ENDLESS_BYTES, ONE, TWO, Ports, serving_http2, told
from tests.server.outgoing.origin import TLS

pytestmark = pytest.mark.anyio

CAPS = Caps(10_000, 5)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    with serving_http2(tmp_path_factory.mktemp("http2")) as ports:
        yield ports


class Loopback:
    """A resolver that knows 127.0.0.1 for every name at first, and another address afterwards."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.later = "127.0.0.1"

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return [ip_address(self.later if self.asked.count(host) > 1 else "127.0.0.1")]


@asynccontextmanager
async def client_of(resolver: Loopback, *allowed: str, metrics: Metrics | None = None) -> AsyncIterator[OutgoingClient]:
    guard = Guard(AllowedHosts.parse(allowed or ["*.twins.internal"]))
    client = OutgoingClient(guard, resolver=resolver, trusted=str(TLS / "ca.pem"), metrics=metrics)
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def http2() -> AsyncIterator[OutgoingClient]:
    async with client_of(Loopback()) as client:
        yield client


async def test_many_requests_share_a_connection(http2: OutgoingClient, ports: Ports) -> None:
    url = f"https://{ONE}:{ports.http2}/"
    answers = await asyncio.gather(*(http2.request(url, CAPS) for _ in range(40)))
    answers += [await http2.request(url, CAPS) for _ in range(40)]
    seen = {told(answer) for answer in answers}
    assert {(one.protocol, one.method, one.host, one.server_name) for one in seen} == {("HTTP/2.0", "GET", ONE, ONE)}
    assert len(seen) == 1


async def test_two_names_share_none_although_address_and_certificate_are_the_same(
    http2: OutgoingClient, ports: Ports
) -> None:
    answers = [told(await http2.request(f"https://{name}:{ports.http2}/", CAPS)) for name in (ONE, TWO, ONE, TWO)]
    assert [answer.server_name for answer in answers] == [answer.host for answer in answers] == [ONE, TWO, ONE, TWO]
    assert len({answer.connection for answer in answers}) == 2
    assert {answer.protocol for answer in answers} == {"HTTP/2.0"}


async def test_the_name_is_resolved_once_and_its_address_pinned(ports: Ports) -> None:
    resolver = Loopback()
    resolver.later = "169.254.169.254"
    url = f"https://{ONE}:{ports.http2}/"
    async with client_of(resolver) as client:
        for _ in range(3):
            assert told(await client.request(url, CAPS)).protocol == "HTTP/2.0"
        assert resolver.asked == [ONE]
        with pytest.raises(TooLarge):  # and the connection is not used again
            await client.request(f"https://{ONE}:{ports.http2}/large", CAPS)
        with pytest.raises(RefusedAddress):
            await client.request(url, CAPS)
    assert resolver.asked == [ONE, ONE]


async def test_a_certificate_of_another_name(ports: Ports) -> None:
    async with client_of(Loopback(), "*.internal") as client:
        with pytest.raises(Unreachable):
            await client.request(f"https://three.internal:{ports.http2}/", CAPS)


async def test_a_private_name_that_is_not_admitted(ports: Ports) -> None:
    async with client_of(Loopback(), "127.0.0.1") as client:
        with pytest.raises(RefusedUrl):
            await client.request(f"https://{ONE}:{ports.http2}/", CAPS)
        with pytest.raises(RefusedAddress):
            await client.request(f"https://twins.example:{ports.http2}/", CAPS)


async def test_post_with_a_body_and_secrets(http2: OutgoingClient, ports: Ports) -> None:
    base = f"https://{ONE}:{ports.http2}"
    secret = {"Authorization": " Bearer x "}  # HTTP/2 takes no spaces around
    answer = await http2.request(f"{base}/hook", CAPS, method="POST", content=b"{}", secret_headers=secret)
    assert (told(answer).method, answer.headers["x-authorization"]) == ("POST", "Bearer x")
    answer = await http2.request(f"{base}/reads", CAPS, method="POST", content=b"x" * 300_000, secret_headers=secret)
    assert answer.body == b"300000 Bearer x"
    with pytest.raises(BadRedirect):
        await http2.request(f"{base}/here", CAPS, method="POST", content=b"x")


async def test_redirects_keep_the_connection_and_lose_secrets_on_their_way_to_others(
    http2: OutgoingClient, ports: Ports
) -> None:
    base = f"https://{ONE}:{ports.http2}"
    first = await http2.request(base, CAPS, secret_headers={"Authorization": "x"})
    here = await http2.request(f"{base}/here", CAPS, secret_headers={"Authorization": "x"})
    twin = await http2.request(f"{base}/twin", CAPS, secret_headers={"Authorization": "x"})
    assert told(first).connection == told(here).connection != told(twin).connection
    assert [answer.headers.get("x-authorization") for answer in (first, here, twin)] == ["x", "x", None]
    assert told(twin).host == TWO


@pytest.mark.parametrize(("path", "error"), [("/private", RefusedAddress), ("/away", RefusedUrl)])
async def test_redirects_pass_the_guard(http2: OutgoingClient, ports: Ports, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await http2.request(f"https://{ONE}:{ports.http2}{path}", CAPS)


async def test_headers_cannot_be_smuggled(http2: OutgoingClient, ports: Ports) -> None:
    for headers in ({"X-A": "1\r\nX-B: 2"}, {":authority": "evil.example"}, {"X-A\n": "1"}):
        with pytest.raises(RefusedHeader):
            await http2.request(f"https://{ONE}:{ports.http2}/", CAPS, headers=headers)


async def test_heads(http2: OutgoingClient, ports: Ports) -> None:
    answer = await http2.request(f"https://{ONE}:{ports.http2}/endless", CAPS, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(ENDLESS_BYTES)


@pytest.mark.parametrize("protocol", ["http2", "http1"])
async def test_a_deadline_ends_one_answer_and_no_other(http2: OutgoingClient, ports: Ports, protocol: str) -> None:
    base = f"https://{ONE}:{getattr(ports, protocol)}"
    slow = asyncio.gather(
        *(http2.request(f"{base}/slow", Caps(10_000_000, 0.3 + i / 10)) for i in range(2)), return_exceptions=True
    )
    whole = [len((await http2.request(f"{base}/large", Caps(1_000_000, 5), method="HEAD")).body) for _ in range(5)]
    assert whole == [0] * 5
    assert [type(error) for error in await slow] == [TimedOut, TimedOut]
    assert told(await http2.request(base, CAPS)).host == ONE


async def test_answers_that_are_given_up_do_not_use_up_a_connection(http2: OutgoingClient, ports: Ports) -> None:
    # Without care, h2 counts each for ever, and refuses the 129th; or they fill the window that all share.
    base = f"https://{ONE}:{ports.http2}"
    for _ in range(20):
        given_up = [http2.request(f"{base}/endless", Caps(20_000_000, 5)) for _ in range(7)]
        results = await asyncio.gather(*given_up, http2.request(base, CAPS), return_exceptions=True)
        assert [type(result) for result in results[:7]] == [TooLarge] * 7
        assert not isinstance(results[7], BaseException)


async def test_a_server_that_ends_its_connections_soon(http2: OutgoingClient, ports: Ports) -> None:
    base = f"https://{ONE}:{ports.hasty}"
    answers = [told(await http2.request(base, CAPS)) for _ in range(10)]
    assert 1 < len({answer.connection for answer in answers}) < 10


async def test_a_connection_is_given_up_before_servers_do(http2: OutgoingClient, ports: Ports) -> None:
    base = f"https://{ONE}:{ports.http2}"
    connections = [told(await http2.request(base, CAPS)).connection for _ in range(100)]
    assert [connections.count(connection) for connection in dict.fromkeys(connections)] == [90, 10]


async def test_where_it_is_not_offered_requests_do_not_line_up(http2: OutgoingClient, ports: Ports) -> None:
    base = f"https://{ONE}:{ports.http1}"
    for _ in range(2):
        answers = list(map(told, await asyncio.gather(*(http2.request(base, CAPS) for _ in range(24)))))
        assert {answer.protocol for answer in answers} == {"HTTP/1.1"}
        assert len({answer.connection for answer in answers}) <= 8


async def test_failures_count_and_open_the_circuit(ports: Ports) -> None:
    metrics = Metrics()
    async with client_of(Loopback(), metrics=metrics) as client:
        base = f"https://{ONE}:{ports.http2}"
        for _ in range(5):
            assert (await client.request(f"{base}/missing", CAPS)).status == 404
        for _ in range(3):
            assert (await client.request(f"{base}/broken", CAPS)).status == 503
        with pytest.raises(CircuitOpen):
            await client.request(base, CAPS)
        assert (await client.request(f"https://{TWO}:{ports.http2}", CAPS)).status == 200
        assert client.breakers.open == 1
    assert (metrics.outgoing_requests, metrics.failed_outgoing_requests) == (9, 3)
    assert metrics.outgoing_requests_held_back == 1
