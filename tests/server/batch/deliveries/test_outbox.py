"""The outbox in both kinds of database: one message an event, one holder at a time, nothing lost by a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from server.batch.deliveries import Attempt, Outbox, announcer, message_id
from server.batch.deliveries.outbox import LEASE_SECONDS, Load, enqueue
from server.batch.deliveries.records import MOST_ATTEMPTS_LOGGED
from server.batch.ledger import Allowance, Ledger, NewJob
from server.batch.options import BatchOptions
from server.database import Database, open_database
from server.database.tables import BATCH_DELIVERIES
from server.outgoing import OutgoingClient
from tests.databases import PostgreSQL
from tests.server.batch.deliveries.post_office import DONE, SECRET, PostOffice, WallClock, ids, until, verified
from tests.server.outgoing.origin import Handler, Origin, reply

pytestmark = pytest.mark.anyio

IDLE = Load({}, 8, 2)


class TornError(Exception):
    """Something that undoes a transaction."""


async def test_an_event_is_told_once_a_run(office: PostOffice) -> None:
    job, first = await office.posted("https://example.com/")
    assert await office.post(job) == first
    assert await office.post(job, "batch.failed") not in (None, first)
    assert len(await office.outbox.of(job.id)) == 2
    assert message_id(job.id, 2, DONE) != first == message_id(job.id, 1, DONE)
    assert len(first) == 36


async def test_nobody_is_told_of_a_job_without_an_address(office: PostOffice) -> None:
    job = await office.job(None)
    assert await office.post(job) is None
    assert await office.outbox.of(job.id) == []


async def test_a_message_is_there_only_if_its_event_has_happened(office: PostOffice) -> None:
    job = await office.job("https://example.com/")

    def work(connection: Connection) -> None:
        enqueue(connection, job, DONE, office.document(job), office.clock())
        raise TornError

    with pytest.raises(TornError):
        await office.database.write(work)
    assert await office.outbox.of(job.id) == []


async def test_the_ledger_announces_by_the_outbox(database: Database, clock: WallClock) -> None:
    told: list[bool] = []
    ledger = Ledger(database, clock, announcer("https://img.example.com", 60.0, lambda: told.append(True)))
    outbox = Outbox(database, clock)
    options = BatchOptions.model_validate({"template": "card", "webhook_url": "https://example.com/"})
    job, _ = await ledger.create(NewJob("batch_1", "me", "home", "v1", options, {"file": "f"}, "d"), Allowance())
    await ledger.cancel(job.id)
    (found,) = await outbox.of(job.id)
    assert (found.event, found.state, told) == ("batch.cancelled", "pending", [True])
    payload = await database.read(lambda c: c.execute(select(BATCH_DELIVERIES.c.payload)).scalar_one())
    batch = json.loads(payload)["data"]["batch"]
    assert batch["status"] == "cancelled"
    assert batch["links"]["deliveries"] == "https://img.example.com/v1/batches/batch_1/deliveries"


async def test_a_delivery_has_one_holder_at_a_time(office: PostOffice, clock: WallClock) -> None:
    job, identity = await office.posted("https://example.com/")
    assert await office.outbox.is_due(IDLE)
    (first,) = await office.outbox.lease(IDLE)
    assert (first.id, first.attempts) == (identity, 1)
    assert not await office.outbox.is_due(IDLE)
    assert await office.outbox.lease(IDLE) == []
    clock.ahead += LEASE_SECONDS + 1
    assert not await office.outbox.is_due(Load({identity: "https://example.com"}, 8, 2))
    (second,) = await office.outbox.lease(IDLE)
    assert second.attempts == 2
    assert await office.outbox.finish(first, Attempt(clock(), 1.0, 500)) is None
    assert await office.outbox.finish(second, Attempt(clock(), 1.0, 200)) == "delivered"
    assert [attempt.status for attempt in (await office.only(job)).log] == [200]


async def test_few_are_taken_at_once_and_fewer_of_one_server(office: PostOffice) -> None:
    for _ in range(5):
        await office.posted("https://example.com/a")
        await office.posted("https://example.com.example.org/a")
    for number in range(5):
        await office.posted(f"https://{number}.example.com/")
    first = await office.outbox.lease(Load({}, 8, 2))
    assert [held.url for held in first].count("https://example.com/a") == 2
    running = {held.id: f"https://{held.url.split('/')[2]}" for held in first}
    while found := await office.outbox.lease(Load(running, 100, 2)):
        running |= {held.id: f"https://{held.url.split('/')[2]}" for held in found}
    origins = list(running.values())
    assert (len(origins), max(origins.count(origin) for origin in origins)) == (9, 2)


async def test_receivers_that_have_not_answered_share_few_places(office: PostOffice) -> None:
    silent = [f"https://{number}.example.com" for number in range(4)]
    for origin in [*silent, *silent, "https://other.example.com", "https://other.example.com"]:
        await office.posted(f"{origin}/hook")
    load = Load({}, 8, 2, silent, 3)
    running: dict[str, str] = {}
    while found := await office.outbox.lease(replace(load, running=running)):
        running |= {held.id: held.url.removesuffix("/hook") for held in found}
    origins = sorted(running.values())
    assert origins == [*silent[:3], *["https://other.example.com"] * 2]
    assert not await office.outbox.is_due(replace(load, running=running))


async def test_a_busy_server_keeps_nothing_from_those_whose_names_begin_like_its_own(office: PostOffice) -> None:
    urls = ["http://a.example.com", "http://a.example.com?x", "http://a.example.com/", "http://a.example.com:81/"]
    for url in (*urls, "http://a.example.com.example.org/"):
        await office.posted(url)
    held = await office.outbox.lease(Load({"one": "http://a.example.com", "two": "http://a.example.com"}, 8, 2))
    assert sorted(each.url for each in held) == ["http://a.example.com.example.org/", "http://a.example.com:81/"]


async def test_what_fails_while_another_is_told_that_nobody_is_there_ends_too(
    office: PostOffice, clock: WallClock
) -> None:
    job, _ = await office.posted("https://example.com/")
    await office.post(job, "batch.failed")
    first, second = await office.outbox.lease(IDLE)
    assert await office.outbox.finish(first, Attempt(clock(), 1.0, 410)) == "disabled"
    assert await office.outbox.finish(second, Attempt(clock(), 1.0, 500)) == "disabled"
    assert not await office.outbox.is_due(IDLE)


async def test_the_log_keeps_the_last_attempts(office: PostOffice, clock: WallClock) -> None:
    job, identity = await office.posted("https://example.com/")
    for number in range(MOST_ATTEMPTS_LOGGED + 5):
        (held,) = await office.outbox.lease(IDLE)
        await office.outbox.finish(held, Attempt(float(number), 1.0, None, "its host cannot be resolved"))
        await office.outbox.redeliver(job.id, identity)
    found = await office.only(job)
    assert [attempt.time for attempt in found.log] == [float(number) for number in range(5, MOST_ATTEMPTS_LOGGED + 5)]
    assert found.attempts == MOST_ATTEMPTS_LOGGED + 5


async def test_a_redelivery_of_what_is_being_sent_sends_it_once(office: PostOffice, clock: WallClock) -> None:
    job, identity = await office.posted("https://example.com/")
    (held,) = await office.outbox.lease(IDLE)
    await office.outbox.redeliver(job.id, identity)
    assert not await office.outbox.is_due(IDLE)
    assert await office.outbox.finish(held, Attempt(clock(), 1.0, 200)) == "delivered"
    assert not await office.outbox.is_due(IDLE)


DELIVERER = """
import asyncio, sys
from pathlib import Path
from server.batch.deliveries import open_deliverer
from server.clock import system_clock
from server.database import open_database
from server.metrics import Metrics
from server.outgoing import AllowedHosts, Guard, OutgoingClient

async def main():
    client = OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1"])))
    async with open_database(sys.argv[1], Path(sys.argv[2])) as database:
        async with open_deliverer(database, client, [sys.argv[3]], metrics=Metrics(), clock=system_clock):
            await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_was_sent_by_a_process_that_was_killed_is_sent_again_with_the_same_id(
    office: PostOffice, receiver: Origin, clock: WallClock, database_url: str, tmp_path: Path
) -> None:
    def accept_late(handler: Handler) -> None:
        os.kill(process.pid, signal.SIGKILL)  # it has sent all, and will never know what came of it
        handler.send(200)

    receiver.answers["/hook"] = accept_late
    job, identity = await office.posted(receiver.url("/hook"))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DELIVERER, database_url, str(tmp_path), SECRET)
    assert await process.wait() == -signal.SIGKILL
    found = await office.only(job)
    assert (found.state, found.attempts, found.log) == ("pending", 1, ())
    receiver.answers["/hook"] = reply(200)
    clock.ahead += LEASE_SECONDS + 1
    async with office.open():
        found = await office.tried(job, 1)
    assert (found.state, found.attempts) == ("delivered", 2)
    assert ids(receiver) == [identity, identity]
    assert verified(receiver.asked[0])["type"] == DONE
    assert receiver.asked[0].body == receiver.asked[1].body


async def test_servers_of_one_database_share_the_work(
    office: PostOffice, receiver: Origin, database_url: str, tmp_path: Path
) -> None:
    receiver.answers["/hook"] = reply(200)
    posted = [await office.posted(receiver.url("/hook")) for _ in range(40)]
    async with open_database(database_url, tmp_path) as second:
        other = PostOffice(second, office.client, office.clock)
        async with office.open(), other.open():
            for job, _ in posted:
                await office.until(job, lambda found: found.state == "delivered")
    assert sorted(ids(receiver)) == sorted(identity for _, identity in posted)


async def test_a_database_that_goes_away_comes_back_to_what_was_sent(
    postgresql: PostgreSQL, client: OutgoingClient, receiver: Origin, clock: WallClock, tmp_path: Path
) -> None:
    url = postgresql.new_database("outage")

    def without_database(handler: Handler) -> None:
        postgresql.admit("outage", False)
        postgresql.disconnect("outage")
        handler.send(200)

    async with open_database(url, tmp_path) as database:
        there = PostOffice(database, client, clock)
        receiver.answers |= {"/hook": without_database, "/later": reply(200)}
        job, identity = await there.posted(receiver.url("/hook"))
        async with there.open() as deliverer:
            await until(lambda: len(receiver.asked) == 1)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(postgresql.admit, "outage", True)
            found = await there.tried(job, 1)
            assert (found.state, found.attempts) == ("delivered", 1)
            later, _ = await there.posted(receiver.url("/later"))
            deliverer.wake()
            assert (await there.tried(later, 1)).state == "delivered"
    assert ids(receiver)[0] == identity
    assert ids(receiver).count(identity) == 1
