"""Asks Debian's headless Chromium how it lays a page out and what it shows."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Route, sync_playwright

from tests.fidelity.answers import Answer, Node, Rect
from tests.fidelity.cases import Case
from tests.fidelity.fonts import font_face_rules, font_files, font_versions, fontconfig, without_generic_names
from tests.fidelity.geometry import merged_lines
from tests.fidelity.source import digest_of, page_of

EXECUTABLE = "/usr/bin/chromium"
_ARGUMENTS = [
    "--font-render-hinting=none",  # heard by chrome-headless-shell only; elsewhere the fontconfig file says it
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--disable-lcd-text",
    "--disable-gpu",
]
_ORIGIN = "http://fidelity.test"  # answered by the route below: no request leaves the browser
_MEASURE = (Path(__file__).parent / "measure.js").read_text("utf-8")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A running Chromium; its fontconfig file and cache live in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "fonts.conf"
    configuration.write_text(fontconfig(folder / "fontconfig-cache"), "utf-8")
    environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(configuration.resolve())}
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=EXECUTABLE, args=_ARGUMENTS, env=environment)
        try:
            yield running
        finally:
            running.close()


def ask(running: Browser, case: Case) -> tuple[Answer, bytes]:
    """Boxes and picture (PNG) of a case."""
    page = page_of(case)
    width, height = case.size
    context = running.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    try:
        context.route("**/*", _Files(page, case.files).fulfil)
        tab = context.new_page()
        tab.goto(f"{_ORIGIN}/", wait_until="load")
        tab.evaluate("document.fonts.ready")
        picture = tab.screenshot(type="png", animations="disabled")
        nodes = [_node(entry) for entry in tab.evaluate(_MEASURE)]
    finally:
        context.close()
    return Answer(digest_of(page), running.version, font_versions(), nodes), picture


class _Files:
    """Answers every request of one page from memory; what the page lacks is 404."""

    def __init__(self, page: str, files: Mapping[str, bytes]) -> None:
        head = f"<!doctype html><html><head><meta charset=utf-8><style>{font_face_rules()}</style>\n"
        self._page = head + without_generic_names(page)
        self._files = files
        self._fonts = font_files()

    def fulfil(self, route: Route) -> None:
        """Playwright's handler."""
        path = unquote(urlsplit(route.request.url).path)
        if path == "/":
            route.fulfill(body=self._page, content_type="text/html")
        elif path in self._fonts:
            route.fulfill(path=self._fonts[path], content_type="font/ttf")
        elif (data := self._files.get(path.lstrip("/"))) is not None:
            route.fulfill(body=data, content_type=mimetypes.guess_type(path)[0] or "application/octet-stream")
        else:
            route.fulfill(status=404)


def _node(entry: dict[str, object]) -> Node:
    box, lines = entry["box"], entry["lines"]
    assert isinstance(lines, list)
    return Node(
        label=str(entry["label"]),
        parent=int(str(entry["parent"])),
        box=Rect(*box) if isinstance(box, list) else None,
        clips=bool(entry["clips"]),
        cut=str(entry["cut"]),
        lines=merged_lines([Rect(*line) for line in lines]),
    )
