"""GET /v1/templates, GET /v1/templates/{name}, POST /v1/templates/{name}/render."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from renderer import MEDIA_TYPES
from server.picture_models import FormatName
from tests.server.live_server import Answer, LiveServer, live_server, wait_until, write_template


@pytest.fixture
def editing(tmp_path: Path) -> Iterator[LiveServer]:
    """A server whose templates may be edited."""
    write_template(tmp_path / "templates" / "one", "<body>One</body>")
    write_template(tmp_path / "templates" / "bad-example", "<body>x</body>", files={"example.json": b"[1]"})
    write_template(tmp_path / "templates" / "odd-example", "<body>x</body>", files={"example.json": b'{"a": NaN}'})
    with live_server(tmp_path / "data", tmp_path / "templates") as server:
        yield server


def listed(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    templates = answer.json()["templates"]
    assert isinstance(templates, list)
    return {template["name"]: template for template in templates}


class TestList:
    def test_everything_a_form_needs(self, live: LiveServer) -> None:
        card = listed(live.call("/v1/templates"))["card"]
        assert card["version"] == live.services.registry.get("card").version
        assert (card["width"], card["height"], card["variants"]) == (120, 60, ["dark"])
        assert card["formats"] == list(MEDIA_TYPES)
        assert card["example"] == {"title": "Hello", "count": 3, "tags": ["a", "b"]}
        assert card["variables"]["required"] == ["title"]
        assert card["variables"]["properties"]["title"] == {"type": "string", "maxLength": 40}
        assert card["variables"]["additionalProperties"] is False

    def test_whoever_has_the_list_is_told_so(self, live: LiveServer) -> None:
        first = live.call("/v1/templates")
        assert first.headers["cache-control"] == "private, no-cache"
        again = live.call("/v1/templates", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])

    def test_changes_and_faults_show(self, editing: LiveServer) -> None:
        folder = editing.settings.templates_dir
        tags = [editing.call("/v1/templates").headers["etag"]]

        def changed() -> bool:
            headers = {"If-None-Match": ", ".join(tags)}
            answer = editing.call("/v1/templates", headers=headers)
            if answer.status == 200:
                tags.append(answer.headers["etag"])
            return answer.status == 200

        version = listed(editing.call("/v1/templates"))["one"]["version"]
        write_template(folder / "one", "<body>Changed</body>")
        wait_until(changed)
        good = listed(editing.call("/v1/templates"))["one"]["version"]
        assert good != version
        write_template(folder / "one", "<body>\n  {{ if x }}</body>")
        wait_until(changed)
        answer = editing.call("/v1/templates").json()
        broken = answer["broken"]
        assert isinstance(broken, list)
        (fault,) = [item for item in broken if item["name"] == "one"]
        assert (fault["file"], fault["line"]) == ("template.html", 2)
        assert fault["message"]
        assert listed(editing.call("/v1/templates"))["one"]["version"] == good

    def test_a_bad_example_spoils_one_template_only(self, editing: LiveServer) -> None:
        answer = editing.call("/v1/templates")
        assert "one" in listed(answer)
        broken = answer.json()["broken"]
        assert isinstance(broken, list)
        assert [item["file"] for item in broken if item["name"] == "bad-example"] == ["example.json"]
        assert editing.call("/v1/templates/bad-example").status == 500
        assert editing.ask(editing.path("bad-example")).status == 200


class TestDetail:
    def test_versions_newest_first(self, editing: LiveServer) -> None:
        old = editing.services.registry.get("one").version
        write_template(editing.settings.templates_dir / "one", "<body>Changed</body>")
        wait_until(lambda: editing.services.registry.get("one").version != old)
        detail = editing.call("/v1/templates/one").json()
        assert detail["versions"] == [editing.services.registry.get("one").version, old]
        pinned = editing.call("/v1/templates/one/render", {"options": {"_v": old}}).json()
        newest = editing.call("/v1/templates/one/render", {}).json()
        assert pinned["etag"] != newest["etag"]

    def test_live_data_without_its_address(self, editing: LiveServer) -> None:
        manifest = (
            '[bindings.stats]\nurl = "https://api.example/hidden"\nheaders = { A = "env:TOKEN" }\ntype = "number"\n'
        )
        write_template(editing.settings.templates_dir / "live", "<body>{{ stats }}</body>", manifest=manifest)
        wait_until(lambda: "live" in editing.services.registry.names)
        answer = editing.call("/v1/templates/live")
        stats = {"name": "stats", "source": "url", "description": "", "ttl": 60, "data": {"type": "number"}}
        assert answer.json()["bindings"] == [stats]
        assert b"hidden" not in answer.body
        assert b"TOKEN" not in answer.body

    @pytest.mark.parametrize("name", ["nothing", "Card", "card.png", "%2e%2e", "a%2fb", "%00", "ü"])
    def test_unknown_names(self, live: LiveServer, name: str) -> None:
        answer = live.call(f"/v1/templates/{name}") if name.isascii() else live.call("/v1/templates/%C3%BC")
        assert answer.status == 404, answer.body
        assert answer.headers["content-type"] == "application/problem+json"


class TestRender:
    def test_the_picture_is_where_its_url_finds_it(self, live: LiveServer) -> None:
        answer = live.call("/v1/templates/card/render", {"variables": {"title": "Rendered"}, "options": {"_d": 2}})
        assert answer.status == 200, answer.body
        document = answer.json()
        assert (document["width"], document["height"], document["state"]) == (240, 120, "fresh")
        assert document["cached"] is False
        assert "render;dur=" in answer.headers["server-timing"]
        image = live.ask(str(document["url"]).removeprefix(live.url))
        assert image.headers["cache-status"] == "Signet; hit"
        assert (image.headers["etag"], len(image.body)) == (document["etag"], document["bytes"])
        again = live.call("/v1/templates/card/render", {"variables": {"title": "Rendered"}, "options": {"_d": 2}})
        assert again.json() == document | {"cached": True}

    def test_it_says_all_that_signing_says(self, live: LiveServer) -> None:
        picture = {"variables": {"title": "Both"}, "format": "webp", "options": {"_variant": "dark"}}
        signed = live.call("/v1/urls", {"template": "card", **picture}).json()
        rendered = live.call("/v1/templates/card/render", picture).json()
        assert signed.items() <= rendered.items()

    def test_findings_have_their_place_in_the_source(self, live: LiveServer) -> None:
        found = live.call("/v1/templates/card/render", {"variables": {"title": "W" * 40, "picture": "no.png"}}).json()
        diagnostics = found["diagnostics"]
        assert isinstance(diagnostics, list)
        assert {"severity", "code", "message"} <= set(diagnostics[0])
        assert any(item.get("file") == "template.html" and item.get("line") for item in diagnostics)

    def test_problems_are_those_of_signing(self, live: LiveServer) -> None:
        answer = live.call("/v1/templates/card/render", {"variables": {"count": -1, "tags": [{}]}})
        assert answer.status == 422
        problems = answer.json()["problems"]
        assert isinstance(problems, list)
        assert {item["name"] for item in problems} == {"title", "count", "tags[0]"}

    def test_unknown_template(self, live: LiveServer) -> None:
        assert live.call("/v1/templates/nothing/render", {}).status == 404


def test_formats_of_bodies_are_those_that_are_written() -> None:
    assert set(get_args(FormatName)) == {*MEDIA_TYPES, "jpeg"}


def test_a_closer_look_is_taken_on_request(live: LiveServer) -> None:
    """Grey on white in small letters: contrast costs more than the render, so only who asks for it pays."""
    path, body = "/v1/templates/card/render", {"variables": {"title": "Examined", "count": 3}}
    plain = live.call(path, body).json()["diagnostics"]
    examined = live.call(path, body | {"examine": True}).json()["diagnostics"]
    assert not [one for one in plain if one["code"] == "low-contrast"]
    (found,) = [one for one in examined if one["code"] == "low-contrast"]
    assert (found["file"], found["line"] > 0, found["element"]) == ("template.html", True, "body")
