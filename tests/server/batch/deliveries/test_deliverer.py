"""Deliveries to real receivers over HTTP, from both kinds of database."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

import pytest

from server.batch.deliveries import UnknownDelivery, message_id
from server.batch.deliveries.schedule import SCHEDULE
from server.database import Database
from server.outgoing import AllowedHosts, Guard, OutgoingClient
from tests.server.batch.deliveries.post_office import PostOffice, WallClock, ids, until, verified
from tests.server.outgoing.origin import Handler, Origin, reply, serving

pytestmark = pytest.mark.anyio


def silence(handler: Handler) -> None:
    """A receiver that never answers."""
    handler.server.origin.released.wait()


async def test_a_message_is_delivered_once_and_verifies(office: PostOffice, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(200, b"thank you")
    job, identity = await office.posted(receiver.url("/hook?token=1"), metadata={"campaign": "Frühling"})
    assert await office.post(job) == identity == message_id(job.id, 1, "batch.completed")
    async with office.open():
        found = await office.tried(job, 1)
    (asked,) = receiver.asked
    assert (asked.method, asked.path, asked.headers["webhook-id"]) == ("POST", "/hook?token=1", identity)
    assert asked.headers["content-type"] == "application/json"
    message = verified(asked)
    assert message["type"] == "batch.completed"
    assert message["data"]["batch"]["id"] == job.id
    assert message["data"]["batch"]["metadata"] == {"campaign": "Frühling"}
    assert (found.state, found.attempts, found.next_at) == ("delivered", 1, None)
    assert found.log[0].status == 200
    assert found.log[0].error is None


async def test_a_message_that_is_not_accepted_comes_again_by_the_schedule(
    office: PostOffice, receiver: Origin, clock: WallClock
) -> None:
    receiver.answers["/hook"] = reply(500, b"sorry")
    job, identity = await office.posted(receiver.url("/hook"))
    async with office.open() as deliverer:
        for attempts, step in enumerate(SCHEDULE[1:], start=1):
            found = await office.tried(job, attempts)
            assert found.state == "pending"
            assert found.next_at is not None
            assert -1 < found.next_at - clock() <= step * 1.1
            assert found.next_at - found.log[-1].time >= step
            clock.ahead += step * 1.1 + 0.1
            deliverer.wake()
        found = await office.tried(job, len(SCHEDULE))
    assert (found.state, found.attempts, found.next_at) == ("failed", 10, None)
    assert {attempt.error for attempt in found.log} == {"its server answered with status 500"}
    assert set(ids(receiver)) == {identity}
    assert len({asked.headers["webhook-timestamp"] for asked in receiver.asked}) == len(SCHEDULE)
    assert len({asked.body for asked in receiver.asked}) == 1
    assert (office.metrics.webhook_attempts, office.metrics.failed_webhook_attempts) == (10, 10)


async def test_a_receiver_that_is_gone_gets_nothing_more_of_the_job(office: PostOffice, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(410)
    job, first = await office.posted(receiver.url("/hook"), "batch.awaiting_approval")
    other, _ = await office.posted(receiver.url("/other"))
    receiver.answers["/other"] = reply(200)
    async with office.open() as deliverer:
        assert (await office.tried(job, 1)).state == "disabled"
        second = await office.post(job)
        assert second is not None
        assert (await office.tried(other, 1)).state == "delivered"
        states = {each.id: (each.state, each.attempts) for each in await office.outbox.of(job.id)}
        assert states == {first: ("disabled", 1), second: ("disabled", 0)}

        receiver.answers["/hook"] = reply(200)
        assert (await deliverer.redeliver(job.id, second)).state == "pending"
        await until(lambda: len(receiver.asked) == 3)
        assert ids(receiver)[-1] == second
        assert (await office.outbox.of(job.id))[0].state == "failed"
        third = await office.post(job, "batch.cancelled")
        deliverer.wake()
        await until(lambda: ids(receiver)[-1] == third)


async def test_what_waits_for_a_receiver_that_is_gone_ends_with_it(
    office: PostOffice, receiver: Origin, clock: WallClock
) -> None:
    receiver.answers["/hook"] = reply(500)
    job, first = await office.posted(receiver.url("/hook"), "batch.awaiting_approval")
    async with office.open() as deliverer:
        await office.tried(job, 1)
        receiver.answers["/hook"] = reply(410)
        second = await office.post(job)
        deliverer.wake()
        await until(lambda: len(receiver.asked) == 2)
        deadline = time.monotonic() + 10
        while {each.state for each in await office.outbox.of(job.id)} != {"disabled"}:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        clock.ahead += 60
        deliverer.wake()
        await asyncio.sleep(0.2)
    assert ids(receiver) == [first, second]


async def test_a_message_can_be_sent_again_by_hand(office: PostOffice, receiver: Origin) -> None:
    receiver.answers["/hook"] = reply(200)
    job, identity = await office.posted(receiver.url("/hook"))
    async with office.open() as deliverer:
        await office.tried(job, 1)
        again = await deliverer.redeliver(job.id, identity)
        assert (again.state, again.attempts) == ("pending", 1)
        found = await office.tried(job, 2)
        with pytest.raises(UnknownDelivery):
            await deliverer.redeliver("batch_of_others", identity)
    assert (found.state, found.attempts) == ("delivered", 2)
    assert ids(receiver) == [identity, identity]


async def test_what_was_waiting_while_nobody_delivered_goes_out_at_the_start(
    office: PostOffice, receiver: Origin, clock: WallClock
) -> None:
    receiver.answers["/hook"] = reply(500)
    job, _ = await office.posted(receiver.url("/hook"))
    async with office.open():
        await office.tried(job, 1)
    receiver.answers["/hook"] = reply(200)
    clock.ahead += 7200
    async with office.open():
        assert (await office.tried(job, 2)).state == "delivered"


async def test_a_clock_that_is_put_back_holds_nothing_up_for_longer_than_a_step(
    office: PostOffice, receiver: Origin, clock: WallClock
) -> None:
    clock.ahead = 10 * 86_400.0
    receiver.answers["/hook"] = reply(500)
    job, _ = await office.posted(receiver.url("/hook"))
    async with office.open() as deliverer:
        await office.tried(job, 1)
        clock.ahead = 0.0
        deliverer.wake()
        found = await office.tried(job, 2)
        assert found.next_at is not None
        assert 300 <= found.next_at - clock() + 5 <= 340
        fresh, _ = await office.posted(receiver.url("/hook"))
        clock.ahead = -86_400.0
        deliverer.wake()
        await office.tried(fresh, 1)


async def test_receivers_that_never_answer_delay_no_other(
    database: Database, receiver: Origin, clock: WallClock
) -> None:
    hosts = [f"127.0.0.{number}" for number in range(1, 8)]
    client = OutgoingClient(Guard(AllowedHosts.parse(hosts)))
    office = PostOffice(database, client, clock)
    with ExitStack() as stack:
        silent = [stack.enter_context(serving(host)) for host in hosts[1:]]
        waiting = []
        for each in silent * 3:
            each.answers["/hook"] = silence
            waiting.append((await office.posted(each.url("/hook")))[0])
        receiver.answers["/hook"] = reply(200)
        async with office.open(seconds=15.0):
            await until(lambda: all(len(each.asked) == 2 for each in silent))
            job, _ = await office.posted(receiver.url("/hook"))
            assert (await office.tried(job, 1)).state == "delivered"
            assert [(await office.only(each)).log for each in waiting] == [()] * len(waiting)
            assert max(each.most_at_once for each in silent) == 2
    await client.close()


async def test_whoever_gave_no_answer_gets_one_message_at_once_until_it_answers(
    office: PostOffice, receiver: Origin, clock: WallClock
) -> None:
    events = []

    def late(handler: Handler) -> None:
        events.append("begins")
        time.sleep(0.2)
        events.append("ends")
        handler.send(200)

    receiver.answers["/hook"] = silence
    jobs = [(await office.posted(receiver.url("/hook")))[0] for _ in range(2)]
    async with office.open(seconds=1.0) as deliverer:
        for job in jobs:
            assert (await office.tried(job, 1)).log[0].status is None
        receiver.answers["/hook"] = late
        clock.ahead += 60
        deliverer.wake()
        for job in jobs:
            assert (await office.tried(job, 2)).state == "delivered"
    assert events == ["begins", "ends", "begins", "ends"]


async def test_a_stop_gives_back_what_is_being_sent(office: PostOffice, receiver: Origin) -> None:
    receiver.answers["/hook"] = silence
    job, identity = await office.posted(receiver.url("/hook"))
    async with office.open(seconds=15.0):
        await until(lambda: receiver.asked)
    found = await office.only(job)
    assert (found.state, found.attempts, found.log) == ("pending", 0, ())
    receiver.answers["/hook"] = reply(200)
    async with office.open():
        assert (await office.tried(job, 1)).state == "delivered"
    assert ids(receiver) == [identity, identity]


async def test_a_job_that_is_forgotten_meanwhile_is_no_trouble(office: PostOffice, receiver: Origin) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(handler: Handler) -> None:
        loop.call_soon_threadsafe(asked.set)
        time.sleep(0.2)
        handler.send(200)

    receiver.answers["/hook"] = slow
    job, _ = await office.posted(receiver.url("/hook"))
    other, _ = await office.posted(receiver.url("/other"))
    receiver.answers["/other"] = reply(200)
    async with office.open():
        await asked.wait()
        await office.ledger.forget(job.id)
        assert await office.outbox.of(job.id) == []
        await office.tried(other, 1)
