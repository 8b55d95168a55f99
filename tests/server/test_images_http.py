"""Signed images as clients and caches get them: a real server, real render processes, loopback."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import ANY

import httpx
import pytest

from server.store import JOURNAL_FILE
from server.urls import ImageRequest, Options, split
from tests.server.live_server import (
    REPOSITORY,
    Answer,
    LiveServer,
    live_server,
    stopped,
    wait_until,
    write_template,
)

PER_REQUEST = {"date", "x-request-id", "server-timing"}


def problem(answer: Answer, status: int, code: str) -> dict[str, object]:
    """The problem document of an answer that must be one, uncacheable by its own word and without internals."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert "max-age" not in answer.headers.get("cache-control", "")
    assert not {"etag", "expires", "last-modified", "set-cookie"} & set(answer.names)
    text = answer.body.decode()
    for internal in (str(REPOSITORY), "/tmp", "Traceback", ".py", "template.html", "template.toml"):
        assert internal not in text
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


class TestGet:
    def test_a_picture_comes_with_everything_that_caches_need(self, live: LiveServer) -> None:
        answer = live.ask(live.path("card", title="Headers"))
        assert answer.status == 200
        assert answer.body.startswith(b"\x89PNG")
        headers = answer.headers
        assert headers["content-type"] == "image/png"
        assert headers["content-length"] == str(len(answer.body))
        assert headers["cache-control"] == "public, max-age=86400, stale-while-revalidate=86400, stale-if-error=604800"
        assert re.fullmatch(r'"[0-9a-f]{64}"', headers["etag"])
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["cache-tag"] == "template:card"
        assert headers["surrogate-key"] == "signet template:card"
        assert headers["cache-status"] == "Signet; fwd=miss; stored"
        assert headers["x-signet-state"] == "fresh"
        assert headers["x-request-id"]
        assert {"verify", "plan", "store", "render", "render-raster", "keep"} <= steps(answer)
        assert not {"set-cookie", "vary", "server", "location"} & set(answer.names)
        assert len(set(answer.names)) == len(answer.names)

    @pytest.mark.parametrize(
        ("fmt", "media_type", "magic"),
        [("jpg", "image/jpeg", b"\xff\xd8"), ("webp", "image/webp", b"RIFF"), ("avif", "image/avif", b"\0\0\0")],
    )
    def test_the_extension_is_the_format(self, live: LiveServer, fmt: str, media_type: str, magic: bytes) -> None:
        answer = live.ask(live.path("card", fmt, title="Format"))
        assert (answer.status, answer.headers["content-type"]) == (200, media_type)
        assert answer.body.startswith(magic)

    def test_jpeg_is_read_as_jpg(self, live: LiveServer) -> None:
        path = live.path("card", "jpg", title="Alias")
        assert live.ask(path.replace(".jpg", ".jpeg")).headers["etag"] == live.ask(path).headers["etag"]

    def test_the_second_is_a_hit_of_the_store_with_the_same_bytes(self, live: LiveServer) -> None:
        path = live.path("card", title="Twice")
        first, renders = live.ask(path), live.services.metrics.renders
        second = live.ask(path)
        assert second.body == first.body
        assert second.headers["etag"] == first.headers["etag"]
        assert second.headers["cache-status"] == "Signet; hit"
        assert live.services.metrics.renders == renders
        assert "render" not in steps(second)

    def test_a_token_is_the_same_picture(self, live: LiveServer) -> None:
        request = ImageRequest("card", "png", {"title": "Token"})
        token, plain = live.services.signer.sign_token(request), live.services.signer.sign(request)
        assert live.ask(token).headers["etag"] == live.ask(plain).headers["etag"]

    def test_a_pinned_static_picture_is_immutable(self, live: LiveServer) -> None:
        version = live.services.registry.get("card").version
        answer = live.ask(live.path("card", options=Options(version=version), title="Pinned"))
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"

    def test_no_cache_keeps_a_picture_beyond_its_expiry(self, live: LiveServer) -> None:
        answer = live.ask(live.path("card", options=Options(expires=int(time.time()) + 600), title="Soon"))
        directives = dict(item.partition("=")[::2] for item in answer.headers["cache-control"].split(", "))
        times = ("max-age", "stale-while-revalidate", "stale-if-error")
        assert int(directives["max-age"]) <= 600
        assert all(int(directives["max-age"]) + int(directives.get(name, 0)) <= 600 for name in times[1:])


class TestHead:
    def test_head_has_the_headers_of_get(self, live: LiveServer) -> None:
        path = live.path("card", title="Head")
        live.ask(path)
        get, head = live.ask(path), live.ask(path, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert {name: value for name, value in head.headers.items() if name not in PER_REQUEST} == {
            name: value for name, value in get.headers.items() if name not in PER_REQUEST
        }

    def test_head_is_verified(self, live: LiveServer) -> None:
        assert live.ask("/i/card.png?title=Forged&_s=" + "A" * 43, "HEAD").status == 403

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
    def test_other_methods_are_told_what_works(self, live: LiveServer, method: str) -> None:
        answer = live.ask(live.path("card", title="Method"), method)
        problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


class TestConditional:
    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"a",W/"b" , W/{}', "*"])
    def test_whoever_has_the_picture_is_answered_before_any_render(self, live: LiveServer, form: str) -> None:
        # A title that was never rendered: the entity tag follows from the request alone.
        path = live.path("card", title=f"Never rendered {hashlib.sha256(form.encode()).hexdigest()[:8]}")
        tag = f'"{live.services.images.plan(live.services.signer.verify(split(path), now=0)).key}"'
        before = live.services.metrics.renders, live.services.metrics.store_hits
        answer = live.ask(path, headers={"If-None-Match": form.format(tag)})
        assert (answer.status, answer.body) == (304, b"")
        assert (live.services.metrics.renders, live.services.metrics.store_hits) == before
        full = live.ask(path)
        assert full.headers["etag"] == tag
        for name in ("etag", "cache-control", "cache-tag", "surrogate-key"):
            assert answer.headers[name] == full.headers[name]

    def test_another_entity_tag_gets_the_picture(self, live: LiveServer) -> None:
        path = live.path("card", title="Other tag")
        assert live.ask(path, headers={"If-None-Match": '"other", W/"and another"'}).status == 200

    def test_a_forged_url_is_not_answered_304(self, live: LiveServer) -> None:
        answer = live.ask("/i/card.png?title=x&_s=" + "A" * 43, headers={"If-None-Match": "*"})
        problem(answer, 403, "bad-signature")


class TestSpellings:
    """What page builders, mail programs and advertisers do to a URL on its way."""

    @pytest.mark.parametrize(
        "mangle",
        [
            lambda path: "&".join([path.partition("?")[0] + "?" + path.partition("?")[2].split("&")[-1],
                                   *path.partition("?")[2].split("&")[:-1]]),
            lambda path: path.replace("%20", "+"),
            lambda path: path.replace("%7C", "%7c"),
            lambda path: path.replace("%7C", "|"),
            lambda path: path.replace("&", "&amp;"),
            lambda path: path.replace("title", "%74itle"),
            lambda path: path + "&utm_source=news&utm_medium=email",
            lambda path: path.replace("?", "?fbclid=IwAR0&"),
            lambda path: path + "&mc_eid=1&gclid=2",
            lambda path: path + "#top",
        ],
        ids=["order", "plus", "lower-case", "raw-bar", "amp", "escaped", "utm", "fbclid", "mail", "fragment"],
    )  # fmt: skip
    def test_same_picture(self, live: LiveServer, mangle: object) -> None:
        path = live.path("card", title="Café | bar", count=4)
        assert callable(mangle)
        mangled = mangle(path)
        assert mangled != path
        first, second = live.ask(path), live.ask(mangled)
        assert second.status == 200, second.body
        assert (second.headers["etag"], second.body) == (first.headers["etag"], first.body)


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            (lambda path: path.replace("_s=", "_s=x"), 403, "bad-signature"),
            (lambda path: path.replace("Hello", "Hullo"), 403, "bad-signature"),
            (lambda path: path.replace(".png", ".jpg"), 403, "bad-signature"),
            (lambda path: path.partition("&_s=")[0], 403, "missing-signature"),
            (lambda path: path + "&x-y=1", 403, "unsigned-parameter"),
            (lambda path: path + "&count=1", 403, "bad-signature"),
            (lambda path: path + "&title=Hello", 403, "duplicate-parameter"),
            (lambda path: path.replace("Hello", "%zz"), 400, "malformed-url"),
            (lambda path: path.replace("Hello", "%00"), 400, "malformed-url"),
            (lambda path: path.replace(".png", ".bmp"), 404, "unknown-format"),
            (lambda path: path.replace("/i/card", "/i/Card"), 404, "not-found"),
            (lambda path: path.replace("/i/", "/i/x/"), 404, "not-found"),
            (lambda path: "/t/" + "A" * 40 + ".png", 403, "bad-signature"),
            (lambda path: path + "&utm_x=" + "a" * 9000, 414, "url-too-long"),
        ],
    )
    def test_a_url_that_nobody_signed(self, live: LiveServer, change: object, status: int, code: str) -> None:
        assert callable(change)
        problem(live.ask(change(live.path("card", title="Hello"))), status, code)

    def test_an_expired_url_is_gone(self, live: LiveServer) -> None:
        problem(live.ask(live.path("card", options=Options(expires=1_600_000_000), title="Old")), 410, "expired")

    def test_unknown_template_and_version(self, live: LiveServer) -> None:
        problem(live.ask(live.path("nothing", title="x")), 404, "unknown-template")
        problem(live.ask(live.path("card", options=Options(version="0" * 16), title="x")), 404, "unknown-version")

    def test_all_problems_of_values_are_listed_at_once(self, live: LiveServer) -> None:
        document = problem(live.ask(live.path("card", count="many", tags="[1", titel="x")), 422, "invalid-values")
        found = document["problems"]
        assert isinstance(found, list)
        assert {item["name"] for item in found} == {"title", "count", "tags", "titel"}
        assert all(item["message"] for item in found)

    def test_over_long_text(self, live: LiveServer) -> None:
        document = problem(live.ask(live.path("card", title="x" * 41)), 422, "invalid-values")
        assert document["problems"] == [
            {"name": "title", "message": "has 41 characters", "expected": "at most 40", "got": ANY}
        ]

    def test_impossible_options(self, live: LiveServer) -> None:
        problem(live.ask(live.path("card", options=Options(variant="pink"), title="x")), 422, "invalid-option")
        problem(live.ask(live.path("card", options=Options(width=50), title="x")), 422, "invalid-option")
        problem(live.ask(live.path("card", "gif", title="x")), 422, "unsupported-format")

    def test_nothing_lives_elsewhere(self, live: LiveServer) -> None:
        problem(live.ask("/nothing"), 404, "not-found")
        problem(live.ask("/i/"), 404, "not-found")
        problem(live.ask("/t/"), 404, "not-found")


class TestPictures:
    @pytest.mark.parametrize("name", ["torn.png", "absent.png"])
    def test_a_picture_without_its_image_is_better_than_none(self, live: LiveServer, name: str) -> None:
        body = {"variables": {"title": "Image", "picture": name}}
        answer = live.call("/v1/templates/card/render", body)
        assert answer.status == 200, answer.body
        found = answer.json()["diagnostics"]
        assert isinstance(found, list)
        assert "image-unresolved" in {item["code"] for item in found}
        assert live.ask(live.path("card", title="Image", picture=name)).status == 200

    def test_a_broken_template_keeps_serving_its_last_good_version(self, tmp_path: Path) -> None:
        folder = tmp_path / "templates"
        write_template(folder / "good", "<body>one</body>")
        write_template(folder / "never", "<body>{{ if }}</body>")
        with live_server(tmp_path / "data", folder) as server:
            first = server.ask(server.path("good"))
            write_template(folder / "good", "<body>{{ if }}</body>")
            wait_until(lambda: "good" in server.services.registry.broken)
            assert server.ask(server.path("good")).body == first.body
            problem(server.ask(server.path("never")), 500, "broken-template")
            write_template(folder / "good", "<body>two</body>")
            wait_until(lambda: "good" not in server.services.registry.broken)
            assert server.ask(server.path("good")).headers["etag"] != first.headers["etag"]


class TestFullDisk:
    def test_a_picture_that_cannot_be_kept_is_answered_all_the_same(self, tmp_path: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port", "0", "--renderers", "1"],
            env={**os.environ, "SIGNET_DATA_DIR": str(tmp_path), "SIGNET_MEMORY_CACHE_BYTES": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            url = next(line for line in lines if line.split()[:1] == ["try"]).split()[1]
            # Files can't grow any more: the kernel refuses a write as it does on a full disk.
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
            for _ in range(2):
                answer = httpx.get(url)
                assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
                assert answer.headers["cache-status"].startswith("Signet; fwd=miss")
        finally:
            process.terminate()
            _, log = process.communicate()
        assert "renders" in log
        assert "Traceback" not in log
        kept = {path.name for path in (tmp_path / "renders").rglob("*") if path.is_file()}
        assert kept <= {JOURNAL_FILE}


class TestFaults:
    """Render processes that hang and die. Stopping the process by a signal makes a render last as long as one likes."""

    def test_a_full_queue_says_when_to_come_back(self, frail: LiveServer) -> None:
        worker = stopped(frail)
        with ThreadPoolExecutor() as pool:
            first = later(pool, frail, "One")
            wait_until(lambda: frail.services.farm.stats().running == 1)
            second = later(pool, frail, "Two")
            wait_until(lambda: frail.services.farm.stats().queued_live == 1)
            refused = frail.ask(frail.path("card", title="Three"))
            os.kill(worker, signal.SIGCONT)
            problem(refused, 503, "queue-full")
            assert int(refused.headers["retry-after"]) >= 1
            assert (first.result().status, second.result().status) == (200, 200)
        assert frail.ask(frail.path("card", title="Three")).status == 200

    def test_equal_requests_share_one_render(self, frail: LiveServer) -> None:
        worker = stopped(frail)
        before, renders = frail.services.metrics.image_requests, frail.services.farm.stats().counters.completed
        with ThreadPoolExecutor() as pool:
            answers = [later(pool, frail, "Shared") for _ in range(4)]
            wait_until(lambda: frail.services.metrics.image_requests == before + 4)
            wait_until(lambda: frail.services.farm.stats().running == 1)
            os.kill(worker, signal.SIGCONT)
            assert {answer.result().status for answer in answers} == {200}
            assert len({answer.result().body for answer in answers}) == 1
        assert frail.services.farm.stats().counters.completed == renders + 1

    def test_a_render_beyond_its_deadline_is_stopped(self, frail: LiveServer) -> None:
        stopped(frail)
        problem(frail.ask(frail.path("card", title="Slow")), 504, "render-timeout")
        wait_until(lambda: frail.services.farm.health().ok)
        assert frail.ask(frail.path("card", title="Slow")).status == 200

    def test_a_process_killed_within_a_render_costs_that_render(self, frail: LiveServer) -> None:
        (worker,) = frail.services.farm.worker_pids()
        with held(frail.services.registry.get("plain").archive) as started, ThreadPoolExecutor() as pool:
            answer = pool.submit(frail.ask, frail.path("plain"))
            wait_until(started)
            os.kill(worker, signal.SIGKILL)
            problem(answer.result(), 500, "render-failed")
        assert frail.ask(frail.path("plain")).status == 200
        assert worker not in frail.services.farm.worker_pids()

    def test_a_process_killed_before_a_render_costs_nothing(self, frail: LiveServer) -> None:
        worker = stopped(frail)
        with ThreadPoolExecutor() as pool:
            answer = later(pool, frail, "Killed")
            wait_until(lambda: frail.services.farm.stats().running == 1)
            os.kill(worker, signal.SIGKILL)
            assert answer.result().status == 200


@contextmanager
def held(file: Path) -> Iterator[Callable[[], bool]]:
    """A pipe in place of a file: whoever reads it hangs. The function tells whether somebody does."""
    aside = file.rename(file.with_suffix(".aside"))
    os.mkfifo(file)
    writers: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # ENXIO: no reader yet
            writers.append(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writers)

    try:
        yield is_read
    finally:
        aside.replace(file)
        for writer in writers:
            os.close(writer)


def later(pool: ThreadPoolExecutor, server: LiveServer, title: str) -> Future[Answer]:
    return pool.submit(server.ask, server.path("card", title=title))


def steps(answer: Answer) -> set[str]:
    return {entry.partition(";")[0].strip() for entry in answer.headers["server-timing"].split(",")}
