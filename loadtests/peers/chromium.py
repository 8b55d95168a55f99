"""Headless Chromium with one warm page, of which only the title's text changes between screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from loadtests import samples
from loadtests.peers.engines import inter
from renderer import OutputFormat

EXECUTABLE = Path("/usr/bin/chromium")
_SET_TITLE = "title => { document.querySelector('.title').textContent = title; }"


class Chromium:
    """See `engines.Engine`; CPU is that of all threads of all the browser's processes."""

    name = "Chromium, warm page"
    formats: tuple[OutputFormat, ...] = ("png", "jpg")

    def __init__(self, page: Page, processes: list[int]) -> None:
        self._page = page
        self._processes = processes

    def render(self, title: str, format: OutputFormat, file: Path | None = None) -> tuple[float, int]:  # noqa: A002
        """See `engines.Engine`."""
        before = self._cpu()
        self._page.evaluate(_SET_TITLE, title)
        picture = self._page.screenshot(type="png" if format == "png" else "jpeg", path=file)
        return (self._cpu() - before) / 1e6, len(picture)

    def _cpu(self) -> int:
        """Nanoseconds that the processes' threads have run."""
        threads = (thread for pid in self._processes for thread in Path(f"/proc/{pid}/task").iterdir())
        return sum(_nanoseconds(thread / "schedstat") for thread in threads)


@contextmanager
def chromium_engine() -> Iterator[Chromium]:
    """Start the browser and load the card."""
    others = set(_browsers())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--disable-gpu"])
        try:
            page = browser.new_page(viewport={"width": 1200, "height": 630})
            page.set_content(_card())
            page.evaluate("document.fonts.ready")
            yield Chromium(page, [pid for pid in _browsers() if pid not in others])
        finally:
            browser.close()


def _card() -> str:
    """The template as a page, with its default texts and its font."""
    markup = (samples.TEMPLATES / "card" / "template.html").read_text("utf-8")
    for name, value in (("kicker", "Engineering notes"), ("title", ""), ("author", "Ada Lovelace · 12 May")):
        markup = markup.replace(f"{{{{ {name} }}}}", value)
    face = f'@font-face {{ font-family: Inter; font-weight: 100 900; src: url("{inter().as_uri()}"); }}'
    return f"<!doctype html><meta charset=utf-8><style>{face}</style>{markup}"


def _browsers() -> list[int]:
    """Process ids of all Chromium processes of this machine."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                program = (entry / "exe").readlink()
            except OSError:  # gone, or not ours
                continue
            if "chrom" in program.name:
                found.append(int(entry.name))
    return found


def _nanoseconds(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text().split()[0])
    except OSError:  # the thread has ended
        return 0
