"""The gallery in a real browser against a real server."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from server.urls import parse
from tests.server.live_server import API_KEY, LiveServer, wait_until, write_template

Opener = Callable[[str], Page]
expect.set_options(timeout=20_000)


def shown_url(page: Page) -> str:
    return page.locator(".code-block").inner_text()


def picture(page: Page) -> str:
    return str(page.locator(".picture img").evaluate("image => image.src"))


def wait_for_picture(page: Page, action: Callable[[], object]) -> None:
    """Do something and wait until another picture is shown."""
    before = picture(page)
    action()
    page.wait_for_function("before => document.querySelector('.picture img')?.src !== before", arg=before)
    expect(page.locator(".stage")).not_to_have_class(re.compile("busy|outdated"))


def field(name: str) -> str:
    return f'[data-variable="{name}"]'


class TestOverview:
    def test_every_template_with_its_picture(self, page: Page, gallery: LiveServer) -> None:
        page.goto(gallery.url)
        expect(page).to_have_title("Templates · Signet")
        names = gallery.services.registry.names
        expect(page.locator(".card")).to_have_count(len(names))
        for name in names:
            card = page.locator(f'.card[data-template="{name}"]')
            image = card.locator("img")
            image.scroll_into_view_if_needed()
            page.wait_for_function(
                "name => document.querySelector(`[data-template=${name}] img`)?.naturalWidth > 0", arg=name
            )
            manifest = gallery.services.registry.get(name).compiled.manifest
            expect(card.locator(".facts")).to_contain_text(f"{manifest.size.width} × {manifest.size.height}")
            expect(card.locator(".version")).to_have_text(gallery.services.registry.get(name).version[:8])

    def test_finding_one(self, page: Page, gallery: LiveServer) -> None:
        page.goto(gallery.url)
        page.get_by_label("Find a template").fill("price")
        expect(page.locator(".card:visible")).to_have_count(1)
        page.get_by_label("Find a template").fill("nothing like that")
        expect(page.locator(".nothing")).to_be_visible()

    def test_the_keyboard_is_enough(self, page: Page, gallery: LiveServer) -> None:
        page.goto(gallery.url)
        page.locator('.card[data-template="article"] a').focus()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Article card")
        page.locator(".picture img").wait_for()
        page.locator('[role="tab"]').first.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Token URL")
        page.go_back()
        expect(page.locator("h1")).to_have_text("Templates")


class TestEditing:
    def test_typing_changes_picture_and_url(self, editor: Opener, gallery: LiveServer) -> None:
        page = editor("article")
        renders = gallery.services.metrics.renders
        first = shown_url(page)
        wait_for_picture(page, lambda: page.locator(f"{field('title')} textarea").fill("Typed & <b>seen</b>"))
        assert gallery.services.metrics.renders == renders + 1  # the picture is rendered once, then fetched
        url = shown_url(page)
        assert url != first
        assert parse(url).variables["title"] == "Typed & <b>seen</b>"
        assert gallery.ask(url.removeprefix(gallery.url)).status == 200
        assert page.locator(".picture img").evaluate("image => image.naturalWidth") == 1200

    def test_typing_fast_renders_the_last_only(self, editor: Opener, gallery: LiveServer) -> None:
        page = editor("everything")
        renders = gallery.services.metrics.renders
        type_at_once = """input => [..."Typed at once"].forEach((letter, index) => {
            input.value = index ? input.value + letter : letter;
            input.dispatchEvent(new Event("input"));
        })"""
        wait_for_picture(page, lambda: page.locator(f"{field('text')} input").evaluate(type_at_once))
        assert parse(shown_url(page)).variables["text"] == "Typed at once"
        assert gallery.services.metrics.renders == renders + 1

    def test_an_answer_that_comes_too_late_is_not_shown(self, editor: Opener, gallery: LiveServer) -> None:
        page = editor("everything")
        urls = page.evaluate_handle(
            """() => {
                const seen = [], block = document.querySelector(".code-block");
                new MutationObserver(() => seen.push(block.textContent)).observe(block, {childList: true});
                return seen;
            }"""
        )
        (worker,) = gallery.services.farm.worker_pids()
        os.kill(worker, signal.SIGSTOP)
        page.locator(f"{field('text')} input").fill("early")
        wait_until(lambda: gallery.services.farm.stats().running == 1)
        page.locator(f"{field('text')} input").fill("late")
        wait_until(lambda: gallery.services.farm.stats().queued_live == 1)
        os.kill(worker, signal.SIGCONT)
        expect(page.locator(".code-block")).to_contain_text("text=late")
        assert "early" not in str(urls.json_value())

    def test_a_control_for_every_type(self, editor: Opener) -> None:
        page = editor("everything")
        controls = {
            "text": "input[type=text]",
            "number": "input[type=number][min='0'][max='10']",
            "flag": "input[type=checkbox]:checked",
            "paint": "input[type=color]",
            "day": "input[type=date]",
            "link": "input[inputmode=url]",
            "choice": "select",
            "list": "ol li input",
            "person": "[data-variable=name] textarea",
            "free": "textarea.code",
        }
        for name, selector in controls.items():
            expect(page.locator(f"{field(name)} {selector}").first).to_be_visible()
        expect(page.locator(f"{field('text')} .field-about")).to_have_text("Any text <b>without</b> markup")
        expect(page.locator(f"{field('text')} .field-hint")).to_have_text("text · required · up to 60 characters")

    def test_every_control_says_its_value(self, editor: Opener) -> None:
        page = editor("everything")

        def edit() -> None:
            page.locator(f"{field('number')} input").fill("2.50")
            page.locator(f"{field('flag')} input").uncheck()
            page.locator(f"{field('paint')} input[type=color]").fill("#ff0000")
            page.locator(f"{field('day')} input").fill("2027-01-02")
            page.locator(f"{field('link')} input").fill("https://example.com/?a=b&c")
            page.locator(f"{field('choice')} select").select_option(label="large")
            page.locator(f"{field('person')} [data-variable=name] textarea").fill("Ada")
            page.locator(f"{field('free')} textarea").fill('{"a": [1, 2]}')
            page.locator(f"{field('list')} button", has_text="Add").click()
            page.keyboard.type("c")
            page.locator(f"{field('list')} li:nth-child(3)").get_by_label("Move up").click()
            page.locator(f"{field('list')} li:nth-child(1)").get_by_label("Remove").click()

        wait_for_picture(page, edit)
        expect(page.locator(".code-block")).to_contain_text("list=%5B%22c%22%2C%22b%22%5D")
        assert parse(shown_url(page)).variables == {
            "text": "Hi",
            "number": "2.50",
            "flag": "false",
            "paint": "#ff0000",
            "day": "2027-01-02",
            "link": "https://example.com/?a=b&c",
            "choice": "large",
            "list": '["c","b"]',
            "person": '{"name":"Ada"}',
            "free": '{"a":[1,2]}',
        }
        page.get_by_role("button", name="Reset").click()
        expect(page.locator(f"{field('number')} input")).to_have_value("1.5")

    def test_options(self, editor: Opener) -> None:
        page = editor("everything")
        wait_for_picture(page, lambda: page.get_by_label("Pixel ratio").select_option("2"))
        assert page.locator(".picture img").evaluate("image => image.naturalWidth") == 240
        wait_for_picture(page, lambda: page.get_by_label("Variant").select_option("wide"))
        assert page.locator(".picture img").evaluate("image => image.naturalWidth") == 480
        wait_for_picture(page, lambda: page.get_by_label("Format").select_option("webp"))
        wait_for_picture(page, lambda: page.get_by_label("Quality").fill("50"))
        wait_for_picture(page, lambda: page.get_by_label("Locale").fill("de-DE"))
        wait_for_picture(page, lambda: page.get_by_label("Pin version").check())
        request = parse(shown_url(page))
        options = request.options
        assert (request.format, options.dpr, options.variant, options.quality, options.locale) == (
            "webp", 2, "wide", 50, "de-DE"
        )  # fmt: skip
        expect(page.locator(".headers")).to_contain_text("immutable")
        page.get_by_label("Locale").fill("x")
        expect(page.locator(".options .field-error")).to_contain_text("Locale must be a language tag")

    def test_facts_of_the_picture(self, editor: Opener) -> None:
        page = editor("article")
        expect(page.locator(".numbers")).to_contain_text("1200 × 630 px")
        expect(page.locator(".numbers")).to_contain_text("fresh")
        expect(page.locator(".timings li").first).to_be_visible()
        expect(page.locator(".headers")).to_contain_text("cache-control")
        expect(page.locator(".diagnostics li").first).to_be_visible()


class TestProblems:
    def test_a_problem_is_shown_at_its_field(self, editor: Opener) -> None:
        page = editor("everything")
        number = page.locator(field("number"))
        number.locator("input").fill("11")
        expect(number.locator(".field-error")).to_contain_text("10")
        expect(number.locator("input")).to_have_attribute("aria-invalid", "true")
        expect(page.locator(".stage")).to_have_class(re.compile("outdated"))
        page.locator(f"{field('list')} li:nth-child(2) input").fill("too long")
        expect(page.locator(f"{field('list')} li:nth-child(2) .field-error")).to_contain_text("8 characters")
        expect(number.locator(".field-error")).to_be_visible()
        page.locator(f"{field('list')} li:nth-child(2) input").fill("ok")
        number.locator("input").fill("9")
        expect(page.locator(".field-error:visible")).to_have_count(0)
        expect(page.locator(".stage")).not_to_have_class(re.compile("outdated"))

    def test_a_missing_value(self, editor: Opener) -> None:
        page = editor("everything")
        page.locator(f"{field('text')} input").fill("x" * 61)
        expect(page.locator(f"{field('text')} .counter")).to_have_text("61/60")
        expect(page.locator(f"{field('text')} .field-error")).to_contain_text("61 characters")
        page.locator(f"{field('text')} input").fill("")
        expect(page.locator(f"{field('text')} .field-error")).to_contain_text("required")

    def test_what_is_no_json_is_not_sent(self, editor: Opener) -> None:
        page = editor("everything")
        page.locator(f"{field('free')} textarea").fill('{"a": ')
        expect(page.locator(f"{field('free')} .field-error")).to_contain_text("no JSON")

    def test_an_unknown_template(self, page: Page, gallery: LiveServer) -> None:
        page.goto(f"{gallery.url}/#/nothing")
        expect(page.locator(".lead")).to_have_text("There is no template of this name.")


class TestCopying:
    @pytest.mark.parametrize(
        ("tab", "start"),
        [
            ("URL", "http"),
            ("Token URL", "http"),
            ("<meta>", '<meta property="og:image"'),
            ("<img>", "<img src="),
            ("Markdown", "!["),
            ("curl", "curl http"),
        ],
    )
    def test_what_is_shown_is_copied(
        self, editor: Opener, context: BrowserContext, gallery: LiveServer, tab: str, start: str
    ) -> None:
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=gallery.url)
        page = editor("article")
        page.get_by_role("tab", name=tab, exact=True).click()
        page.get_by_role("button", name="Copy").click()
        expect(page.locator(".copy")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator(".code-block").text_content()
        assert copied.startswith(start)


class TestKeys:
    def test_without_a_key_nothing_is_shown(self, page: Page, live: LiveServer) -> None:
        page.goto(live.url)
        expect(page.get_by_role("heading", name="Enter an API key")).to_be_visible()
        assert "_s=" not in page.content()
        assert "/i/" not in page.content()
        assert page.locator("main img").count() == 0
        page.get_by_label("API key").fill("a wrong key")
        page.keyboard.press("Enter")
        expect(page.get_by_text("The server does not know this key.")).to_be_visible()
        assert "_s=" not in page.content()

    def test_a_key_opens_the_gallery_until_it_is_forgotten(self, page: Page, live: LiveServer) -> None:
        page.goto(f"{live.url}/#/card")
        page.get_by_label("API key").fill(API_KEY)
        page.get_by_role("button", name="Open the gallery").click()
        page.locator(".picture img").wait_for()
        assert "_s=" in shown_url(page)
        page.reload()
        page.locator(".picture img").wait_for()
        assert page.evaluate("Object.values(localStorage).length + document.cookie.length") == 0
        page.get_by_role("button", name="Forget key").click()
        expect(page.get_by_label("API key")).to_be_visible()
        assert "_s=" not in page.content()
        assert page.evaluate("sessionStorage.length") == 0


class TestReloading:
    def test_a_changed_template_shows_by_itself(self, page: Page, gallery: LiveServer, scratch: Path) -> None:
        wait_until(lambda: "scratch" in gallery.services.registry.names)
        page.goto(f"{gallery.url}/#/scratch")
        page.locator(".stage:not(.busy) .picture img").wait_for()
        wait_for_picture(page, lambda: write_template(scratch, "<body>second</body>"))
        before = picture(page)
        write_template(scratch, "<body>\n{{ if }}\n</body>")
        banner = page.locator(".editor > .banner")
        expect(banner).to_contain_text("template.html:2:")
        expect(banner).to_contain_text("keeps serving")
        assert picture(page) == before
        page.goto(f"{gallery.url}/#/")
        expect(page.locator('.card[data-template="scratch"] .card-fault')).to_contain_text("template.html:2:")
        write_template(scratch, "<body>third</body>")
        expect(page.locator('.card[data-template="scratch"] .card-fault')).not_to_be_visible()

    def test_a_new_variable_joins_the_form_and_typed_values_stay(
        self, page: Page, gallery: LiveServer, scratch: Path
    ) -> None:
        write_template(scratch, "<body>{{ a }}</body>", '[variables.a]\ntype = "text"\n')
        wait_until(lambda: "scratch" in gallery.services.registry.names)
        page.goto(f"{gallery.url}/#/scratch")
        page.locator(f"{field('a')} textarea").fill("typed")
        expect(page.locator(".code-block")).to_contain_text("a=typed")
        write_template(
            scratch, "<body>{{ a }}{{ b }}</body>", '[variables.a]\ntype = "text"\n[variables.b]\ntype = "number"\n'
        )
        expect(page.locator(f"{field('b')} input")).to_be_visible()
        expect(page.locator(f"{field('a')} textarea")).to_have_value("typed")

    def test_a_template_that_never_worked(self, page: Page, gallery: LiveServer, scratch: Path) -> None:
        bad = scratch.parent / "bad-from-birth"
        write_template(bad, "<body>{{ nope( }}</body>")
        try:
            page.goto(gallery.url)
            card = page.locator('.card[data-template="bad-from-birth"]')
            expect(card.locator(".card-fault")).to_be_visible()
            card.locator("a").click()
            expect(page.locator(".editor > .banner")).to_contain_text("template.html:1:")
            expect(page.locator(".work")).not_to_be_visible()
        finally:
            for file in bad.iterdir():
                file.unlink()
            bad.rmdir()


class TestLooks:
    @pytest.mark.parametrize("width", [360, 768, 1280])
    @pytest.mark.parametrize("path", ["", "#/article", "#/everything"])
    def test_nothing_sticks_out(self, page: Page, gallery: LiveServer, width: int, path: str) -> None:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{gallery.url}/{path}")
        page.locator(".picture img, .card img").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_every_control_has_a_name(self, editor: Opener) -> None:
        page = editor("everything")
        nameless = page.evaluate(
            """[...document.querySelectorAll("button, input, select, textarea, a, img:not([alt=''])")].filter((node) =>
                !(node.getAttribute("aria-label") || node.alt || node.labels?.length || node.textContent.trim())
            ).map((node) => node.outerHTML)"""
        )
        assert nameless == []
