"""Pictures with images of other servers, from the signed URL to the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from server.services import open_services
from server.settings import load_settings
from server.urls import ImageRequest, Options
from tests.renderer.images.files import saved, two_halves
from tests.server.live_server import Answer, LiveServer, live_server, write_template
from tests.server.outgoing.origin import Handler, Origin, drip, png, reply, serving

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
MANIFEST = """\
[variables.photo]
type = "image"
[variables.faces]
type = "list"
items = { type = "object", fields = { face = { type = "image" } } }
"""
HTML = """\
<style>body { margin: 0; display: flex; background: white } img, div { width: 40px; height: 60px }</style>
<body>{{ if photo }}<div style="background-image: url({{ photo }})"></div>{{ end }}
{{ for item in faces }}<img src="{{ item.face }}">{{ end }}</body>
"""

JOINED = """\
<style>body { margin: 0; display: flex } img, div { width: 40px; height: 60px }
.b { background: url("http://127.0.0.1:{{ port }}/b/{{ id | uppercase }}.png") }</style>
<img src="http://127.0.0.1:{{ port }}/a/{{ id }}.png"><div class="b"></div>
{{ for item in team.members }}<img src="http://127.0.0.1:{{ port }}{{ item.face }}">{{ end }}
"""
JOINED_MANIFEST = """\
placeholder = "green.png"
[variables.port]
type = "integer"
[variables.id]
type = "text"
[bindings.team]
file = "team.json"
"""
JOINED_FILES = {"green.png": png("#008000"), "team.json": b'{"members": [{"face": "/face"}]}'}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("templates")
    write_template(folder / "photo", HTML, MANIFEST)
    write_template(folder / "joined", JOINED, JOINED_MANIFEST, files=JOINED_FILES)
    return folder


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[LiveServer]:
    """A server that may fetch from 127.0.0.1, for a second at most."""
    with live_server(
        tmp_path_factory.mktemp("data"), templates, allowed_hosts=("127.0.0.1",), fetch_timeout=1
    ) as server:
        yield server


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving() as origin:
        yield origin


def pixel(body: bytes, x: int) -> tuple[int, ...]:
    with Image.open(BytesIO(body)) as image:
        found = image.convert("RGB").getpixel((x, 30))
        assert isinstance(found, tuple)
        return found


def steps(answer: Answer) -> set[str]:
    return {entry.partition(";")[0].strip() for entry in answer.headers["server-timing"].split(",")}


def test_remote_images_are_drawn(live: LiveServer, origin: Origin) -> None:
    origin.answers |= {"/red": reply(200, png("#ff0000")), "/blue": reply(200, png("#0000ff"))}
    path = live.path("photo", photo=origin.url("/red?a=1&b=2"), faces=[{"face": origin.url("/blue")}])
    first, second = live.ask(path), live.ask(path)
    assert [pixel(first.body, x) for x in (20, 60, 100)] == [RED, BLUE, WHITE]
    assert first.headers["x-signet-state"] == "fresh"
    assert "fetch" in steps(first)
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["cache-status"] == "Signet; hit"
    assert len(origin.asked) == 2


def test_urls_may_come_from_expressions_stylesheets_and_data_of_any_shape(live: LiveServer, origin: Origin) -> None:
    origin.answers |= {
        "/a/x%20y.png": reply(200, png("#ff0000")),
        "/b/X%20Y.png": reply(200, png("#0000ff")),
        "/face": reply(200, png("#ff0000")),
    }
    first = live.ask(live.path("joined", port=origin.port, id="x y"))
    assert (first.status, [pixel(first.body, x) for x in (20, 60, 100)]) == (200, [RED, BLUE, RED])
    assert first.headers["x-signet-state"] == "fresh"


def test_what_cannot_be_had_or_decoded_is_a_placeholder_for_a_minute(live: LiveServer, origin: Origin) -> None:
    torn = saved(two_halves(300, 200), "PNG")[:-300]
    origin.answers |= {
        "/a/x.png": reply(200, torn),
        "/b/X.png": reply(500),
    }
    answer = live.ask(live.path("joined", port=origin.port, id="x"))
    assert [pixel(answer.body, x) for x in (20, 60)] == [GREEN, GREEN]
    assert (answer.headers["x-signet-state"], answer.headers["cache-control"]) == ("fallback", "public, max-age=60")
    body = {"variables": {"port": origin.port, "id": "x"}}
    diagnostics = live.call("/v1/templates/joined/render", body).json()["diagnostics"]
    assert isinstance(diagnostics, list)
    found = [item for item in diagnostics if item["code"] == "image-unresolved"]
    assert [(item["element"], item["line"]) for item in found] == [("img", 3), ("img", 4), ("div.b", 3)]
    assert "is replaced by 'green.png': the PNG file is broken or incomplete" in found[0]["message"]


def test_whoever_has_the_picture_is_answered_without_a_render(live: LiveServer, origin: Origin) -> None:
    origin.answers["/a"] = reply(200, png())
    path = live.path("photo", photo=origin.url("/a"))
    tag = live.ask(path).headers["etag"]
    renders = live.services.metrics.renders
    assert live.ask(path, headers={"If-None-Match": tag}).status == 304
    assert (live.services.metrics.renders, len(origin.asked)) == (renders, 1)


def test_the_picture_lives_no_longer_than_its_image(live: LiveServer, origin: Origin) -> None:
    origin.answers["/a"] = reply(200, png(), {"Cache-Control": "max-age=600"})
    version = live.services.registry.get("photo").version
    answer = live.ask(live.path("photo", options=Options(version=version), photo=origin.url("/a")))
    directives = answer.headers["cache-control"].split(", ")
    assert directives[1] in {"max-age=600", "max-age=599", "max-age=598"}
    assert "immutable" not in directives


@pytest.mark.parametrize("answer", [reply(404), reply(200, b"<html>"), drip], ids=["404", "html", "slow"])
def test_a_failing_image_fails_no_picture_and_is_not_shown_for_long(
    live: LiveServer, origin: Origin, answer: object
) -> None:
    assert callable(answer)
    origin.answers |= {"/bad": answer, "/good": reply(200, png("#0000ff"))}
    path = live.path("photo", photo=origin.url("/bad"), faces=[{"face": origin.url("/good")}])
    first, second = live.ask(path), live.ask(path)
    for shown in (first, second):
        assert shown.status == 200
        assert (pixel(shown.body, 20), pixel(shown.body, 60)) == (WHITE, BLUE)
        assert shown.headers["x-signet-state"] == "fallback"
        assert shown.headers["cache-control"] == "public, max-age=60"
    assert not list((live.settings.data_dir / "renders").rglob(f"{first.headers['etag'][1:-1]}*"))
    failures = live.services.metrics.failed_image_fetches
    live.ask(path)
    assert live.services.metrics.failed_image_fetches == failures
    text = live.ask("/metrics").body.decode()
    assert f"signet_failed_image_fetches_total {failures}" in text


def test_private_addresses_are_not_fetched_from(live: LiveServer) -> None:
    with serving("127.0.0.2") as private:
        private.answers["/"] = reply(200, png())
        body = {"variables": {"photo": private.url("/")}}
        answer = live.call("/v1/templates/photo/render", body).json()
        assert private.asked == []
    assert answer["state"] == "fallback"
    diagnostics = answer["diagnostics"]
    assert isinstance(diagnostics, list)
    (found,) = [item for item in diagnostics if item["code"] == "image-unresolved"]
    assert "not on the public internet" in found["message"]


def test_the_api_renders_what_its_url_shows(live: LiveServer, origin: Origin) -> None:
    origin.answers["/a"] = reply(200, png("#0000ff"))
    answer = live.call("/v1/templates/photo/render", {"variables": {"photo": origin.url("/a")}}).json()
    shown = live.ask(str(answer["url"]).removeprefix(live.url))
    assert (answer["state"], answer["etag"]) == ("fresh", shown.headers["etag"])
    assert shown.headers["cache-status"] == "Signet; hit"
    assert pixel(shown.body, 20) == BLUE


def test_signing_fetches_nothing(live: LiveServer, origin: Origin) -> None:
    answer = live.call("/v1/urls", {"template": "photo", "variables": {"photo": origin.url("/a")}})
    assert answer.status == 200
    assert origin.asked == []


def test_a_fetch_holds_no_render_process(live: LiveServer, origin: Origin) -> None:
    origin.answers["/slow"] = drip
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(live.ask, live.path("photo", photo=origin.url("/slow")))
        while not origin.asked:
            assert not slow.done()
        # The only render process is free.
        assert live.ask(live.path("photo")).headers["x-signet-state"] == "fresh"
        assert not slow.done()
        assert slow.result().headers["x-signet-state"] == "fallback"


def test_a_crowd_is_one_fetch_and_one_render(live: LiveServer, origin: Origin) -> None:
    def slowly(handler: Handler) -> None:
        origin.released.wait(0.2)
        handler.send(200, png("#00ff00"))

    origin.answers["/a"] = slowly
    path = live.path("photo", photo=origin.url("/a"))
    renders = live.services.farm.stats().counters.completed
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(live.ask, [path] * 20))
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert len(origin.asked) == 1
    assert live.services.farm.stats().counters.completed == renders + 2  # the image was looked into once, too


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_picture_follows_its_image_and_outlives_its_server(
    tmp_path: Path, templates: Path, origin: Origin, anyio_backend: str
) -> None:
    now = [1_790_000_000.0]
    settings = load_settings(
        None, data_dir=tmp_path, templates_dir=templates, renderers=1, allowed_hosts=("127.0.0.1",)
    )  # fmt: skip
    origin.answers["/a"] = reply(200, png("#ff0000"), {"ETag": '"red"', "Cache-Control": "max-age=100"})
    async with open_services(settings, lambda: now[0]) as services:
        target = services.signer.sign(ImageRequest("photo", "png", {"photo": origin.url("/a")})).encode()

        async def ask() -> tuple[tuple[int, ...], str, str, str]:
            answer = await services.images.answer(target, None)
            headers = answer.headers
            return pixel(answer.body, 20), headers["X-Signet-State"], headers["Cache-Control"], headers["ETag"]

        red = await ask()
        assert red[:2] == (RED, "fresh")
        now[0] += 101
        origin.answers["/a"] = reply(304, headers={"Cache-Control": "max-age=100"})
        assert await ask() == red
        now[0] += 101
        origin.answers["/a"] = reply(503)
        assert await ask() == (RED, "stale", "public, max-age=60", red[3])
        now[0] += 101
        origin.answers["/a"] = reply(200, png("#0000ff"))
        blue = await ask()
        assert blue[:2] == (BLUE, "fresh")
        assert blue[3] != red[3]
        now[0] += 3601
        origin.answers["/a"] = reply(404)
        gone = await ask()
        assert gone[:3] == (WHITE, "fallback", "public, max-age=60")
        now[0] += 61
        origin.answers["/a"] = reply(200, png("#0000ff"))
        assert await ask() == blue
