"""Data from URLs: how long it is fresh, what is asked and when, and who shares it."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from server.bindings import MissingData
from tests.server.bindings.world import STATS, World, says
from tests.server.outgoing.origin import Handler, drip, reply

pytestmark = pytest.mark.anyio


async def test_data_is_asked_for_once_in_its_lifetime(world: World) -> None:
    world.answers("/stats/ada", {"price": 1.10})
    template = world.template(STATS)
    first = await world.bind(template)
    world.now += 59.5
    second = await world.bind(template)
    assert first.values == second.values
    assert str(first.values["stats"]) == "{'price': Decimal('1.1')}"
    assert (first.state, first.seconds, second.seconds) == ("fresh", 60, 1)
    assert first.digests == second.digests
    assert [asked.headers["accept"] for asked in world.origin.asked] == ["application/json"]
    assert (world.metrics.binding_fetches, world.metrics.failed_binding_fetches) == (1, 0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("max-age=30", 30),
        ("max-age=3600", 60),
        ("s-maxage=20, max-age=40", 20),
        ("max-age=1", 5),
        ("no-store", 5),
        ("no-cache", 5),
        ("private, max-age=100", 5),
    ],
)
async def test_the_source_may_shorten_the_lifetime(world: World, said: str, seconds: int) -> None:
    world.answers("/stats/ada", 1, Cache_Control=said)
    assert (await world.bind(world.template(STATS))).seconds == seconds


async def test_expires_counts_from_the_source_s_own_date(world: World) -> None:
    dates = {"Expires": "Thu, 01 Jan 2026 00:00:40 GMT", "Date": "Thu, 01 Jan 2026 00:00:00 GMT"}

    def answer(handler: Handler) -> None:
        handler.send_response_only(200)
        for name, value in {**dates, "Content-Length": "1"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"1")

    world.origin.answers["/stats/ada"] = answer
    assert (await world.bind(world.template(STATS))).seconds == 40


async def test_old_data_answers_at_once_while_one_fetch_runs(world: World) -> None:
    world.answers("/stats/ada", 1, ETag='"1"')
    template = world.template(STATS)
    await world.bind(template)
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(handler: Handler) -> None:
        loop.call_soon_threadsafe(gate.set)
        world.origin.released.wait(0.2)
        says(2)(handler)

    world.origin.answers["/stats/ada"] = slowly
    world.now += 60
    olds = await asyncio.gather(*(world.bind(template) for _ in range(50)))
    assert {(old.values["stats"], old.state, old.seconds) for old in olds} == {(1, "stale", 5)}
    assert not any(old.problems for old in olds)
    await gate.wait()
    assert (await world.bind(template)).state == "stale"
    await world.settled(2)
    new = await world.bind(template)
    assert (new.values["stats"], new.state) == (2, "fresh")
    assert len(world.origin.asked) == 2
    assert world.metrics.stale_bindings == 51


async def test_much_older_data_is_waited_for(world: World) -> None:
    world.answers("/stats/ada", 1)
    template = world.template(STATS)
    await world.bind(template)
    world.answers("/stats/ada", 2)
    world.now += 120
    new = await asyncio.gather(*(world.bind(template) for _ in range(20)))
    assert {(one.values["stats"], one.state) for one in new} == {(2, "fresh")}
    assert len(world.origin.asked) == 2


async def test_short_lifetimes_are_bridged_for_some_seconds(world: World) -> None:
    world.answers("/stats/ada", 1)
    template = world.template(STATS.replace("60s", "1s"))
    await world.bind(template)
    world.now += 5.5
    assert (await world.bind(template)).state == "stale"
    await world.settled(2)
    strict = world.template(STATS + "stale_if_error = 0\n", name="strict")
    await world.bind(strict)
    world.now += 60
    assert (await world.bind(strict)).state == "fresh"
    assert len(world.origin.asked) == 4


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ({"ETag": '"v1"'}, {"if-none-match": '"v1"'}),
        ({"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, {"if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"}),
        ({}, {}),
    ],
)
async def test_unchanged_data_is_confirmed(world: World, headers: dict[str, str], condition: dict[str, str]) -> None:
    world.origin.answers["/stats/ada"] = reply(200, b'{"a": 1}', headers)
    template = world.template(STATS)
    first = await world.bind(template)
    if condition:
        world.origin.answers["/stats/ada"] = reply(304, headers={"Cache-Control": "max-age=10"})
    world.now += 130
    second = await world.bind(template)
    assert (second.state, second.seconds) == ("fresh", 10 if condition else 60)
    assert (second.values, second.digests) == (first.values, first.digests)
    sent = world.origin.asked[1].headers
    assert {name: value for name, value in sent.items() if name.startswith("if-")} == condition


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("é", "utf-8"), ("é", "utf-8-sig"), ("é", "utf-16"), ("é", "utf-16-le"), ("é", "utf-32"), ("é", "utf-32-be")],
)
async def test_json_in_any_of_its_encodings_and_by_any_name(world: World, text: str, encoding: str) -> None:
    body = json.dumps({"a": text}, ensure_ascii=False).encode(encoding)
    world.origin.answers["/stats/ada"] = reply(200, body, {"Content-Type": "text/html"})
    assert (await world.bind(world.template(STATS))).values == {"stats": {"a": text}}


async def test_long_answers(world: World) -> None:
    world.answers("/stats/ada", {"list": list(range(15_000))})
    bound = await world.bind(world.template(STATS + 'select = "list[14999]"\n'))
    assert bound.values == {"stats": 14_999}


async def test_a_crowd_shares_one_fetch_and_who_gives_up_spoils_it_for_nobody(world: World) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(handler: Handler) -> None:
        loop.call_soon_threadsafe(asked.set)
        world.origin.released.wait(0.2)
        says(1)(handler)

    world.origin.answers["/stats/ada"] = slowly
    template = world.template(STATS)
    impatient = asyncio.create_task(world.bind(template))
    crowd = [asyncio.create_task(world.bind(template)) for _ in range(100)]
    await asked.wait()
    impatient.cancel()
    assert {bound.values["stats"] for bound in await asyncio.gather(*crowd)} == {1}
    assert len(world.origin.asked) == 1


async def test_a_slow_source_is_waited_for_no_longer_than_its_timeout(world: World) -> None:
    world.origin.answers["/stats/ada"] = drip
    template = world.template(STATS + 'timeout = "200ms"\n')
    started = asyncio.get_running_loop().time()
    for _ in range(5):
        with pytest.raises(MissingData, match=r"within 0\.2 s"):
            await world.bind(template)
    assert asyncio.get_running_loop().time() - started < 5
    assert len(world.origin.asked) == 1


async def test_two_versions_of_a_template_read_the_same_answers_each_in_its_way(world: World) -> None:
    world.answers("/stats/ada", {"a": "1", "b": 2})
    old = world.template(STATS + 'type = "object"\nfields = { a = { type = "text" } }\n')
    new = world.template(STATS + 'type = "object"\nfields = { a = { type = "number" } }\n')
    first, second = await asyncio.gather(world.bind(old), world.bind(new))
    assert (first.values, second.values) == ({"stats": {"a": "1"}}, {"stats": {"a": 1}})
    world.origin.answers["/stats/ada"] = reply(500)
    world.now += 1000
    newest = await world.bind(world.template(STATS + 'select = "b"\n'))
    assert (newest.values, newest.state) == ({"stats": 2}, "stale")
    with pytest.raises(MissingData, match="status 500"):  # what was kept is of no use to this one
        await world.bind(world.template(STATS + 'select = "c"\n'))


async def test_a_shorter_lifetime_in_the_manifest_counts_at_once(world: World) -> None:
    world.answers("/stats/ada", 1)
    await world.bind(world.template(STATS.replace("60s", "1d")))
    world.now += 30
    assert (await world.bind(world.template(STATS))).seconds == 30


async def test_a_purge_asks_anew_and_keeps_the_last_good_data(world: World) -> None:
    world.answers("/stats/ada", 1)
    template = world.template(STATS)
    await world.bind(template)
    world.answers("/stats/ada", 2)
    world.live.expire(["template:card", "binding:card/other"])
    assert (await world.bind(template)).values == {"stats": 1}
    world.live.expire(["binding:card/stats"])
    assert (await world.bind(template)).values == {"stats": 2}
    world.origin.answers["/stats/ada"] = reply(500)
    world.live.expire(["binding:card/stats"])
    old = await world.bind(template)
    assert (old.values, old.state) == ({"stats": 2}, "stale")
    assert len(world.origin.asked) == 3


async def test_a_purge_forgets_that_there_was_nothing(world: World) -> None:
    template = world.template(STATS)
    with pytest.raises(MissingData, match="status 404"):
        await world.bind(template)
    world.answers("/stats/ada", 1)
    with pytest.raises(MissingData, match="status 404"):
        await world.bind(template)
    world.live.expire(["binding:card/stats"])
    assert (await world.bind(template)).values == {"stats": 1}


async def test_after_a_purge_nobody_is_shown_what_was_asked_for_before(world: World) -> None:
    asked, answered = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(handler: Handler) -> None:
        loop.call_soon_threadsafe(asked.set)
        answered.wait(10)
        says("before")(handler)

    world.origin.answers["/stats/ada"] = slowly
    template = world.template(STATS)
    before = asyncio.create_task(world.bind(template))
    await asked.wait()
    world.answers("/stats/ada", "after")
    world.live.expire(["binding:card/stats"])
    assert (await world.bind(template)).values == {"stats": "after"}
    answered.set()
    assert (await before).values == {"stats": "before"}
    assert (await world.bind(template)).values == {"stats": "after"}
    again = World(world.client, world.origin, world.store)  # as after a restart
    assert (await again.bind(template)).values == {"stats": "after"}
    assert len(world.origin.asked) == 2


async def test_after_a_purge_one_waits_for_a_source_that_fails_and_only_once(world: World) -> None:
    world.answers("/stats/ada", 1)
    template = world.template(STATS)
    await world.bind(template)
    world.origin.answers["/stats/ada"] = reply(500)
    world.live.expire(["binding:card/stats"])
    assert (await world.bind(template)).state == "stale"
    world.now += 10
    gate = threading.Event()
    world.origin.answers["/stats/ada"] = lambda handler: (gate.wait(10), says(2)(handler))[1]
    old = await world.bind(template)  # at once: the gate is shut
    assert (old.values, old.state, old.problems) == (
        {"stats": 1},
        "stale",
        {"stats": "its server answered with status 500"},
    )
    gate.set()
    await world.settled(3)
    assert (await world.bind(template)).values == {"stats": 2}
