"""POST /v1/purge over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.urls import ImageRequest, Options
from tests.server.live_server import LiveServer, live_server, write_template

MANIFEST = '[variables.title]\ntype = "text"\n'
LIVE = MANIFEST + '[bindings.stats]\nfile = "stats.json"\n'
NOTHING = {"origin": 0, "cdn": {}, "warnings": []}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("purge")
    for name in ("card", "twin"):  # equal but for their names
        write_template(folder / "templates" / name, "<body>{{ title }}</body>", MANIFEST)
    write_template(
        folder / "templates" / "live", "<body>{{ title }} {{ stats.n }}</body>", LIVE, files={"stats.json": b'{"n":1}'}
    )
    with live_server(folder / "data", folder / "templates") as running:
        yield running


def is_stored(server: LiveServer, path: str) -> bool:
    answer = server.ask(path)
    assert answer.status == 200
    return answer.headers["cache-status"] == "Signet; hit"


def purge(server: LiveServer, **asked: object) -> dict[str, object]:
    answer = server.call("/v1/purge", asked)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    return answer.json()


def test_by_template_also_one_that_is_another_but_for_its_name(server: LiveServer) -> None:
    card, twin = (server.path(name, title="Twin") for name in ("card", "twin"))
    assert server.ask(card).body == server.ask(twin).body
    assert purge(server, templates=["twin"]) == NOTHING | {"origin": 1}
    assert is_stored(server, card)
    assert not is_stored(server, twin)


def test_by_binding(server: LiveServer) -> None:
    card, live = server.path("card", title="B"), server.path("live", title="B")
    for path in (card, live):
        server.ask(path)
    assert purge(server, bindings=["live/stats"])["origin"] == 1
    assert is_stored(server, card)
    assert not is_stored(server, live)


SPELLINGS = ["signed", "public", "shuffled", "token", "unsigned"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_by_url(server: LiveServer, spelling: str) -> None:
    request = ImageRequest("card", "png", {"title": "A b"}, Options(dpr=2))
    signed = server.services.signer.sign(request)
    named = {
        "signed": signed,
        "public": f"{server.url}{signed}&utm_source=mail",
        "shuffled": f"/i/card.png?title=A+b&_d=2&_s={signed[-43:]}",
        "token": server.services.signer.sign_token(request),
        "unsigned": request.canonical(),
    }
    other = server.path("card", title="A b")
    for path in (signed, other):
        server.ask(path)
    assert purge(server, urls=[named[spelling]]) == NOTHING | {"origin": 1}
    assert is_stored(server, other)
    assert not is_stored(server, signed)


def test_everything(server: LiveServer) -> None:
    paths = [server.path("card", title=str(number)) for number in range(3)]
    for path in paths:
        server.ask(path)
    found = purge(server, everything=True)["origin"]
    assert isinstance(found, int)
    assert found >= 3
    assert not any(is_stored(server, path) for path in paths)


def test_another_process_on_the_same_data_shows_nothing_purged(server: LiveServer, tmp_path: Path) -> None:
    path = server.path("card", title="Both")
    settings = server.settings
    with live_server(settings.data_dir, settings.templates_dir) as other:
        server.ask(path)
        assert is_stored(other, path)
        assert purge(server, urls=[path])["origin"] == 1
        assert not is_stored(other, path)


def test_unknown_templates_are_a_warning(server: LiveServer) -> None:
    answer = purge(server, urls=["/i/unknown.png?a=1"], templates=["gone"])
    assert answer["origin"] == 0
    assert "could not be told" in str(answer["warnings"])


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["everything"]),
        ({"tags": []}, ["everything"]),
        ({"tags": ["a b"], "urls": ["/x", "/i/card.png"]}, ["tags[0]", "urls[0]"]),
        ({"tag": ["a"]}, ["tag"]),
        ({"everything": "yes"}, ["everything"]),
    ],
)
def test_what_is_wrong_is_named(server: LiveServer, body: dict[str, object], names: list[str]) -> None:
    answer = server.call("/v1/purge", body)
    assert answer.status == 422
    problems = answer.json()["problems"]
    assert isinstance(problems, list)
    assert [problem["name"] for problem in problems] == names


@pytest.mark.parametrize("key", [None, "wrong"])
def test_only_holders_of_a_key_may_purge(server: LiveServer, key: str | None) -> None:
    assert server.call("/v1/purge", {"everything": True}, key=key).status == 401
