"""Pictures of live data, from the signed URL to the pixels: a real server, a source on loopback that may fail."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from server.urls import Options
from tests.server.bindings.world import NOON, says
from tests.server.live_server import Answer, LiveServer, live_server, wait_until, write_template
from tests.server.outgoing.origin import Handler, Origin, png, reply, serving

HTML = "<body style='margin: 0; background: {{ stats.color | default('#ffffff') }}'>{{ stats.price | currency }}</body>"
USER = '[variables.user]\ntype = "text"\ndefault = "ada"\n'
STATS = USER + '[bindings.stats]\nurl = "{}/stats/{{{{ user }}}}"\nttl = "60s"\ntimeout = "500ms"\n'
SECRET = "s3cr3t-of-the-tests"


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with serving() as origin:
        yield origin


@pytest.fixture(scope="module")
def clock() -> Time:
    return Time()


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Path:
    folder = tmp_path_factory.mktemp("templates")
    stats = STATS.format(origin.url("").rstrip("/"))
    write_template(folder / "card", HTML, stats)
    # A crowd keeps a busy machine from looking at an answer for longer than half a second.
    write_template(folder / "crowded", HTML, stats.replace("500ms", "20s"))
    write_template(folder / "mail", HTML, "email_live = true\n" + stats)
    write_template(folder / "brief", HTML, 'ttl = "20s"\n' + stats + 'stale_if_error = "1h"\n')
    write_template(folder / "guarded", HTML, stats + 'headers = { Authorization = "Bearer env:STATS_TOKEN" }\n')
    write_template(folder / "default", HTML, stats + 'when_missing = "default"\ndefault = { color = "#00ff00" }\n')
    write_template(folder / "hidden", HTML, stats + 'when_missing = "hide"\n')
    write_template(folder / "safe", HTML, 'fallback = "plain"\n' + stats + '[variables.extra]\ntype = "text"\n')
    write_template(folder / "plain", "<body style='margin: 0; background: blue'>{{ user }}</body>", USER)
    for one, other in (("ping", "pong"), ("pong", "ping")):
        write_template(folder / one, HTML, f'fallback = "{other}"\n' + stats)
    write_template(folder / "lost", HTML, 'fallback = "nowhere"\n' + stats)
    write_template(
        folder / "file",
        "<body style='margin: 0; background: {{ data.color }}'></body>",
        '[bindings.data]\nfile = "data.json"\nselect = "inner"\n',
        files={"data.json": b'{"inner": {"color": "#ff0000"}}'},
    )
    write_template(
        folder / "photo",
        "<body style='margin: 0'><img style='width: 120px; height: 60px' src='{{ stats.photo }}'></body>",
        stats,
    )
    return folder


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, templates: Path, clock: Time) -> Iterator[LiveServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATS_TOKEN", SECRET)
        with live_server(tmp_path_factory.mktemp("data"), templates, clock, allowed_hosts=("127.0.0.1",)) as server:
            yield server


@pytest.fixture(autouse=True)
def _own_time(clock: Time, origin: Origin) -> None:
    """Each test has a day of its own, and a source that nobody has asked."""
    clock.now += 86_400 * 2
    origin.answers.clear()
    origin.asked.clear()


def pixel(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    with Image.open(BytesIO(answer.body)) as image:
        red, green, blue = image.convert("RGB").getpixel((110, 50))  # type: ignore[misc]
        return f"#{red:02x}{green:02x}{blue:02x}"


def state(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.headers.get("x-signet-state", ""), answer.headers.get("cache-control", "")


def renewed(server: LiveServer, path: str, before: Answer) -> Answer:
    """The answer once it is another than before, which asks in the background."""
    answers: list[Answer] = []

    def changed() -> bool:
        answers.append(server.ask(path))
        return answers[-1].headers.get("etag") != before.headers.get("etag")

    wait_until(changed)
    return answers[-1]


def test_a_picture_shows_the_present(live: LiveServer, origin: Origin, clock: Time) -> None:
    origin.answers["/stats/now"] = says({"color": "#ff0000", "price": 5})
    path = live.path("card", user="now")
    red = live.ask(path)
    assert pixel(red) == "#ff0000"
    assert state(red) == (200, "fresh", "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400")
    assert red.headers["cache-tag"] == "template:card,binding:card/stats"
    assert "bind;dur=" in red.headers["server-timing"]
    clock.now += 40
    again = live.ask(path)
    assert (again.body, again.headers["etag"]) == (red.body, red.headers["etag"])
    assert again.headers["cache-status"] == "Signet; hit"
    assert state(again)[2] == "public, max-age=20, stale-while-revalidate=20, stale-if-error=86400"
    origin.answers["/stats/now"] = says({"color": "#0000ff", "price": 6})
    clock.now += 40
    old = live.ask(path)
    assert (old.body, *state(old)) == (
        (red.body, 200, "stale", "public, max-age=5, stale-while-revalidate=5, stale-if-error=86400")
    )
    assert pixel(renewed(live, path, red)) == "#0000ff"
    assert len(origin.asked) == 2


def test_unchanged_data_is_304_without_a_render(live: LiveServer, origin: Origin, clock: Time) -> None:
    origin.answers["/stats/same"] = says({"color": "#ff0000", "time": 1})
    path = live.path("card", user="same")
    tag = live.ask(path).headers["etag"]
    renders = live.services.metrics.renders
    clock.now += 1000
    answer = live.ask(path, headers={"If-None-Match": tag})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    assert answer.headers["cache-control"].startswith("public, max-age=60")
    assert (live.services.metrics.renders, len(origin.asked)) == (renders, 2)


def test_live_mail_is_asked_for_at_every_opening_and_rendered_when_data_changes(
    live: LiveServer, origin: Origin, clock: Time
) -> None:
    origin.answers["/stats/mail"] = says({"color": "#ff0000"})
    path = live.path("mail", user="mail")
    first = live.ask(path)
    assert state(first) == (200, "fresh", "no-cache, max-age=0")
    renders = live.services.metrics.renders
    for _ in range(3):
        clock.now += 300
        again = live.ask(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status, again.headers["cache-control"]) == (304, "no-cache, max-age=0")
    assert live.services.metrics.renders == renders
    origin.answers["/stats/mail"] = says({"color": "#0000ff"})
    clock.now += 300
    assert pixel(live.ask(path, headers={"If-None-Match": first.headers["etag"]})) == "#0000ff"
    origin.answers["/stats/mail"] = reply(500)
    clock.now += 300
    assert state(live.ask(path)) == (200, "stale", "no-cache, max-age=0")


def test_the_shortest_lifetime_counts(live: LiveServer, origin: Origin, clock: Time) -> None:
    origin.answers["/stats/brief"] = says({"color": "#ff0000"})
    path = live.path("brief", user="brief")
    assert state(live.ask(path))[2] == "public, max-age=20, stale-while-revalidate=20, stale-if-error=3600"
    clock.now += 50
    assert state(live.ask(path))[2] == "public, max-age=10, stale-while-revalidate=10, stale-if-error=3600"


@pytest.mark.parametrize(("template", "color"), [("default", "#00ff00"), ("hidden", "#ffffff"), ("safe", "#0000ff")])
def test_what_stands_in_is_not_kept_for_long(
    live: LiveServer, origin: Origin, clock: Time, template: str, color: str
) -> None:
    path = live.path(template, user=f"in-{template}")
    answer = live.ask(path)
    assert (pixel(answer), *state(answer)) == (color, 200, "fallback", "public, max-age=60")
    assert not list((live.settings.data_dir / "renders").rglob(f"{answer.headers['etag'][1:-1]}*"))
    origin.answers[f"/stats/in-{template}"] = says({"color": "#ff0000"})
    clock.now += 61
    there = live.ask(path)
    assert (pixel(there), *state(there)[:2]) == ("#ff0000", 200, "fresh")


def test_the_fallback_is_another_picture_with_the_tags_of_both(live: LiveServer) -> None:
    answer = live.ask(live.path("safe", user="Grace", extra="unknown to the other"))
    assert answer.headers["cache-tag"] == "template:safe,binding:safe/stats,template:plain"
    plain = live.ask(live.path("plain", user="Grace"))
    assert (answer.body, answer.headers["etag"]) == (plain.body, plain.headers["etag"])
    version = live.services.registry.get("safe").version
    pinned = live.ask(live.path("safe", options=Options(version=version, dpr=2), user="Grace"))
    with Image.open(BytesIO(pinned.body)) as image:
        assert image.size == (240, 120)


@pytest.mark.parametrize("template", ["card", "ping", "lost"])
def test_without_anything_to_show_there_is_a_502(
    live: LiveServer, origin: Origin, template: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        answer = live.ask(live.path(template, user="nobody"))
    assert (answer.status, answer.headers["content-type"]) == (502, "application/problem+json")
    document = answer.json()
    assert document["code"] == "binding-unavailable"
    assert document["detail"] == f"There is no live data for {template}/stats: its server answered with status 404."
    assert "max-age" not in answer.headers.get("cache-control", "")
    assert origin.url("") not in answer.body.decode()
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    expected = [f"live data of {template}/stats: its server answered with status 404"]
    if template == "ping":
        expected.append("live data of pong/stats: its server answered with status 404")
    if template == "lost":
        expected.append("live data of lost: nowhere cannot stand in: There is no template 'nowhere'.")
    assert lines == expected


def test_the_api_renders_what_its_url_shows(live: LiveServer, origin: Origin, clock: Time) -> None:
    origin.answers["/stats/api"] = says({"color": "#ff0000"})
    body = {"variables": {"user": "api"}}
    assert live.call("/v1/urls", {"template": "card"} | body).status == 200
    assert origin.asked == []
    fresh = live.call("/v1/templates/card/render", body).json()
    shown = live.ask(str(fresh["url"]).removeprefix(live.url))
    assert (fresh["state"], fresh["etag"], shown.headers["cache-status"]) == (
        ("fresh", shown.headers["etag"], "Signet; hit")
    )
    origin.answers["/stats/api"] = reply(500)
    clock.now += 1000
    stale = live.call("/v1/templates/card/render", body).json()
    assert (stale["state"], stale["etag"]) == ("stale", fresh["etag"])
    finding = "No new live data for card/stats: its server answered with status 500."
    assert {"code": "live-data", "severity": "warning", "message": finding} in stale["diagnostics"]  # type: ignore[operator]
    assert live.call("/v1/templates/card/render", {"variables": {"user": "else"}}).status == 502


def test_data_of_files_costs_nothing(live: LiveServer, origin: Origin) -> None:
    version = live.services.registry.get("file").version
    answer = live.ask(live.path("file", options=Options(version=version)))
    assert pixel(answer) == "#ff0000"
    assert state(answer) == (200, "fresh", "public, max-age=31536000, immutable")
    assert "bind" not in answer.headers["server-timing"]


def test_images_that_data_names(live: LiveServer, origin: Origin) -> None:
    origin.answers |= {"/stats/img": says({"photo": origin.url("/a.png")}), "/a.png": reply(200, png("#00ff00"))}
    assert pixel(live.ask(live.path("photo", user="img"))) == "#00ff00"


def test_secrets_are_nowhere(live: LiveServer, origin: Origin, clock: Time, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "server")

    def echo(handler: Handler) -> None:
        """A source that repeats the secret wherever it can."""
        sent = handler.headers["authorization"]
        reply(500, json.dumps(sent).encode(), {"X-Sent": sent})(handler)

    origin.answers["/stats/secret"] = echo
    path = live.path("guarded", user="secret")
    answers = [live.ask(path)]
    assert [asked.headers["authorization"] for asked in origin.asked] == [f"Bearer {SECRET}"]
    origin.answers["/stats/secret"] = says({"color": "#ff0000"})
    clock.now += 10
    answers += [live.ask(path), live.call("/v1/templates/guarded"), live.call("/v1/templates"), live.ask("/metrics")]
    answers.append(live.call("/v1/templates/guarded/render", {"variables": {"user": "secret"}}))
    assert [answer.status for answer in answers] == [502, 200, 200, 200, 200, 200]
    said = b"".join(answer.body + repr(answer.headers).encode() for answer in answers) + caplog.text.encode()
    kept = [path for path in live.settings.data_dir.rglob("*") if path.is_file()]
    assert any(path.suffix == ".data" for path in kept)
    assert not any(SECRET.encode() in path.read_bytes() for path in kept)
    assert SECRET.encode() not in said
    assert b"STATS_TOKEN" not in said


async def crowd(path: str, port: int, count: int) -> list[tuple[bytes, bytes]]:
    """Status lines and bodies of as many requests at once, each on a connection of its own."""

    async def ask() -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return head.partition(b"\r\n")[0], body

    return await asyncio.gather(*(ask() for _ in range(count)))


@pytest.mark.parametrize("age", [0, 61, 1000], ids=["first", "expired", "long expired"])
def test_five_hundred_at_once_are_one_fetch_and_one_render_at_most(
    live: LiveServer, origin: Origin, clock: Time, age: int
) -> None:
    def slowly(handler: Handler) -> None:
        origin.released.wait(0.3)
        says({"color": "#0000ff"})(handler)

    path = live.path("crowded", user=f"crowd{age}")
    origin.answers[f"/stats/crowd{age}"] = says({"color": "#ff0000"})
    if age:
        live.ask(path)
    clock.now += age
    origin.answers[f"/stats/crowd{age}"] = slowly
    origin.asked.clear()
    renders = live.services.farm.stats().counters.completed
    answers = asyncio.run(crowd(path, live.settings.port, 500))
    assert {status for status, _ in answers} == {b"HTTP/1.1 200 OK"}
    assert len({body for _, body in answers}) <= (2 if age == 61 else 1)
    assert len(origin.asked) == 1
    assert live.services.farm.stats().counters.completed <= renders + 1


def test_a_source_that_dies_under_load(tmp_path: Path) -> None:
    """Nobody gets an error, the state says that data is old, and new data is there soon after the source is back."""
    with serving() as first:
        first.answers["/stats/ada"] = says({"color": "#ff0000"})
        port = first.port
        stats = STATS.format(first.url("").rstrip("/")).replace("60s", "1s")
        write_template(tmp_path / "templates" / "card", HTML, stats)
        with live_server(tmp_path / "data", tmp_path / "templates", allowed_hosts=("127.0.0.1",)) as server:
            path = server.path("card")
            assert pixel(server.ask(path)) == "#ff0000"
            ends, seen = time.monotonic() + 4, []

            def load(_: int) -> None:
                while time.monotonic() < ends:
                    answer = server.ask(path)
                    seen.append(state(answer)[:2])

            with ThreadPoolExecutor(4) as pool:
                loads = pool.map(load, range(4))
                first.kill()
                list(loads)
            assert {status for status, _ in seen} == {200}
            assert "stale" in {found for _, found in seen}
            asked = server.services.metrics.binding_fetches
            assert asked <= 5
            with serving(port=port) as second:
                second.answers["/stats/ada"] = says({"color": "#0000ff"})
                wait_until(lambda: pixel(server.ask(path)) == "#0000ff")


def test_last_good_data_survives_a_restart(tmp_path: Path) -> None:
    with serving() as origin:
        origin.answers["/stats/ada"] = says({"color": "#ff0000"})
        write_template(tmp_path / "templates" / "card", HTML, STATS.format(origin.url("").rstrip("/")))
        clock = Time()
        answers = []
        for _ in range(2):
            with live_server(
                tmp_path / "data", tmp_path / "templates", clock, allowed_hosts=("127.0.0.1",)
            ) as server:  # fmt: skip
                answers.append(server.ask(server.path("card")))
            origin.answers["/stats/ada"] = reply(500)
            clock.now += 3600
    assert [state(answer)[:2] for answer in answers] == [(200, "fresh"), (200, "stale")]
    assert answers[0].body == answers[1].body


def test_a_purge_of_a_binding_shows_new_data_at_once(live: LiveServer, origin: Origin) -> None:
    origin.answers["/stats/purged"] = says({"color": "#ff0000"})
    path = live.path("card", user="purged")
    live.ask(path)
    origin.answers["/stats/purged"] = says({"color": "#0000ff"})
    assert pixel(live.ask(path)) == "#ff0000"
    assert live.call("/v1/purge", {"bindings": ["card/stats"]}).status == 200
    assert pixel(live.ask(path)) == "#0000ff"
