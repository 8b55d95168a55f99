"""One batch in a real browser while a real server renders it: pilots, progress, failures."""

from __future__ import annotations

import json
import os
import re
import signal

from playwright.sync_api import Page, Route, expect

from tests.server.api.batch_calls import settled
from tests.server.gallery.batch_pages import Start, begin, jobs, number, state, table, without_pilot
from tests.server.live_server import LiveServer, stopped
from tests.server.outgoing.origin import reply, serving


class TestPilot:
    def test_first_pictures_are_looked_at_then_the_rest_is_rendered(self, start: Start) -> None:
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
        rows = page.locator(".failures tbody tr")
        expect(rows).to_have_count(2)
        page.locator(".failures").get_by_label("Show").select_option("Waiting (4)")
        expect(rows).to_have_count(4)
        expect(rows.first).to_contain_text("text: Row 4, number: 4, _id: id-4")
        page.get_by_role("button", name="Render the other 4").click()
        expect(state(page)).to_have_text("Some rows failed")
        expect(cards).to_have_count(7)
        expect(page.locator(".failures h2")).to_have_text("Failed rows")
        expect(rows).to_have_count(2)
        expect(page.locator(".approval")).not_to_be_visible()

    def test_findings_are_shown_on_pictures(self, start: Start) -> None:
        page = start("text,_id\n ,empty\nWords,full\nMore,rest\n")
        page.get_by_label("Rows that are rendered first").fill("2")
        begin(page)
        card = page.locator(".picture-card.suspicious")
        expect(card).to_have_count(1)
        expect(card).to_contain_text("empty")
        expect(card.locator(".picture-findings .origin")).to_have_text("blank")
        expect(page.locator(".approval")).to_contain_text("1 picture should be looked at")
        expect(page.locator(".picture-card")).to_have_count(2)
        chosen = page.locator(".pictures").get_by_label("Show")
        chosen.select_option("Blank")
        expect(page.locator(".picture-card")).to_have_count(1)
        expect(page.locator(".pictures .section-head")).to_contain_text("1 row")
        chosen.select_option("Duplicates")
        expect(page.get_by_text("No picture has such a finding.")).to_be_visible()
        chosen.select_option("All")
        expect(page.locator(".picture-card")).to_have_count(2)

    def test_it_can_be_cancelled_and_taken_up_again(self, start: Start) -> None:
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
        expect(page.locator(".failures h2")).to_have_text("Cancelled rows")
        expect(page.locator(".failures tbody tr")).to_have_count(3)
        page.get_by_role("button", name="Render the rest").click()
        expect(state(page)).to_have_text("Succeeded")
        expect(page.locator(".failures")).not_to_be_visible()
        expect(number(page, "Rows done")).to_have_text("5")


class TestWatching:
    def test_progress_shows_as_it_happens(self, start: Start, gallery: LiveServer) -> None:
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

    def test_a_cut_stream_goes_on_behind_the_last_event(self, start: Start, gallery: LiveServer) -> None:
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
        page.get_by_label("Rows that are rendered first").fill("1")  # then it waits, so that the stream has no end
        with page.expect_request(lambda request: request.headers.get("last-event-id") == "1"):
            begin(page)
        expect(state(page)).to_have_text("Waiting for approval")
        assert seen[:2] == [None, "1"]

    def test_where_streams_are_refused_it_polls(self, start: Start, gallery: LiveServer) -> None:
        page = start(table(3))
        page.route("**/events", lambda route: route.fulfill(status=502, body=""))
        page.clock.install()
        with page.expect_response("**/events"):
            without_pilot(page)
        (job,) = jobs(gallery)
        settled(gallery, str(job["id"]))
        page.clock.fast_forward(5000)
        expect(state(page)).to_have_text("Succeeded")

    def test_a_batch_that_is_deleted_elsewhere(self, start: Start, gallery: LiveServer) -> None:
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


class TestWebhooks:
    def test_what_became_of_them_is_told_and_they_are_sent_again(self, start: Start) -> None:
        with serving() as receiver:
            receiver.answers["/hook"] = reply(500)
            page = start(table(1))
            page.get_by_label("Webhook URL").fill(receiver.url("/hook"))
            without_pilot(page)
            message = page.locator(".deliveries tbody tr")
            expect(message).to_have_count(1)
            expect(message).to_contain_text("batch.completed")
            expect(message.locator(".tag")).to_have_text("To be tried again")
            expect(message).to_contain_text("Its server answered with status 500")
            expect(message).to_contain_text("1 attempt")
            receiver.answers["/hook"] = reply(200)
            message.get_by_role("button", name="Send again: Batch completed").click()
            expect(message.locator(".tag")).to_have_text("Delivered")
            expect(message).to_contain_text("Answered 200")
            message.get_by_text("All attempts").click()
            expect(message.locator(".attempts li")).to_have_count(2)


class TestFailures:
    def test_are_listed_with_their_lines_and_fields(self, start: Start) -> None:
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

    def test_can_be_tried_again(self, start: Start) -> None:
        page = start(table(3, 1))
        without_pilot(page)
        page.get_by_role("button", name="Retry 1 row").click()
        expect(page.locator(".batch-title .facts")).to_contain_text("run 2")
        expect(state(page)).to_have_text("Some rows failed")

    def test_a_batch_that_can_not_be_done(self, start: Start) -> None:
        page = start('[{"text": "a"}, 7', "rows.json")
        without_pilot(page)
        expect(page.locator(".submit-bar .banner")).to_contain_text("no JSON")
