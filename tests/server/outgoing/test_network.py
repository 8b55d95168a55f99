"""Between the check of an address and the connection to it nothing can change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import httpcore
import pytest

from server.outgoing import AllowedHosts, Caps, Guard, OutgoingClient
from server.outgoing.addresses import Address
from server.outgoing.errors import Refused, RefusedAddress, Unreachable
from server.outgoing.network import Resolver, SocketOption, resolve
from tests.server.outgoing.hostile import ADDRESSES, LITERALS, URLS
from tests.server.outgoing.origin import TLS, Origin, redirect, reply, serving

pytestmark = pytest.mark.anyio

CAPS = Caps(1_000_000, 5)
PUBLIC = "93.184.215.14"
NAME = "twins.internal"


class Answers:
    """A resolver that gives one list of addresses after the other, the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append((host, port))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [ip_address(text) for text in answer]


@asynccontextmanager
async def client_of(resolver: Resolver, *allowed: str) -> AsyncIterator[OutgoingClient]:
    client = OutgoingClient(
        Guard(AllowedHosts.parse(allowed)), resolver=resolver, trusted=str(TLS / "ca.pem")
    )  # fmt: skip
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
def twins() -> Iterator[tuple[Origin, Origin]]:
    """Two servers on one port: the first at 127.0.0.1, the second at 127.0.0.2."""
    with serving() as first, serving("127.0.0.2", first.port) as second:
        for origin, name in ((first, b"first"), (second, b"second")):
            origin.answers["/"] = reply(200, name, {"Connection": "close"})
            origin.answers["/elsewhere"] = redirect("/", 307)
        yield first, second


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that is really connected to; none is reached."""
    made: list[str] = []

    async def connect(
        self: httpcore.AnyIOBackend,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        made.append(host)
        raise httpcore.ConnectError("not in this test")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    return made


async def test_a_name_that_changes_after_the_check_is_connected_to_where_it_was_checked(connections: list[str]) -> None:
    resolver = Answers([PUBLIC], ["127.0.0.1"])
    async with client_of(resolver) as client:
        with pytest.raises(Unreachable):
            await client.request("http://rebinds.example/", CAPS)
    assert connections == [PUBLIC]
    assert resolver.asked == [("rebinds.example", 80)]


async def test_the_next_connection_is_checked_again(connections: list[str]) -> None:
    async with client_of(Answers([PUBLIC], ["127.0.0.1"])) as client:
        for error in (Unreachable, RefusedAddress):
            with pytest.raises(error):
                await client.request("http://rebinds.example/", CAPS)
    assert connections == [PUBLIC]


async def test_real_servers_are_reached_where_the_name_was_checked(twins: tuple[Origin, Origin]) -> None:
    url = f"http://{NAME}:{twins[0].port}/"
    resolver = Answers(["127.0.0.1"], ["127.0.0.2"])
    async with client_of(resolver, NAME) as client:
        assert [(await client.request(url, CAPS)).body for _ in range(2)] == [b"first", b"second"]
    assert len(resolver.asked) == 2
    for origin in twins:
        assert [asked.headers["host"] for asked in origin.asked] == [f"{NAME}:{origin.port}"]


async def test_a_kept_connection_needs_no_new_look_up(origin: Origin) -> None:
    origin.answers["/"] = reply(200, b"kept")
    resolver = Answers(["127.0.0.1"], ["127.0.0.2"])
    async with client_of(resolver, NAME) as client:
        for _ in range(2):
            assert (await client.request(f"http://{NAME}:{origin.port}/", CAPS)).body == b"kept"
    assert len(resolver.asked) == 1


async def test_a_redirect_to_a_name_that_rebinds(twins: tuple[Origin, Origin]) -> None:
    first, second = twins
    first.answers["/out"] = redirect(f"http://rebinds.example:{second.port}/")

    async def resolver(host: str, port: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1" if host == NAME else "127.0.0.2")]

    async with client_of(resolver, NAME) as client:
        with pytest.raises(RefusedAddress):
            await client.request(f"http://{NAME}:{first.port}/out", CAPS)
    assert second.asked == []


@pytest.mark.parametrize("url", URLS, ids=ascii)
async def test_no_hostile_url_leads_to_a_connection(url: str, connections: list[str], plain: OutgoingClient) -> None:
    with pytest.raises(Refused):
        await plain.request(url, CAPS)
    assert connections == []


@pytest.mark.parametrize("text", ADDRESSES)
async def test_no_special_address_is_connected_to(text: str, connections: list[str], plain: OutgoingClient) -> None:
    with pytest.raises(Refused):
        await plain.request(f"http://[{text}]/" if ":" in text else f"http://{text}/", CAPS)
    for addresses in ([text], [PUBLIC, text]):
        plain_answers.answers = [addresses]
        with pytest.raises(Refused):
            await plain.request("http://pictures.example/", CAPS)
    assert connections == []


@pytest.mark.parametrize("url", LITERALS, ids=ascii)
async def test_no_special_address_is_connected_to_however_it_is_written(
    url: str, connections: list[str], plain: OutgoingClient
) -> None:
    for _ in range(2):
        with pytest.raises(RefusedAddress):
            await plain.request(url, CAPS)
    assert connections == []


plain_answers = Answers([PUBLIC])


@pytest.fixture(scope="module")
async def plain() -> AsyncIterator[OutgoingClient]:
    """A client to which nothing is admitted."""
    async with client_of(plain_answers) as client:
        yield client


async def test_a_dead_address_costs_the_next_one_nothing(origin: Origin) -> None:
    origin.answers["/"] = reply(200, b"second address")
    async with client_of(Answers(["127.0.0.9", "127.0.0.1"]), NAME) as client:
        assert (await client.request(f"http://{NAME}:{origin.port}/", CAPS)).body == b"second address"


async def test_tls_is_made_for_the_name_and_not_for_the_address() -> None:
    with serving(certificate="pictures.internal.pem") as origin:
        origin.answers["/"] = reply(200, b"secret")
        async with client_of(Answers(["127.0.0.1"]), "*.internal") as client:
            answer = await client.request(f"https://pictures.internal:{origin.port}/", CAPS)
            assert answer.body == b"secret"
            assert origin.asked[0].headers["host"] == f"pictures.internal:{origin.port}"
            with pytest.raises(Unreachable):
                await client.request(f"https://others.internal:{origin.port}/", CAPS)


async def test_the_systems_resolver() -> None:
    assert await resolve("127.0.0.1", 80) == [ip_address("127.0.0.1")]
    with pytest.raises(Unreachable) as caught:
        await resolve("nowhere.invalid", 80)
    assert "cannot be resolved" in caught.value.message


async def test_a_slow_look_up_stops_nobody_else(origin: Origin) -> None:
    origin.answers["/"] = reply(200, b"quick")
    known = asyncio.Event()

    async def resolver(host: str, port: int) -> Sequence[Address]:
        if host.startswith("slow"):
            await known.wait()
        return [ip_address("127.0.0.1")]

    async with client_of(resolver, "*.internal") as client:
        slow = asyncio.create_task(client.request(f"http://slow.internal:{origin.port}/", CAPS))
        assert (await client.request(f"http://quick.internal:{origin.port}/", CAPS)).body == b"quick"
        known.set()
        assert (await slow).body == b"quick"
