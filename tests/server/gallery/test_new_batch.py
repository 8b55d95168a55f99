"""New batches in a real browser: files, columns, options, and what the server says of them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from server.batch.options import ExportBody, RepeatBody
from server.batch.reception import Upload
from server.batch.records import Job
from server.errors import Unavailable
from tests.server.batch.intake.test_workbooks import workbook
from tests.server.gallery.batch_pages import (
    TABLE,
    Start,
    begin,
    column,
    give,
    jobs,
    number,
    open_more,
    state,
    switch,
    table,
    without_pilot,
)
from tests.server.live_server import LiveServer

CELLS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Head.line</t></is></c><c r="B1" t="inlineStr"><is><t>number</t></is></c>'
    '</row><row r="2"><c r="A2" t="inlineStr"><is><t>One</t></is></c><c r="B2"><v>1</v></c></row>'
    '<row r="3"><c r="A3" t="inlineStr"><is><t>Two</t></is></c><c r="B3"><v>2</v></c></row>'
)


class TestColumns:
    def test_are_guessed_and_can_be_changed(self, start: Start, gallery: LiveServer) -> None:
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
        expect(page.locator(".submit-bar .banner")).to_contain_text("text has two columns")
        column(page, "Note").select_option("")
        without_pilot(page)
        expect(state(page)).to_have_text("Some rows failed")
        (job,) = jobs(gallery)
        rows = gallery.call(f"/v1/batches/{job['id']}/rows").json()["rows"]
        assert isinstance(rows, list)
        assert [(row["custom_id"], row["status"]) for row in rows] == [
            ("a-1", "succeeded"), ("a-2", "succeeded"), ("a-3", "failed")
        ]  # fmt: skip

    def test_a_required_variable_without_one_gets_a_value_for_all(self, start: Start, gallery: LiveServer) -> None:
        page = start("number\n1\n2\n")
        expect(page.locator(".shared .banner")).to_contain_text("text is required, and no column stands for it.")
        begin(page)
        expect(page.locator('.shared [data-variable="text"] .field-error')).to_contain_text("required")
        page.locator('.shared [data-variable="text"] input').fill("The same for all")
        expect(page.locator(".shared .banner")).not_to_be_visible()
        without_pilot(page)
        expect(state(page)).to_have_text("Succeeded")
        expect(number(page, "Rows done")).to_have_text("2")

    def test_of_a_workbook_are_told_by_the_server(self, start: Start) -> None:
        page = start(workbook(CELLS), "rows.xlsx")
        expect(page.locator(".banner.note")).to_contain_text("read by the server")
        switch(page, "Only check the rows").check()
        begin(page)
        expect(page.locator(".submit-bar .banner")).to_contain_text("Head.line is no variable of the template")
        column(page, "Head.line").select_option("text")
        begin(page)
        expect(state(page)).to_have_text("Checked")
        expect(page.locator(".progress-words")).to_have_text("2 rows checked")
        expect(number(page, "Rows in order")).to_have_text("2")
        expect(page.locator(".files a")).to_have_count(0)

    def test_a_choice_by_hand_outlives_another_file(self, start: Start) -> None:
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

    def test_options_are_sent(self, start: Start, uploads: list[Upload]) -> None:
        page = start(table(2))
        page.get_by_label("WEBP").check()
        page.get_by_label("wide", exact=True).check()
        page.get_by_label("Pixel ratio").select_option("2")
        page.get_by_label("Quality").fill("70")
        expect(page.get_by_label("Width")).not_to_be_visible()
        open_more(page)
        page.get_by_label("Width").fill("200")
        page.get_by_label("Run again").select_option("Every")
        page.get_by_label("Time from the end").fill("2")
        page.get_by_label("URLs expire after").fill("2")
        page.get_by_label("File names in the ZIP").fill("{_id}/{variant}.{ext}")
        switch(page, "Look for duplicates").check()
        switch(page, "Look for large files").check()
        page.get_by_label("Largest file in KB").fill("20.5")
        without_pilot(page)
        expect(state(page)).to_have_text("Succeeded")
        expect(number(page, "Pictures rendered")).to_have_text("8")
        expect(page.locator(".batch-title .facts")).to_contain_text("runs again in 2 h")
        (upload,) = uploads
        options = upload.options
        assert (options.options.width, options.repeat) == (200, RepeatBody(every=7200, on_push=None))
        assert (options.formats, options.variants) == (["png", "webp"], [None, "wide"])
        assert (options.options.dpr, options.options.quality, options.expires_in) == (2, 70, 2 * 86_400)
        assert options.names == "{_id}/{variant}.{ext}"
        assert (options.checks.duplicates, options.checks.max_bytes) == (True, 20_500)
        assert (options.pilot, options.metadata) == (None, {"file": "rows.csv"})

    def test_rarer_options_are_those_of_the_template_and_the_server(self, start: Start, uploads: list[Upload]) -> None:
        page = start(table(2), template="level")
        open_more(page)
        expect(page.get_by_label("Width")).not_to_be_visible()
        page.get_by_label("Version").select_option(index=1)
        page.get_by_label("Run again").select_option("When level is pushed")
        expect(page.get_by_label("Folder in the bucket")).not_to_be_visible()
        page.get_by_label("Copy pictures to").select_option("archive")
        page.get_by_label("Folder in the bucket").fill("spring/")
        page.get_by_label("Note").fill("Second try")
        expect(page.locator(".more-options .tag")).to_have_text(["1 set", "4 set"])
        page.get_by_label("Rows that are rendered first").fill("1")
        begin(page)
        expect(state(page)).to_have_text("Waiting for approval")
        expect(page.locator(".batch-note")).to_have_text("Second try")
        (upload,) = uploads
        options = upload.options
        assert options.options.version
        assert options.repeat == RepeatBody(every=None, on_push="level")
        assert options.export == ExportBody(bucket="archive", prefix="spring/")
        assert options.metadata == {"file": "rows.csv", "note": "Second try"}

    def test_problems_are_shown_at_their_fields(self, start: Start, gallery: LiveServer, page: Page) -> None:
        page.route("**/v1/exports", lambda route: route.fulfill(json={"buckets": []}))
        start(table(1))
        page.get_by_label("Webhook URL").fill("ftp://example.com")
        open_more(page)
        expect(page.get_by_label("Copy pictures to")).not_to_be_visible()
        page.get_by_label("Locale").fill("x")
        page.locator(".more-options[open] > summary").first.click()
        begin(page)
        problem = page.locator(".option", has=page.get_by_label("Locale")).locator(".field-error")
        expect(problem).to_be_visible()
        expect(page.get_by_label("Locale")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Locale")).to_be_focused()
        expect(page.locator(".submit-bar .banner")).to_contain_text("Locale must be a language tag")
        page.get_by_label("Locale").fill("")
        expect(problem).not_to_be_visible()
        begin(page)
        webhook = page.locator(".option", has=page.get_by_label("Webhook URL"))
        expect(webhook.locator(".field-error")).to_contain_text("http")
        assert not jobs(gallery)

    def test_a_request_whose_answer_was_lost_makes_no_second_batch(
        self, start: Start, gallery: LiveServer, monkeypatch: pytest.MonkeyPatch
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
