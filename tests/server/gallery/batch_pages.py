"""What tests of the pages of batches do there."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.server.live_server import LiveServer

expect.set_options(timeout=20_000)

Start = Callable[..., Page]
TABLE = "Headline;Colour;SKU;Note\nOne;#ff0000;a-1;x\nTwo;#00ff00;a-2;\nThree;nonsense;a-3;y\n"


def give(page: Page, text: str | bytes, name: str = "rows.csv") -> None:
    data = text.encode() if isinstance(text, str) else text
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "", "buffer": data})
    expect(page.locator(".drop-label b")).to_have_text(name)


def jobs(server: LiveServer) -> list[dict[str, object]]:
    found = server.call("/v1/batches").json()["batches"]
    assert isinstance(found, list)
    return found


def table(count: int, *bad: int, text: str = "Row") -> str:
    """So many rows of different pictures; those with these numbers are wrong."""
    return "text,number,_id\n" + "".join(f"{text} {i},{'x' if i in bad else i % 10},id-{i}\n" for i in range(count))


def column(page: Page, name: str) -> Locator:
    return page.get_by_label(f"Variable for the column {name}", exact=True)


def switch(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def open_more(page: Page) -> None:
    """Unfold the rarer options."""
    folded = page.locator(".more-options:not([open]) > summary")
    while folded.count():
        folded.first.click()


def begin(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Start batch|Check rows")).click()


def without_pilot(page: Page) -> None:
    switch(page, "Show first pictures before the rest").uncheck()
    begin(page)


def state(page: Page) -> Locator:
    return page.locator(".batch-title .tag")


def number(page: Page, name: str) -> Locator:
    return page.locator(".numbers div", has=page.locator("dt", has_text=name)).locator("dd")
