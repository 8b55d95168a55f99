"""What stands in for a source that fails, and for how long."""

from __future__ import annotations

import pytest

from server.bindings import MissingData
from tests.server.bindings.world import STATS, World, says
from tests.server.outgoing.origin import Answer, cut_short, drip, flood, garbage, redirect, reply

pytestmark = pytest.mark.anyio


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
    await world.settled(3)
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
    world.now += 3659
    assert (await world.bind(template)).state == "stale"
    await world.settled(2)
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
    await world.settled(2)
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


async def test_bindings_of_a_server_that_is_down_are_not_asked_for_one_by_one(world: World) -> None:
    world.origin.answers |= {f"/stats/{user}": reply(500) for user in "abcdefgh"}
    template = world.template(STATS + 'when_missing = "hide"\n')
    problems = [(await world.bind(template, {"user": user})).problems["stats"] for user in "abcdefgh"]
    asked = len(world.origin.asked)
    assert 1 < asked < len(problems)
    assert set(problems[asked:]) == {"its server has failed several times in a row and is asked again in some seconds"}
    assert (world.metrics.binding_fetches, world.metrics.failed_binding_fetches) == (asked, asked)
