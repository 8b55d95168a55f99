"""The gallery's files as a browser gets them."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from server.gallery.routes import static_files
from tests.server.live_server import LiveServer

ICON = "favicon.ico"
PATHS = ["/batches", *("/" if name == "index.html" else f"/gallery/{name}" for name in static_files() if name != ICON)]
TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


@pytest.mark.parametrize("path", PATHS)
def test_every_file_is_served_with_its_type_and_a_strict_policy(live: LiveServer, path: str) -> None:
    answer = live.ask(path)
    assert answer.status == 200
    assert answer.body
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["content-type"] == TYPES.get(path.rpartition(".")[2], answer.headers["content-type"])
    policy = dict(directive.split(" ", 1) for directive in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_a_file_that_the_browser_has_is_not_sent_again(live: LiveServer, path: str) -> None:
    first = live.ask(path)
    again = live.ask(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    head = live.ask(path, "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(first.body)))


@pytest.mark.parametrize("name", ["index.html", "", "none.js", "../routes.py", "%2e%2e/routes.py", "main.js/"])
def test_nothing_else_is_served(live: LiveServer, name: str) -> None:
    assert live.ask(f"/gallery/{name}").status == 404


def test_pages_ask_nobody_else_and_hold_no_markup_from_text() -> None:
    for name, file in static_files().items():
        if name.rpartition(".")[2] in ("html", "css", "js"):
            text = file.body.decode()
            addresses = re.findall(r"https?://[^\s\"'`]+", text)
            assert set(addresses) <= {"http://www.w3.org/2000/svg"}, name
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text)
            assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|javascript:", text), name


def test_every_import_and_icon_exists() -> None:
    files = static_files()
    icons = set(re.findall(r'id="icon-([a-z]+)"', files["index.html"].body.decode()))
    for name, file in files.items():
        if name.endswith(".js"):
            text = file.body.decode()
            assert set(re.findall(r'(?:from |import\()"\./([^"]+)"', text)) <= set(files)
            for argument in re.findall(r"\bicon\(([^()]+)\)", text):
                assert set(re.findall(r'"([a-z]+)"', argument)) <= icons


def test_browsers_find_an_icon_where_they_look_for_one(live: LiveServer) -> None:
    answer = live.ask("/favicon.ico")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/x-icon")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    with Image.open(io.BytesIO(answer.body)) as icon:
        assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert live.ask("/favicon.ico", headers={"If-None-Match": answer.headers["etag"]}).status == 304
