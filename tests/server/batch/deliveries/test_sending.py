"""What is sent to receivers that are slow, gone astray or talkative, whichever database it comes from."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from server.outgoing import Guard, OutgoingClient
from server.outgoing.addresses import Address
from server.webhooks import new_secret
from tests.server.batch.deliveries.post_office import SECRET, PostOffice, verified
from tests.server.outgoing.origin import Handler, Origin, drip, redirect, reply, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'signet.db'}"


def silence(handler: Handler) -> None:
    """A receiver that never answers."""
    handler.server.origin.released.wait()


async def test_all_secrets_sign(office: PostOffice, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(204)
    new = new_secret()
    job, _ = await office.posted(receiver.url("/hook"))
    async with office.open(secrets=(SECRET, new)):
        await office.tried(job, 1)
    assert verified(receiver.asked[0], SECRET) == verified(receiver.asked[0], new)


@pytest.mark.parametrize(
    ("header", "least", "most"), [("20", 20, 20), ("86400", 300, 300), ("1", 5, 5.5), ("soon", 5, 5.5), ("-3", 5, 5.5)]
)
async def test_a_receiver_may_ask_for_patience_within_bounds(
    office: PostOffice, receiver: Origin, header: str, least: float, most: float
) -> None:
    receiver.answers["/hook"] = reply(503, b"", {"Retry-After": header})
    job, _ = await office.posted(receiver.url("/hook"))
    async with office.open():
        found = await office.tried(job, 1)
    assert found.next_at is not None
    assert least <= found.next_at - found.log[0].time <= most + 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_redirects_are_not_followed(office: PostOffice, receiver: Origin, status: int) -> None:
    receiver.answers |= {"/hook": redirect(receiver.url("/elsewhere"), status), "/elsewhere": reply(200)}
    job, _ = await office.posted(receiver.url("/hook"))
    async with office.open():
        found = await office.tried(job, 1)
    assert found.state == "pending"
    assert found.log[0].error in ("its server answered with a redirect", "its server answered with status 304")
    assert [asked.path for asked in receiver.asked] == ["/hook"]


async def test_the_status_counts_and_not_the_body(office: PostOffice, receiver: Origin) -> None:
    receiver.answers |= {"/drip": drip, "/large": reply(200, b"x" * 5_000_000)}
    jobs = [(await office.posted(receiver.url(path)))[0] for path in ("/drip", "/large")]
    async with office.open():
        assert [(await office.tried(job, 1)).state for job in jobs] == ["delivered", "delivered"]


async def test_a_receiver_that_never_answers_delays_no_other(office: PostOffice, receiver: Origin) -> None:
    receiver.answers["/hook"] = silence
    slow = [(await office.posted(receiver.url("/hook")))[0] for _ in range(20)]
    with serving() as other:
        other.answers["/hook"] = reply(200)
        quick = [(await office.posted(other.url("/hook")))[0] for _ in range(10)]
        async with office.open(seconds=1.5) as deliverer:
            for job in quick:
                assert (await office.tried(job, 1)).state == "delivered"
            assert receiver.most_at_once == len(receiver.asked) == 2
            assert all([not (await office.only(job)).log for job in slow])
            found = await office.tried(slow[0], 1)
            assert found.log[0].error == "its server did not answer completely within 1.5 s"
            assert found.log[0].ms >= 1400
            deliverer.wake()
        assert other.most_at_once <= 2


async def test_an_address_that_turns_out_to_be_private_is_not_connected_to(
    office: PostOffice, receiver: Origin
) -> None:
    async def resolve(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    office.client = OutgoingClient(Guard(), resolver=resolve)
    job, _ = await office.posted(f"http://hooks.example.com:{receiver.port}/hook")
    async with office.open():
        found = await office.tried(job, 1)
    await office.client.close()
    assert found.state == "pending"
    assert found.log[0].error == "its host is not on the public internet; SIGNET_ALLOWED_HOSTS can admit it"
    assert receiver.asked == []
