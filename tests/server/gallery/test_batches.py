"""Batches in the gallery, in a real browser against a real server that renders them."""

from __future__ import annotations

import json
import os
import re
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from server.batch.reception import Upload
from server.batch.records import Job
from server.errors import Unavailable
from tests.server.batch.intake.test_reading import workbook
from tests.server.live_server import API_KEY, LiveServer, stopped, wait_until

expect.set_options(timeout=20_000)

TABLE = "Headline;Colour;SKU;Note\nOne;#ff0000;a-1;x\nTwo;#00ff00;a-2;\nThree;nonsense;a-3;y\n"

CELLS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Headline</t></is></c><c r="B1" t="inlineStr"><is><t>number</t></is></c>'
    '</row><row r="2"><c r="A2" t="inlineStr"><is><t>One</t></is></c><c r="B2"><v>1</v></c></row>'
    '<row r="3"><c r="A3" t="inlineStr"><is><t>Two</t></is></c><c r="B3"><v>2</v></c></row>'
)


@pytest.fixture
def no_batches(gallery: LiveServer) -> Iterator[None]:
    yield
    for job in jobs(gallery):
        gallery.call(f"/v1/batches/{job['id']}", method="DELETE")


@pytest.fixture
def start(page: Page, gallery: LiveServer, no_batches: None) -> Callable[..., Page]:
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


def begin(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Start batch|Check rows")).click()


def without_pilot(page: Page) -> None:
    switch(page, "Show first pictures before the rest").uncheck()
    begin(page)


def state(page: Page) -> Locator:
    return page.locator(".batch-title .tag")


def number(page: Page, name: str) -> Locator:
    return page.locator(".numbers div", has=page.locator("dt", has_text=name)).locator("dd")


class TestColumns:
    def test_are_guessed_and_can_be_changed(self, start: Callable[..., Page], gallery: LiveServer) -> None:
        page = start(TABLE)
        expect(page.locator(".preview-rows tbody tr")).to_have_count(3)
        expect(column(page, "SKU")).to_have_value("_id")
        expect(column(page, "Colour")).to_have_value("")
        column(page, "Colour").select_option("paint")
        expect(page.locator('[data-column="Colour"] .column-note')).to_have_text("1 of 3 looked at is no colour")
        expect(column(page, "Note")).to_have_value("")
        column(page, "Headline").select_option("text")
        column(page, "Note").select_option("text")
        expect(page.locator('[data-column="Note"] .column-note')).to_have_text("Two columns stand for this")
        begin(page)
        expect(page.locator(".submit-bar .banner")).to_contain_text("Two columns stand for the same variable")
        column(page, "Note").select_option("")
        without_pilot(page)
        expect(state(page)).to_have_text("Some rows failed")
        (job,) = jobs(gallery)
        rows = gallery.call(f"/v1/batches/{job['id']}/rows").json()["rows"]
        assert isinstance(rows, list)
        assert [(row["custom_id"], row["status"]) for row in rows] == [
            ("a-1", "succeeded"), ("a-2", "succeeded"), ("a-3", "failed")
        ]  # fmt: skip

    def test_a_required_variable_without_one_gets_a_value_for_all(
        self, start: Callable[..., Page], gallery: LiveServer
    ) -> None:
        page = start("number\n1\n2\n")
        expect(page.locator(".shared .banner")).to_contain_text("text is required, and no column stands for it.")
        begin(page)
        expect(page.locator('.shared [data-variable="text"] .field-error')).to_contain_text("required")
        page.locator('.shared [data-variable="text"] input').fill("The same for all")
        expect(page.locator(".shared .banner")).not_to_be_visible()
        without_pilot(page)
        expect(state(page)).to_have_text("Succeeded")
        expect(number(page, "Rows done")).to_have_text("2")

    def test_of_a_workbook_are_told_by_the_server(self, start: Callable[..., Page]) -> None:
        page = start(workbook(CELLS), "rows.xlsx")
        expect(page.locator(".banner.note")).to_contain_text("read by the server")
        switch(page, "Only check the rows").check()
        begin(page)
        expect(page.locator(".submit-bar .banner")).to_contain_text("Headline is no variable of the template")
        column(page, "Headline").select_option("text")
        begin(page)
        expect(state(page)).to_have_text("Checked")
        expect(page.locator(".progress-words")).to_have_text("2 rows checked")
        expect(number(page, "Rows in order")).to_have_text("2")
        expect(page.locator(".files a")).to_have_count(0)

    def test_a_choice_by_hand_outlives_another_file(self, start: Callable[..., Page]) -> None:
        page = start(TABLE)
        column(page, "Note").select_option("person")
        give(page, TABLE.replace(";", ","), "again.csv")
        expect(column(page, "Note")).to_have_value("person")
        expect(page.locator(".step .facts")).to_contain_text("separated by commas")


class TestStarting:
    def test_without_a_file(self, page: Page, gallery: LiveServer) -> None:
        page.goto(f"{gallery.url}/batches#/new")
        begin(page)
        expect(page.get_by_text("Choose a file of rows.", exact=True)).to_be_visible()
        assert page.evaluate("document.activeElement.type") == "file"

    def test_a_file_can_be_dropped(self, page: Page, gallery: LiveServer) -> None:
        page.goto(f"{gallery.url}/batches#/new?template=everything")
        page.locator(".drop").evaluate(
            """(zone, text) => {
                const data = new DataTransfer();
                data.items.add(new File([text], "dropped.csv"));
                zone.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
            }""",
            TABLE,
        )
        expect(page.locator(".drop-label")).to_contain_text("dropped.csv")
        expect(column(page, "Headline")).to_be_visible()

    def test_options_are_sent(self, start: Callable[..., Page], uploads: list[Upload]) -> None:
        page = start(table(2))
        page.get_by_label("WEBP").check()
        page.get_by_label("wide", exact=True).check()
        page.get_by_label("Pixel ratio").select_option("2")
        page.get_by_label("Quality").fill("70")
        page.get_by_label("URLs expire after").fill("2")
        page.get_by_label("File names in the ZIP").fill("{_id}/{variant}.{ext}")
        switch(page, "Look for duplicates").check()
        switch(page, "Look for large files").check()
        page.get_by_label("Largest file in KB").fill("20.5")
        without_pilot(page)
        expect(state(page)).to_have_text("Succeeded")
        expect(number(page, "Pictures rendered")).to_have_text("8")
        (upload,) = uploads
        options = upload.options
        assert (options.formats, options.variants) == (["png", "webp"], [None, "wide"])
        assert (options.options.dpr, options.options.quality, options.expires_in) == (2, 70, 2 * 86_400)
        assert options.names == "{_id}/{variant}.{ext}"
        assert (options.checks.duplicates, options.checks.max_bytes) == (True, 20_500)
        assert (options.pilot, options.metadata) == (None, {"file": "rows.csv"})

    def test_problems_are_shown_at_their_fields(self, start: Callable[..., Page], gallery: LiveServer) -> None:
        page = start(table(1))
        page.get_by_label("Webhook URL").fill("ftp://example.com")
        page.get_by_label("Locale").fill("x")
        begin(page)
        problem = page.locator(".option", has=page.get_by_label("Locale")).locator(".field-error")
        expect(problem).to_be_visible()
        expect(page.get_by_label("Locale")).to_have_attribute("aria-invalid", "true")
        page.get_by_label("Locale").fill("")
        expect(problem).not_to_be_visible()
        begin(page)
        webhook = page.locator(".option", has=page.get_by_label("Webhook URL"))
        expect(webhook.locator(".field-error")).to_contain_text("http")
        assert not jobs(gallery)

    def test_a_request_whose_answer_was_lost_makes_no_second_batch(
        self, start: Callable[..., Page], gallery: LiveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batches = gallery.services.batches
        submit = batches.submit

        async def submit_and_fail(upload: Upload, owner: str, key: str | None) -> tuple[Job, bool]:
            monkeypatch.undo()
            await submit(upload, owner, key)
            raise Unavailable("The answer is lost.")

        monkeypatch.setattr(batches, "submit", submit_and_fail)
        page = start(table(2))
        begin(page)
        expect(page.locator(".submit-bar .banner")).to_contain_text("The answer is lost.")
        assert len(jobs(gallery)) == 1
        begin(page)
        expect(page).to_have_url(re.compile(r"#/batch_[0-9a-f]{24}$"))
        assert len(jobs(gallery)) == 1


class TestPilot:
    def test_first_pictures_are_looked_at_then_the_rest_is_rendered(self, start: Callable[..., Page]) -> None:
        page = start(table(9, 1, 7))
        page.get_by_label("Rows that are rendered first").fill("4")
        begin(page)
        expect(state(page)).to_have_text("Waiting for approval")
        expect(page.locator(".approval")).to_contain_text("Look at the first 4 rows")
        expect(page.locator(".approval")).to_contain_text("4 more rows wait for your approval.")
        cards = page.locator(".picture-card")
        expect(cards).to_have_count(3)
        page.wait_for_function(
            "[...document.querySelectorAll('.picture-card img')].every((image) => image.naturalWidth === 120)"
        )
        expect(cards.first).to_contain_text("id-0")
        page.get_by_role("button", name="Render the other 4").click()
        expect(state(page)).to_have_text("Some rows failed")
        expect(cards).to_have_count(7)
        expect(page.locator(".approval")).not_to_be_visible()

    def test_findings_are_shown_on_pictures(self, start: Callable[..., Page]) -> None:
        page = start("text,_id\n ,empty\nWords,full\nMore,rest\n")
        page.get_by_label("Rows that are rendered first").fill("2")
        begin(page)
        card = page.locator(".picture-card.suspicious")
        expect(card).to_have_count(1)
        expect(card).to_contain_text("empty")
        expect(card.locator(".picture-findings .origin")).to_have_text("blank")
        expect(page.locator(".approval")).to_contain_text("1 picture should be looked at")

    def test_it_can_be_cancelled_and_taken_up_again(self, start: Callable[..., Page]) -> None:
        page = start(table(5))
        page.get_by_label("Rows that are rendered first").fill("2")
        begin(page)
        page.locator(".approval").get_by_role("button", name="Cancel").click()
        page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(state(page)).to_have_text("Waiting for approval")
        page.locator(".approval").get_by_role("button", name="Cancel").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel batch").click()
        expect(state(page)).to_have_text("Cancelled")
        expect(number(page, "Rows cancelled")).to_have_text("3")
        page.get_by_role("button", name="Render the rest").click()
        expect(state(page)).to_have_text("Succeeded")
        expect(number(page, "Rows done")).to_have_text("5")


class TestWatching:
    def test_progress_shows_as_it_happens(self, start: Callable[..., Page], gallery: LiveServer) -> None:
        page = start(table(6, text="Rendered by nobody yet"))
        worker = stopped(gallery)
        try:
            without_pilot(page)
            expect(state(page)).to_have_text(re.compile("Rendering|Queued"))
            bar = page.get_by_role("progressbar", name="Progress of the batch")
            expect(bar).to_have_attribute("aria-valuenow", "0")
            expect(bar).to_have_attribute("aria-valuemax", "6")
        finally:
            os.kill(worker, signal.SIGCONT)
        expect(bar).to_have_attribute("aria-valuenow", "6")
        expect(page.locator("#announcer")).to_have_text("Succeeded: 6 rows")
        expect(page).to_have_title("Succeeded · everything · Signet")

    def test_a_cut_stream_goes_on_behind_the_last_event(self, start: Callable[..., Page], gallery: LiveServer) -> None:
        page = start(table(3))
        seen: list[str | None] = []

        def cut_once(route: Route) -> None:
            seen.append(route.request.headers.get("last-event-id"))
            if len(seen) > 1:
                route.continue_()
                return
            (job,) = jobs(gallery)
            text = f"retry: 10\n\nid: 1\nevent: progress\ndata: {json.dumps(job)}\n\n"
            route.fulfill(status=200, content_type="text/event-stream", body=text)

        page.route("**/events", cut_once)
        begin(page)
        page.get_by_text("Look at the first").or_(page.get_by_text("Succeeded")).first.wait_for()
        wait_until(lambda: page.title() and len(seen) > 1)
        assert seen[:2] == [None, "1"]

    def test_where_streams_are_refused_it_polls(self, start: Callable[..., Page]) -> None:
        page = start(table(3))
        page.route("**/events", lambda route: route.fulfill(status=502, body=""))
        without_pilot(page)
        expect(state(page)).to_have_text("Succeeded")

    def test_a_batch_that_is_deleted_elsewhere(self, start: Callable[..., Page], gallery: LiveServer) -> None:
        page = start(table(3))
        page.get_by_label("Rows that are rendered first").fill("1")
        begin(page)
        expect(state(page)).to_have_text("Waiting for approval")
        (job,) = jobs(gallery)
        gallery.call(f"/v1/batches/{job['id']}", method="DELETE")
        expect(page.get_by_text("There is no batch of this id.")).to_be_visible()

    def test_an_unknown_batch(self, page: Page, gallery: LiveServer) -> None:
        page.goto(f"{gallery.url}/batches#/batch_000000000000000000000000")
        expect(page.get_by_text("There is no batch of this id.")).to_be_visible()


class TestFailures:
    def test_are_listed_with_their_lines_and_fields(self, start: Callable[..., Page]) -> None:
        page = start(table(40, *range(30)))
        without_pilot(page)
        rows = page.locator(".failures tbody tr")
        expect(rows).to_have_count(25)
        expect(rows.first.locator("td").nth(0)).to_have_text("2")
        expect(rows.first.locator("td").nth(1)).to_have_text("id-0")
        expect(rows.first.locator("td").nth(2)).to_have_text("number")
        expect(rows.first.locator("td").nth(3)).to_contain_text("Is not a number")
        page.locator(".failures").get_by_role("button", name="Show more").click()
        expect(rows).to_have_count(30)
        rows.first.get_by_text("The row").click()
        expect(rows.first.locator("dl")).to_contain_text("Row 0")

    def test_can_be_tried_again(self, start: Callable[..., Page]) -> None:
        page = start(table(3, 1))
        without_pilot(page)
        page.get_by_role("button", name="Retry 1 row").click()
        expect(page.locator(".batch-title .facts")).to_contain_text("run 2")
        expect(state(page)).to_have_text("Some rows failed")

    def test_a_batch_that_can_not_be_done(self, start: Callable[..., Page]) -> None:
        page = start('[{"text": "a"}, 7', "rows.json")
        without_pilot(page)
        expect(page.locator(".submit-bar .banner")).to_contain_text("no JSON")


class TestFiles:
    def test_links_do_without_a_key(self, start: Callable[..., Page], tmp_path: Path) -> None:
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
        page.goto(f"{live.url}/batches#/{job['id']}")
        page.get_by_label("API key").fill(API_KEY)
        page.keyboard.press("Enter")
        page.locator("[data-file='results.zip']").click()
        expect(page.locator(".panel [role=status]")).to_contain_text("too large")
        expect(page.locator(".help .code-block")).to_be_visible()
        expect(page.locator(".help .code-block")).to_contain_text("results.zip")
        live.call(f"/v1/batches/{job['id']}", method="DELETE")


class TestList:
    def test_every_batch_with_its_state(self, start: Callable[..., Page], gallery: LiveServer) -> None:
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
        page.goto(f"{gallery.url}/batches")
        expect(page.get_by_text("No batches yet")).to_be_visible()
        gallery.call("/v1/batches", {"template": "everything", "rows": [{"text": "A"}]})
        expect(page.locator(".batch-entry .tag")).to_have_text("Succeeded")

    def test_deleting(self, start: Callable[..., Page], gallery: LiveServer) -> None:
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
    def test_nothing_sticks_out_and_everything_has_a_name(self, start: Callable[..., Page], width: int) -> None:
        page = start(TABLE.replace("Headline", "text"))
        page.set_viewport_size({"width": width, "height": 800})
        check(page, width)
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
