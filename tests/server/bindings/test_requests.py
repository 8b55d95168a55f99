"""What is asked of a source, what tells requests apart, and where secrets go."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from server.bindings import MissingData
from server.outgoing import OutgoingClient
from server.store import DiskStore
from tests.server.bindings.world import World, says
from tests.server.outgoing.origin import Origin, redirect, reply, serving

pytestmark = pytest.mark.anyio


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


async def test_another_server_that_is_admitted_gets_the_request_without_the_secret(world: World) -> None:
    with serving() as other:
        other.answers["/elsewhere"] = says(1)
        world.origin.answers["/stats"] = redirect(other.url("/elsewhere"))
        template = world.template(REQUEST.replace('method = "POST"', "").partition("body")[0])
        assert (await world.bind(template)).values == {"stats": 1}
        (asked,) = other.asked
    assert "authorization" not in asked.headers
    assert asked.headers["x-user"] == "ada"
    assert "t0p-secret" not in repr(asked)


async def test_a_secret_that_is_not_there(world: World, caplog: pytest.LogCaptureFixture) -> None:
    template = world.template(REQUEST)
    world.environment.clear()
    for _ in range(3):
        with pytest.raises(MissingData, match="a secret that it needs is not available"):
            await world.bind(template)
    (message,) = caplog.messages
    assert message.startswith("live data of card/stats: secret TOKEN: it is not set; set it in ")
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
