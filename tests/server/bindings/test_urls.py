"""Data from URLs: how long it is fresh, what is asked and when, and what stands in for a source that fails."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest

from server.bindings import MissingData
from server.outgoing import OutgoingClient
from server.store import DiskStore
from tests.server.bindings.world import World, says
from tests.server.outgoing.origin import Answer, Handler, Origin, cut_short, drip, flood, garbage, redirect, reply

pytestmark = pytest.mark.anyio

STATS = '[bindings.stats]\nurl = "URL/stats/{{ user }}"\nttl = "60s"\n'


async def settled(world: World, fetches: int) -> None:
    """Wait for a fetch in the background."""
    for _ in range(500):
        if len(world.origin.asked) >= fetches and not len(world.urls._fetches):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


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
    await settled(world, 2)
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
    await settled(world, 2)
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


FAULTS: list[tuple[Answer, str]] = [
    (reply(500), "status 500"),
    (reply(403), "status 403"),
    (reply(304), "status 304"),
    (reply(206, b"1"), "status 206"),
    (reply(200, b""), "not the data that the template declares"),
    (reply(200, b"<!doctype html>", {"Content-Type": "application/json"}), "not the data"),
    (reply(200, b'{"a": NaN}'), "not the data"),
    (reply(200, b'{"a": 1e999999999999}'), "not the data"),
    (reply(200, b"[" * 100_000), "not the data"),
    (reply(200, b'{"a": "\xff"}'), "not the data"),
    (reply(200, b'{"price": "cheap"}'), "not the data"),
    (redirect("http://169.254.169.254/"), "not on the public internet"),
    (redirect("/stats/ada"), "redirects more than 3 times"),
    (flood, "more than 100,000 bytes"),
    (reply(200, b" " * 100_001), "more than 100,000 bytes"),
    (cut_short, "broke off"),
    (garbage, "broke off"),
    (drip, "within 0.3 s"),
]
TYPED = STATS + 'timeout = "300ms"\ntype = "object"\nfields = { price = { type = "number" } }\n'


@pytest.mark.parametrize(("answer", "problem"), FAULTS)
async def test_the_last_good_data_stands_in(world: World, answer: Answer, problem: str) -> None:
    world.answers("/stats/ada", {"price": 5})
    template = world.template(TYPED)
    await world.bind(template)
    world.origin.answers["/stats/ada"] = answer
    world.now += 1000
    for _ in range(3):
        old = await world.bind(template)
        assert (old.values, old.state, old.seconds) == ({"stats": {"price": 5}}, "stale", 60)
        assert problem in old.problems["stats"]
    assert world.metrics.binding_fetches == 2  # a request that fails is left alone for a moment
    world.answers("/stats/ada", {"price": 6})
    world.now += 3
    assert (await world.bind(template)).values == old.values  # nobody waits for a source that fails …
    await settled(world, 3)
    new = await world.bind(template)  # … and one request later the new data is there
    assert (new.values["stats"], new.state, new.problems) == ({"price": 6}, "fresh", {})


@pytest.mark.parametrize(("answer", "problem"), FAULTS)
async def test_a_first_answer_that_is_no_good(world: World, answer: Answer, problem: str) -> None:
    world.origin.answers["/stats/ada"] = answer
    with pytest.raises(MissingData, match=problem) as raised:
        await world.bind(world.template(TYPED))
    assert raised.value.owner == "card/stats"
    assert world.metrics.failed_binding_fetches == 1


async def test_old_data_is_not_shown_for_ever(world: World) -> None:
    world.answers("/stats/ada", 1)
    template = world.template(STATS + 'stale_if_error = "1h"\n')
    await world.bind(template)
    world.origin.answers["/stats/ada"] = reply(500)
    world.now += 3599
    assert (await world.bind(template)).state == "stale"
    await settled(world, 2)
    world.now += 1
    with pytest.raises(MissingData, match="status 500"):
        await world.bind(template)


@pytest.mark.parametrize(
    "answer", [reply(404), reply(410), reply(204), says({"sale": None})], ids=["404", "410", "204", "null"]
)
async def test_what_is_over_is_not_shown_any_more(world: World, answer: Answer) -> None:
    world.answers("/stats/ada", {"sale": "20%"})
    template = world.template(STATS + 'select = "sale"\n')
    assert (await world.bind(template)).values == {"stats": "20%"}
    world.origin.answers["/stats/ada"] = answer
    world.now += 61
    assert (await world.bind(template)).state == "stale"
    await settled(world, 2)
    for _ in range(2):
        with pytest.raises(MissingData, match=r"status \d|null"):
            await world.bind(template)
        world.now += 59
    assert len(world.origin.asked) == 2  # that there is nothing stays right for as long as data would
    world.origin.answers["/stats/ada"] = reply(500)
    world.now += 1
    with pytest.raises(MissingData, match="status 500"):
        await world.bind(template)


async def test_what_is_missing_has_its_default_or_is_hidden(world: World) -> None:
    default = await world.bind(world.template(STATS + 'when_missing = "default"\ndefault = { n = 0 }\n'))
    assert (default.values, default.state, default.seconds) == ({"stats": {"n": 0}}, "fallback", 60)
    assert default.problems == {"stats": "its server answered with status 404"}
    hidden = await world.bind(world.template(STATS + 'when_missing = "hide"\n', name="other"))
    assert (hidden.values, hidden.state) == ({}, "fallback")


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


REQUEST = """
[bindings.stats]
url = "URL/stats"
method = "POST"
headers = { Authorization = "Bearer env:TOKEN", X-User = "{{ user }}", accept = "application/vnd.api+json" }
body = '{"user": "{{ user }}"}'
"""


async def test_the_request_is_the_manifest_s(world: World) -> None:
    world.answers("/stats", 1, ETag='"1"')
    template = world.template(REQUEST)
    for _ in range(2):
        await world.bind(template, {"user": 'Zo\u00eb"'})
        world.now += 1000
    for asked in world.origin.asked:
        assert (asked.method, json.loads(asked.body)) == ("POST", {"user": 'Zo\u00eb"'})
        assert asked.headers["authorization"] == "Bearer t0p-secret"
        assert asked.headers["x-user"] == 'Zo\u00eb"'
        assert asked.headers["accept"] == "application/vnd.api+json"
        assert asked.headers["content-type"] == "application/json"
        assert not any(name.startswith("if-") for name in asked.headers)


async def test_what_distinguishes_requests(world: World) -> None:
    world.origin.answers["/stats"] = lambda handler: says(handler.headers["x-user"] + handler.headers["authorization"])(
        handler
    )
    template = world.template(REQUEST)
    seen = [(await world.bind(template, {"user": user})).values["stats"] for user in ("a", "b", "a")]
    world.environment["TOKEN"] = "another"
    seen.append((await world.bind(template, {"user": "a"})).values["stats"])
    namesake = world.template(REQUEST, name="other")
    seen.append((await world.bind(namesake, {"user": "a"})).values["stats"])
    assert seen == [
        "aBearer t0p-secret",
        "bBearer t0p-secret",
        "aBearer t0p-secret",
        "aBearer another",
        "aBearer another",
    ]
    assert len(world.origin.asked) == 4


async def test_a_redirect_elsewhere_does_not_get_the_secret(world: World, origin: Origin) -> None:
    world.origin.answers["/stats"] = redirect(f"http://localhost:{origin.port}/elsewhere")
    world.answers("/elsewhere", 1)
    template = world.template(REQUEST.replace('method = "POST"', "").partition("body")[0])
    with pytest.raises(MissingData, match="no name of the public internet"):
        await world.bind(template)
    world.origin.answers["/stats"] = redirect("/elsewhere")
    world.now += 10
    await world.bind(template)
    assert world.origin.asked[-1].headers["authorization"] == "Bearer t0p-secret"


async def test_a_secret_that_is_not_there(world: World, caplog: pytest.LogCaptureFixture) -> None:
    template = world.template(REQUEST)
    world.environment.clear()
    for _ in range(3):
        with pytest.raises(MissingData, match="a secret that it needs is not available"):
            await world.bind(template)
    assert caplog.messages == ["live data of card/stats: secret TOKEN: it is not set"]
    assert world.origin.asked == []


async def test_one_failure_is_one_line_and_keeps_secrets(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "server")
    template = world.template(REQUEST.replace("body =", 'select = "data"\nbody ='))
    world.origin.answers["/stats"] = lambda handler: reply(200, json.dumps(handler.headers["authorization"]).encode())(
        handler
    )
    for number in range(20):
        world.now += 4
        with pytest.raises(MissingData) as raised:
            await world.bind(template, {"user": f"u{number % 5}"})
        assert "t0p-secret" not in str(raised.value)
    (line,) = caplog.messages
    assert line.startswith("live data of card/stats: stats: has nothing at data: the answer is")
    assert "t0p-secret" not in caplog.text
    world.answers("/stats", {"data": 1})
    world.now += 4
    for number in range(5):
        await world.bind(template, {"user": f"u{number}"})
    assert caplog.messages[1:] == ["live data of card/stats: there is new data again"]


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


async def test_last_good_data_survives_a_restart(client: OutgoingClient, origin: Origin, tmp_path: Path) -> None:
    origin.answers["/stats"] = says({"a": 1}, ETag='"v1"')
    for age, answer in ((0, reply(500)), (1000, reply(304)), (2000, reply(200, b"2")), (2001, reply(404))):
        store = DiskStore(tmp_path, 1_000_000)
        await store.start()
        world = World(client, origin, store)
        world.now += age
        bound = await world.bind(world.template(REQUEST.replace('method = "POST"', "").partition("body")[0]))
        assert bound.values == {"stats": {"a": 1}}
        assert bound.state == ("stale" if age == 1000 else "fresh")
        await world.urls.close()
        await store.close()
        origin.answers["/stats"] = answer
    assert [asked.headers.get("if-none-match") for asked in origin.asked] == [None, '"v1"', '"v1"']
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]  # noqa: ASYNC240
    assert {path.suffix for path in kept} == {".json", ".data"}
    assert not any(b"t0p-secret" in path.read_bytes() or b"TOKEN" in path.read_bytes() for path in kept)


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
