"""Several bindings of one template: at the same time, in order, from all kinds of sources, and what is missing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from renderer import RenderOptions
from renderer.errors import ValuesError
from renderer.expressions import Value
from server.bindings import LiveBindings, MissingData, PushedBindings
from server.database.errors import DatabaseUnavailable
from server.store import PurgeJournal
from server.store.journal import Forgotten
from tests.server.bindings.world import STATS, World
from tests.server.outgoing.origin import Handler, reply

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Record:
    value: Value
    digest: str


async def test_bindings_of_a_round_are_asked_at_the_same_time(world: World) -> None:
    barrier = threading.Barrier(3, timeout=10)

    def together(handler: Handler) -> None:
        barrier.wait()
        reply(200, b"1")(handler)

    world.origin.answers |= {f"/{name}": together for name in "abc"}
    bound = await world.bind(
        world.template("".join(f'[bindings.{name}]\nurl = "URL/{name}"\nttl = "{ord(name)}s"\n' for name in "abc"))
    )
    assert (bound.values, bound.seconds) == ({"a": 1, "b": 1, "c": 1}, 97)
    assert bound.digests.keys() == {"a", "b", "c"}


CHAIN = """
[bindings.team]
url = "URL/team/{{ user }}"
when_missing = "hide"
[bindings.scores]
url = "URL/scores/{{ team.id }}?of={{ user }}"
after = ["team"]
"""


async def test_a_binding_reads_those_it_comes_after(world: World) -> None:
    world.answers("/team/ada", {"id": 7})
    world.answers("/scores/7", [1, 2])
    bound = await world.bind(world.template(CHAIN))
    assert bound.values == {"team": {"id": 7}, "scores": [1, 2]}
    assert [asked.path for asked in world.origin.asked] == ["/team/ada", "/scores/7?of=ada"]


@pytest.mark.parametrize("data", [{"id": None}, {"id": ".."}, {}, None])
async def test_what_cannot_be_asked_for_is_missing(world: World, data: object) -> None:
    world.answers("/team/ada", data)
    with pytest.raises(MissingData, match="card/scores: it cannot be asked for with what team says"):
        await world.bind(world.template(CHAIN))


async def test_variables_that_cannot_be_asked_for_are_the_visitor_s_fault(world: World) -> None:
    with pytest.raises(ValuesError, match="user: is needed"):
        await world.bind(world.template(CHAIN), {"user": ""})
    assert world.origin.asked == []


async def test_the_worst_state_and_the_shortest_time_of_all(world: World) -> None:
    world.answers("/a", 1)
    bindings = (
        '[bindings.a]\nurl = "URL/a"\nttl = "20s"\n[bindings.b]\nurl = "URL/b"\nwhen_missing = "default"\ndefault = 5\n'
    )
    bound = await world.bind(world.template(bindings))
    assert (bound.values, bound.state, bound.seconds) == ({"a": 1, "b": 5}, "fallback", 20)
    assert bound.problems == {"b": "its server answered with status 404"}
    assert bound.digests.keys() == {"a"}


PUSHED = """
[bindings.score]
push = true
key = "{{ user }}"
ttl = "30s"
type = "object"
fields = { n = { type = "number" } }
"""


async def test_pushed_data(world: World, caplog: pytest.LogCaptureFixture) -> None:
    template = world.template(PUSHED)
    with pytest.raises(MissingData, match="card/score: nothing was pushed for it yet"):
        await world.bind(template)
    world.pushes.records["card", "score", "ada"] = Record({"n": "5", "more": 1}, "1")
    bound = await world.bind(template)
    assert (bound.values, bound.state, bound.seconds) == ({"score": {"n": 5}}, "fresh", 30)
    world.pushes.records["card", "score", "ada"] = Record({"n": 6}, "2")
    assert (await world.bind(template)).values == {"score": {"n": 6}}
    world.pushes.error = DatabaseUnavailable("the disk is full")
    for _ in range(3):
        old = await world.bind(template)
        assert (old.values, old.state, old.seconds) == ({"score": {"n": 6}}, "stale", 30)
    assert old.problems == {"score": "what was pushed for it cannot be read at this moment"}
    assert caplog.messages == ["live data of card/score: the disk is full"]
    with pytest.raises(MissingData, match="cannot be read at this moment"):
        await world.bind(template, {"user": "bob"})


@pytest.mark.parametrize(("value", "problem"), [({"n": "many"}, "is not the data"), (None, "is null")])
async def test_pushed_data_that_the_template_has_no_use_for(world: World, value: Value, problem: str) -> None:
    world.pushes.records["card", "score", "ada"] = Record(value, "1")
    with pytest.raises(MissingData, match=problem):
        await world.bind(world.template(PUSHED))


async def test_equal_data_has_equal_digests(world: World) -> None:
    template = world.template(PUSHED)
    digests = []
    values: list[Value] = [{"n": 1}, {"n": "1.0", "extra": 2}, {"n": 2}]
    for number, value in enumerate(values):
        world.pushes.records["card", "score", "ada"] = Record(value, str(number))
        digests.append((await world.bind(template)).digests["score"])
    assert digests[0] == digests[1] != digests[2]


async def test_a_template_without_live_data_has_nothing_to_wait_for(world: World) -> None:
    bound = await world.bind(replace(world.template("")))
    assert (bound.values, bound.state, bound.problems) == ({}, "fresh", {})


async def test_a_purge_by_another_process_is_heard(world: World, tmp_path: Path) -> None:
    journal = PurgeJournal(tmp_path / "journal")
    here = LiveBindings(
        world.urls, PushedBindings(world.pushes, metrics=world.metrics, complaints=world.complaints), journal
    )
    template = world.template(STATS)
    seen = []
    for data, tags in ((1, "template:card"), (2, "binding:card/stats"), (3, "binding:card/other")):
        world.answers("/stats/ada", data)
        bound = await here.bind(template, {"user": "ada"}, RenderOptions())
        seen.append(bound.values["stats"])
        journal.append(Forgotten(tags=frozenset({tags})))
    assert seen == [1, 1, 3]
