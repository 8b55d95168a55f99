"""A headless Chromium, and a page of it for every test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from server.batch.reception import Upload
from server.batch.records import Job
from tests.server.gallery.batch_pages import Start, give, jobs
from tests.server.live_server import TEMPLATES, LiveServer, live_server, write_template

EVERYTHING = """\
allow_size = true
[variables.text]
type = "text"
required = true
max_length = 60
description = "Any text <b>without</b> markup"
[variables.number]
type = "number"
min = 0
max = 10
[variables.flag]
type = "boolean"
[variables.paint]
type = "color"
[variables.day]
type = "date"
[variables.link]
type = "url"
[variables.choice]
type = "enum"
choices = ["small", "large"]
[variables.list]
type = "list"
max = 3
[variables.list.items]
type = "text"
max_length = 5
[variables.person]
type = "object"
[variables.person.fields.name]
type = "text"
[variables.free]
type = "object"
[variants.wide]
size = { width = 240, height = 60 }
"""
LEVEL = """\
[variables.text]
type = "text"
[variables.number]
type = "number"
[bindings.level]
push = true
when_missing = "hide"
"""
EVERYTHING_HTML = """\
<body style="color: {{ paint }}">{{ text }} {{ number }} {{ flag }} {{ day }} {{ link }} {{ choice }} {{ list }}
{{ person.name }} {{ free.a }}</body>
"""
EXAMPLE = {"text": "Hi", "number": 1.5, "flag": True, "paint": "#102030", "day": "2026-11-21", "list": ["a", "b"]}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server in development with the real templates and one that has a variable of every type."""
    folder = tmp_path_factory.mktemp("gallery") / "templates"
    shutil.copytree(TEMPLATES, folder)
    write_template(folder / "everything", EVERYTHING_HTML, EVERYTHING, EXAMPLE)
    write_template(folder / "level", "<body>{{ text }} {{ number }} {{ level }}</body>", LEVEL)
    data, buckets = tmp_path_factory.mktemp("data"), ("launch-pictures", "archive")
    with live_server(data, folder, development=True, allowed_hosts=("127.0.0.1",), export_buckets=buckets) as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose scripts must not fail, nor be refused anything by the content security policy."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message.text) else None)
    yield page
    assert not complaints


def _is_complaint(text: str) -> bool:
    return "Content Security Policy" in text or "Trusted Type" in text or "Uncaught" in text


Opener = Callable[..., Page]


@pytest.fixture
def editor(page: Page, gallery: LiveServer) -> Opener:
    """Opens the page of a template and waits for its picture."""

    def open_editor(name: str) -> Page:
        page.goto(f"{gallery.url}/#/{name}")
        page.locator(".stage:not(.busy) .picture img").wait_for()
        return page

    return open_editor


@pytest.fixture
def scratch(gallery: LiveServer) -> Iterator[Path]:
    """A template that a test may edit."""
    folder = gallery.settings.templates_dir / "scratch"
    write_template(folder, "<body>first</body>")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def no_batches(gallery: LiveServer) -> Iterator[None]:
    yield
    for job in jobs(gallery):
        gallery.call(f"/v1/batches/{job['id']}", method="DELETE")


@pytest.fixture
def start(page: Page, gallery: LiveServer, no_batches: None) -> Start:
    """Opens the page of a new batch and gives it a file."""

    def opened(text: str | bytes, name: str = "rows.csv", template: str = "everything") -> Page:
        page.goto(f"{gallery.url}/batches#/new?template={template}")
        give(page, text, name)
        return page

    return opened


@pytest.fixture
def uploads(gallery: LiveServer, monkeypatch: pytest.MonkeyPatch) -> list[Upload]:
    """What the server is sent from here on."""
    seen: list[Upload] = []
    submit = gallery.services.batches.submit

    async def submit_and_tell(upload: Upload, owner: str, key: str | None) -> tuple[Job, bool]:
        seen.append(upload)
        return await submit(upload, owner, key)

    monkeypatch.setattr(gallery.services.batches, "submit", submit_and_tell)
    return seen
