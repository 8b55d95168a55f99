"""POST /v1/urls."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest

from server.urls import Options, parse
from tests.server.live_server import LiveServer, live_server, write_template


def sign(live: LiveServer, **body: object) -> dict[str, object]:
    answer = live.call("/v1/urls", {"template": "card", **body})
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


class _Tags(HTMLParser):
    def __init__(self, text: object) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(str(text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


TITLE = 'Bread & "butter" <b>|ü\n'


def test_every_form_shows_the_same_picture(live: LiveServer) -> None:
    answer = sign(live, variables={"title": TITLE, "count": 5, "tags": ["a", "ü"]})
    url = str(answer["url"])
    assert url.startswith(live.url + "/i/card.png?")
    token_url = str(answer["token_url"])
    assert token_url.startswith(live.url + "/t/")
    tags = {live.ask(address.removeprefix(live.url)).headers["etag"] for address in (url, token_url)}
    assert len(tags) == 1
    ((name, attributes),) = _Tags(answer["html"]).found
    assert (name, attributes["src"], attributes["width"], attributes["height"]) == ("img", url, "120", "60")
    assert attributes["alt"] == TITLE
    meta = {tag.get("property") or tag.get("name"): tag["content"] for _, tag in _Tags(answer["meta"]).found}
    assert (meta["og:image"], meta["og:image:type"], meta["twitter:card"]) == (url, "image/png", "summary_large_image")
    assert f"]({url})" in str(answer["markdown"])


def test_numbers_are_signed_as_they_were_written(live: LiveServer) -> None:
    answer = live.call("/v1/urls", b'{"template":"card","variables":{"title":19.90,"count":3}}')
    assert parse(str(answer.json()["url"])).variables == {"title": "19.90", "count": "3"}


def test_null_is_a_value_that_is_not_given(live: LiveServer) -> None:
    url = str(sign(live, variables={"title": "x", "count": None})["url"])
    assert parse(url).variables == {"title": "x"}


def test_options(live: LiveServer) -> None:
    options = {"_d": 2, "_q": 80, "_l": "de-DE", "_variant": "dark"}
    request = parse(str(sign(live, variables={"title": "x"}, format="jpeg", options=options)["url"]))
    assert request.format == "jpg"
    assert request.options == Options(dpr=2, quality=80, locale="de-DE", variant="dark")


def test_a_pinned_version_is_written_in_full(live: LiveServer) -> None:
    version = live.services.registry.get("card").version
    url = sign(live, variables={"title": "x"}, options={"_v": version[:12]})["url"]
    assert parse(str(url)).options.version == version


def test_expiry(live: LiveServer) -> None:
    expires = parse(str(sign(live, variables={"title": "x"}, expires_in=3600)["url"])).options.expires
    assert expires is not None
    assert 0 <= expires - (time.time() + 3590) <= 20


def test_long_urls_are_warned_of(live: LiveServer) -> None:
    assert sign(live, variables={"title": "x"})["warnings"] == []
    assert sign(live, variables={"title": "x", "tags": ["y" * 100] * 15})["warnings"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"template": "nothing"}, 404, "unknown-template"),
        ({"options": {"_v": "0" * 16}}, 404, "unknown-version"),
        ({"options": {"_variant": "pink"}}, 422, "invalid-option"),
        ({"options": {"_variant": "p nk"}}, 422, "invalid-option"),
        ({"options": {"_l": "german please"}}, 422, "invalid-option"),
        ({"options": {"_v": "../x"}}, 404, "unknown-version"),
        ({"options": {"_w": 100}}, 422, "invalid-option"),
        ({"options": {"_d": 4}}, 422, "invalid-values"),
        ({"options": {"_d": "2"}}, 422, "invalid-values"),
        ({"variables": {}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "count": "many"}}, 422, "invalid-values"),
        ({"variables": {"title": "x" * 41}}, 422, "invalid-values"),
        ({"variables": {"title": "a\0b"}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "a\0b": 1}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "count": 10**4000}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "tags": [10**4000]}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "tags": {"a": 1}}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "utm_source": "y"}}, 422, "invalid-values"),
        ({"variables": {"title": "x", "Expires": "y"}}, 422, "invalid-values"),
        ({"expires_in": 0}, 422, "invalid-values"),
        ({"format": "gif"}, 422, "invalid-values"),
    ],
)
def test_what_can_not_be_signed(live: LiveServer, body: dict[str, object], status: int, code: str) -> None:
    answer = live.call("/v1/urls", {"template": "card", "variables": {"title": "x"}, **body})
    assert (answer.status, answer.json()["code"]) == (status, code), answer.body


def test_what_is_signed_can_be_rendered(live: LiveServer) -> None:
    """What the API signs without complaint must not turn out to be a broken picture."""
    url = str(sign(live, variables={"title": "\u202e\ufffd𝒳 ​", "count": 0, "tags": []})["url"])
    assert live.ask(url.removeprefix(live.url)).status == 200


def test_a_broken_template_is_named_without_internals(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("templates")
    write_template(folder / "broken", "<body>{{ if }}</body>")
    with live_server(tmp_path_factory.mktemp("data"), folder) as server:
        answer = server.call("/v1/urls", {"template": "broken"})
        assert (answer.status, answer.json()["code"]) == (500, "broken-template")
        assert "template.html" not in answer.body.decode()
