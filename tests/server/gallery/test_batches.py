"""Batches in a real browser: their list, their files, and how they look."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.server.api.batch_calls import settled
from tests.server.gallery.batch_pages import TABLE, Start, begin, jobs, open_more, state, table, without_pilot
from tests.server.live_server import API_KEY, LiveServer


class TestFiles:
    def test_links_do_without_a_key(self, start: Start, tmp_path: Path) -> None:
        page = start(table(3, 1))
        without_pilot(page)
        assert (
            downloaded(page, "errors.csv", tmp_path).read_text("utf-8-sig").splitlines()[1].startswith("Row 1,x,id-1")
        )
        with zipfile.ZipFile(downloaded(page, "results.zip", tmp_path)) as archive:
            assert len([name for name in archive.namelist() if name.endswith(".png")]) == 2
        assert len(json.loads(downloaded(page, "results.json", tmp_path).read_text())["rows"]) == 3
        expect(page.locator(".help .code-block")).to_contain_text("curl --fail")

    def test_with_a_key_small_ones_go_through_the_page(self, page: Page, live: LiveServer, tmp_path: Path) -> None:
        job = live.call("/v1/batches", {"template": "card", "rows": [{"title": "A"}, {"title": "B"}]}).json()
        page.goto(f"{live.url}/batches#/{job['id']}")
        page.get_by_label("API key").fill(API_KEY)
        page.keyboard.press("Enter")
        expect(state(page)).to_have_text("Succeeded")
        expect(page.locator(".picture-card img")).to_have_count(2)
        lines = downloaded(page, "results.ndjson", tmp_path).read_text().splitlines()
        assert [json.loads(line)["status"] for line in lines] == ["succeeded", "succeeded"]
        expect(page.locator(".panel [role=status]")).to_contain_text("was saved")
        expect(page.locator(".help .code-block")).to_contain_text('"Authorization: Bearer $SIGNET_API_KEY"')
        assert API_KEY not in page.content()
        live.call(f"/v1/batches/{job['id']}", method="DELETE")

    def test_with_a_key_large_ones_are_explained_where_browsers_can_not_stream(
        self, page: Page, live: LiveServer
    ) -> None:
        job = live.call("/v1/batches", {"template": "card", "rows": [{"title": "A"}]}).json()
        page.add_init_script("delete window.showSaveFilePicker")
        page.route("**/events", lambda route: route.fulfill(status=502, body=""))
        page.route(f"**/v1/batches/{job['id']}", answer_with_many_bytes)
        page.clock.install()
        page.goto(f"{live.url}/batches#/{job['id']}")
        page.get_by_label("API key").fill(API_KEY)
        with page.expect_response("**/events"):
            page.keyboard.press("Enter")
        settled(live, str(job["id"]))
        page.clock.fast_forward(5000)
        page.locator("[data-file='results.zip']").click()
        expect(page.locator(".panel [role=status]")).to_contain_text("too large")
        expect(page.locator(".help .code-block")).to_be_visible()
        expect(page.locator(".help .code-block")).to_contain_text("results.zip")
        live.call(f"/v1/batches/{job['id']}", method="DELETE")


class TestList:
    def test_every_batch_with_its_state(self, start: Start, gallery: LiveServer) -> None:
        page = start(table(3, 1))
        without_pilot(page)
        expect(state(page)).to_have_text("Some rows failed")
        page.get_by_role("link", name="Batches").last.click()
        entry = page.locator(".batch-entry")
        expect(entry).to_have_count(1)
        expect(entry).to_contain_text("rows.csv")
        expect(entry).to_contain_text("1 row failed")
        expect(entry.locator(".tag")).to_have_text("Some rows failed")
        expect(entry.locator("[data-file]")).to_have_count(3)
        entry.get_by_role("link", name="everything").focus()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("everything")

    def test_it_follows_what_happens_elsewhere(self, page: Page, gallery: LiveServer, no_batches: None) -> None:
        page.clock.install()
        page.goto(f"{gallery.url}/batches")
        expect(page.get_by_text("No batches yet")).to_be_visible()
        job = gallery.call("/v1/batches", {"template": "everything", "rows": [{"text": "A"}]}).json()
        settled(gallery, str(job["id"]))
        page.clock.fast_forward(5000)
        expect(page.locator(".batch-entry .tag")).to_have_text("Succeeded")

    def test_deleting(self, start: Start, gallery: LiveServer) -> None:
        page = start(table(1))
        without_pilot(page)
        expect(state(page)).to_have_text("Succeeded")
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("No batches yet")).to_be_visible()
        assert not jobs(gallery)

    def test_the_way_from_a_template(self, page: Page, gallery: LiveServer) -> None:
        page.goto(f"{gallery.url}/#/article")
        page.get_by_role("link", name="Make many from a file").click()
        expect(page.get_by_role("combobox", name="Template")).to_have_value("article")
        page.get_by_role("navigation").get_by_role("link", name="Templates").click()
        expect(page.locator("h1")).to_have_text("Templates")


class TestLooks:
    @pytest.mark.parametrize("width", [360, 1280])
    def test_nothing_sticks_out_and_everything_has_a_name(self, start: Start, width: int) -> None:
        page = start(TABLE.replace("Headline", "text"))
        page.set_viewport_size({"width": width, "height": 800})
        open_more(page)
        page.get_by_label("Run again").select_option("Every")
        check(page, width)
        page.get_by_label("Run again").select_option("Never")
        page.get_by_label("Rows that are rendered first").fill("1")
        begin(page)
        page.locator(".picture-card").first.wait_for()
        check(page, width)
        page.get_by_role("link", name="Batches").last.click()
        page.locator(".batch-entry").wait_for()
        check(page, width)


def check(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select, textarea, a, img:not([alt=''])")].filter((node) =>
            !(node.getAttribute("aria-label") || node.alt || node.labels?.length || node.textContent.trim()
                || node.querySelector("img")?.alt)
        ).map((node) => node.outerHTML)"""
    )
    assert nameless == []


def downloaded(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.locator(f"[data-file='{name}']").click()
    target = folder / name
    download.value.save_as(target)
    return target


def answer_with_many_bytes(route: Route) -> None:
    response = route.fetch()
    job = response.json()
    job["counts"]["bytes"] = 3_000_000_000
    route.fulfill(response=response, json=job)
