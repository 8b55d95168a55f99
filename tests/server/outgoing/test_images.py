"""Remote images: shared, kept, asked for again, and replaced by the last good copy when their server fails."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from server.metrics import Metrics
from server.outgoing import Caps, OutgoingClient, RemoteImages
from server.store import DiskStore, MemoryStore, RenderStore
from tests.server.outgoing.origin import (
    Answer,
    Handler,
    Origin,
    cut_short,
    drip,
    flood,
    garbage,
    png,
    redirect,
    reply,
    serving,
)

pytestmark = pytest.mark.anyio

RED, BLUE = png("#ff0000"), png("#0000ff")
NOON = 1_790_000_000.0


class Time:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


Make = Callable[..., RemoteImages]


@pytest.fixture
async def make(client: OutgoingClient, time: Time, metrics: Metrics) -> AsyncIterator[Make]:
    made = []

    def make(store: RenderStore | None = None, caps: Caps = Caps(100_000, 5), most: int = 8) -> RemoteImages:  # noqa: B008
        chosen = MemoryStore(10_000_000) if store is None else store
        made.append(RemoteImages(client, chosen, caps=caps, most=most, metrics=metrics, clock=time))
        return made[-1]

    yield make
    for images in made:
        await images.close()


async def test_an_image_is_fetched_once_and_kept(make: Make, origin: Origin, metrics: Metrics) -> None:
    origin.answers["/a"] = reply(200, RED, {"Cache-Control": "max-age=600", "Content-Type": "text/plain"})
    images, url = make(), origin.url("/a")
    first, second = await images.supply([url]), await images.supply([url])
    assert first == second
    assert (first.state, first.seconds) == ("fresh", 600)
    asset = first.assets[url]
    assert (asset.data, asset.digest, asset.problem) == (RED, hashlib.sha256(RED).hexdigest(), "")
    assert (len(origin.asked), metrics.image_fetches, metrics.failed_image_fetches) == (1, 1, 0)


async def test_a_crowd_shares_one_fetch(make: Make, origin: Origin) -> None:
    origin.answers["/a"] = reply(200, RED)
    images, url = make(), origin.url("/a")
    supplies = await asyncio.gather(*(images.supply([url]) for _ in range(100)))
    assert {supply.assets[url].data for supply in supplies} == {RED}
    assert len(origin.asked) == 1


async def test_who_gives_up_spoils_it_for_nobody(make: Make, origin: Origin) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def when_told(handler: Handler) -> None:
        loop.call_soon_threadsafe(asked.set)
        origin.released.wait(0.1)
        handler.send(200, RED)

    origin.answers["/a"] = when_told
    images, url = make(), origin.url("/a")
    impatient = asyncio.create_task(images.supply([url]))
    await asked.wait()
    patient = asyncio.create_task(images.supply([url]))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).assets[url].data == RED
    assert len(origin.asked) == 1


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ({"ETag": '"v1"'}, {"if-none-match": '"v1"'}),
        ({"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, {"if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"}),
        ({"ETag": '"' + "x" * 1000 + '"'}, {}),
        ({"ETag": '"\u00e4"'}, {}),
    ],
)
async def test_an_old_copy_is_confirmed(
    make: Make, origin: Origin, time: Time, headers: dict[str, str], condition: dict[str, str]
) -> None:
    origin.answers["/a"] = reply(200, RED, {"Cache-Control": "max-age=100", **headers})
    images, url = make(), origin.url("/a")
    await images.supply([url])
    time.now += 100
    if condition:
        origin.answers["/a"] = reply(304, headers={"Cache-Control": "max-age=500"})
    supply = await images.supply([url])
    assert supply.assets[url].data == RED
    assert (supply.state, supply.seconds) == ("fresh", 500 if condition else 100)
    sent = origin.asked[1].headers
    assert {name: value for name, value in sent.items() if name.startswith("if-")} == condition
    time.now += supply.seconds - 1
    await images.supply([url])
    assert len(origin.asked) == 2


async def test_a_changed_image_replaces_the_old_one(make: Make, origin: Origin, time: Time) -> None:
    origin.answers["/a"] = reply(200, RED, {"ETag": '"1"'})
    images, url = make(), origin.url("/a")
    await images.supply([url])
    origin.answers["/a"] = reply(200, BLUE, {"ETag": '"2"'})
    assert (await images.supply([url])).assets[url].data == RED
    time.now += 3600
    assert (await images.supply([url])).assets[url].data == BLUE


@pytest.mark.parametrize("answer", [reply(500), reply(403), reply(200, b"<html>"), reply(304), cut_short, garbage])
async def test_the_last_good_copy_stands_in(make: Make, origin: Origin, time: Time, answer: Answer) -> None:
    origin.answers["/a"] = reply(200, RED)
    images, url = make(), origin.url("/a")
    await images.supply([url])
    time.now += 3600
    origin.answers["/a"] = answer
    for _ in range(2):
        supply = await images.supply([url])
        assert (supply.state, supply.seconds, supply.assets[url].data) == ("stale", 60, RED)
    assert len(origin.asked) == 2  # a server that fails is left alone for a while
    origin.answers["/a"] = reply(200, BLUE)
    time.now += 31
    supply = await images.supply([url])
    assert (supply.state, supply.assets[url].data) == ("fresh", BLUE)


async def test_but_not_for_ever(make: Make, origin: Origin, time: Time) -> None:
    origin.answers["/a"] = reply(200, RED)
    images, url = make(), origin.url("/a")
    await images.supply([url])
    origin.answers["/a"] = reply(500)
    time.now += 7 * 86_400
    assert (await images.supply([url])).state == "fallback"


@pytest.mark.parametrize("status", [404, 410])
async def test_an_image_that_was_taken_down_is_forgotten(make: Make, origin: Origin, time: Time, status: int) -> None:
    origin.answers["/a"] = reply(200, RED)
    images, url = make(), origin.url("/a")
    await images.supply([url])
    time.now += 3600
    for answer in (reply(status), reply(500)):
        origin.answers["/a"] = answer
        supply = await images.supply([url])
        assert (supply.state, supply.assets[url].data) == ("fallback", b"")
        time.now += 31


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (reply(500), "status 500"),
        (reply(404), "status 404"),
        (reply(204), "status 204"),
        (reply(304), "status 304"),
        (reply(206, RED), "status 206"),
        (reply(200, b""), "is not a PNG"),
        (reply(200, b"<!doctype html><p>Sign in"), "is not a PNG"),
        (reply(200, b"%PDF-1.7", {"Content-Type": "image/png"}), "is not a PNG"),
        (reply(200, RED, {"Content-Encoding": "br"}), "encoding"),
        (redirect("http://169.254.169.254/"), "not on the public internet"),
        (redirect("/"), "redirects more than 3 times"),
        (flood, "more than 100,000 bytes"),
        (cut_short, "broke off"),
        (garbage, "broke off"),
        (drip, "within 0.5 s"),
    ],
)
async def test_an_image_that_cannot_be_had(
    make: Make, origin: Origin, metrics: Metrics, answer: Answer, problem: str
) -> None:
    origin.answers["/"] = answer
    origin.answers["/good"] = reply(200, RED)
    images = make(caps=Caps(100_000, 0.5))
    supply = await images.supply([origin.url("/"), origin.url("/good")])
    bad, good = supply.assets[origin.url("/")], supply.assets[origin.url("/good")]
    assert (bad.data, bad.digest) == (b"", "")
    assert problem in bad.problem
    assert good.data == RED
    assert (supply.state, supply.seconds) == ("fallback", 60)
    assert metrics.failed_image_fetches == 1


async def test_a_refused_address_is_not_told(make: Make) -> None:
    url = "http://10.1.2.3/a.png"
    supply = await make().supply([url])
    assert "10.1.2.3" not in supply.assets[url].problem
    assert "SIGNET_ALLOWED_HOSTS" in supply.assets[url].problem


async def test_a_fetch_goes_on_for_those_who_ask_next(make: Make, origin: Origin) -> None:
    def late(handler: Handler) -> None:
        origin.released.wait(0.5)
        handler.send(200, RED)

    origin.answers |= {f"/{i}": drip for i in range(6)}
    images = make(caps=Caps(100_000, 0.8))
    with serving() as other:
        other.answers["/last"] = late
        last = other.url("/last")
        # Six at once: the seventh begins when the time of all is over.
        supply = await images.supply([*(origin.url(f"/{i}") for i in range(6)), last])
        assert "did not arrive" in supply.assets[last].problem
        assert (await images.supply([last])).state == "fresh"
        assert (len(origin.asked), len(other.asked)) == (6, 1)


async def test_only_so_many(make: Make, origin: Origin) -> None:
    origin.answers |= {f"/{i}": reply(200, RED) for i in range(4)}
    urls = [origin.url(f"/{i}") for i in range(4)]
    supply = await make(most=3).supply(urls)
    assert [bool(supply.assets[url].data) for url in urls] == [True, True, True, False]
    assert "3 remote images" in supply.assets[urls[3]].problem
    assert len(origin.asked) == 3


async def test_only_so_many_bytes_together(make: Make, origin: Origin) -> None:
    origin.answers |= {f"/{i}": reply(200, RED + bytes(100)) for i in range(5)}
    urls = [origin.url(f"/{i}") for i in range(5)]
    supply = await make(caps=Caps(len(RED) + 100, 5)).supply(urls)
    assert [bool(supply.assets[url].data) for url in urls] == [True, True, True, True, False]


async def test_the_shortest_life_bounds_all(make: Make, origin: Origin, time: Time) -> None:
    for path, age in (("/a", 700), ("/b", 300), ("/c", 900)):
        origin.answers[path] = reply(200, RED, {"Cache-Control": f"max-age={age}"})
    urls = [origin.url(path) for path in ("/a", "/b", "/c")]
    images = make()
    assert (await images.supply(urls)).seconds == 300
    time.now += 100
    assert (await images.supply(urls)).seconds == 200
    time.now += 199
    assert (await images.supply(urls)).seconds == 60
    assert len(origin.asked) == 3


async def test_a_body_that_ends_with_its_connection_is_asked_for_again_soon(make: Make, origin: Origin) -> None:
    def unframed(handler: Handler) -> None:
        handler.start(200, {"Cache-Control": "max-age=86400"})
        handler.wfile.write(RED)
        handler.close_connection = True

    origin.answers["/a"] = unframed
    assert (await make().supply([origin.url("/a")])).seconds == 60


async def test_svg_and_other_formats(make: Make, origin: Origin) -> None:
    for path, data in (("/svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("/gif", b"GIF89a..."), ("/png", RED)):
        origin.answers[path] = reply(200, data)
    urls = [origin.url(path) for path in ("/svg", "/gif", "/png")]
    images = make()
    assert (await images.supply(urls)).state == (await images.supply(urls)).state == "fresh"
    assert len(origin.asked) == 3


async def test_copies_survive_a_restart(make: Make, origin: Origin, time: Time, tmp_path: Path) -> None:
    origin.answers["/a"] = reply(200, RED, {"ETag": '"v1"', "Cache-Control": "max-age=100"})
    url = origin.url("/a")
    for age in (0, 50, 100):
        store = DiskStore(tmp_path, 1_000_000)
        await store.start()
        time.now = NOON + age
        supply = await make(store).supply([url])
        assert (supply.state, supply.assets[url].data) == ("fresh", RED)
        await store.close()
        origin.answers["/a"] = reply(304)
    assert [asked.headers.get("if-none-match") for asked in origin.asked] == [None, '"v1"']
