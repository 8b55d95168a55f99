"""httplint reads every kind of response, of the origin and through nginx."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

import server.app  # noqa: F401 - every room's errors are known then
from server.errors import MethodNotAllowed, SignetError
from server.http.errors import RangeNotSatisfiable
from server.requests import problem_response
from server.urls import ImageRequest, Options
from server.validators import EMAIL_LIVE
from tests.edge.servers import Edge, running_nginx
from tests.http.messages import Asked, Exchange, exchange, findings
from tests.server.live_server import API_KEY, LiveServer, live_server, stopped, wait_until


def _of_type(media_type: str) -> Callable[[Exchange], bool]:
    return lambda message: message.values("content-type") == [media_type]


def _with_status(*statuses: int) -> Callable[[Exchange], bool]:
    return lambda message: message.status in statuses


def _for_mails(message: Exchange) -> bool:
    return message.values("cache-control") == [EMAIL_LIVE]


def _whatever(message: Exchange) -> bool:
    return True


# What httplint says and we leave as it is, with the responses of which it may say so.
ACCEPTED: Final[dict[str, Callable[[Exchange], bool]]] = {
    # `public` is needed by requests with Authorization only (RFC 9111 section 3.5). Browsers send that with pictures of
    # a site behind a password, and a cache between may keep ours all the same; some CDNs' rules look for the word.
    "STORE_PUBLIC_UNNECESSARY": _whatever,
    # Gmail's proxy documents both directives for pictures that it must not keep. And when a range lies behind the end,
    # nginx leaves the picture's Cache-Control beside our no-store.
    "CC_CONFLICTING": lambda message: _for_mails(message) or message.status == 416,
    # It does not know AVIF: "it looks like undefined/undefined".
    "CONTENT_TYPE_MISMATCH": _of_type("image/avif"),
    # Errors say nothing about caching, so that each edge decides by status: ours keeps these two for 30 s. There is no
    # Last-Modified from which a cache could reckon anything longer.
    "FRESHNESS_HEURISTIC": _with_status(404, 410),
    # Of the request, not of the answer: it was made to be refused.
    "STATUS_BAD_REQUEST": _with_status(400),
    "STATUS_URI_TOO_LONG": _with_status(414),
    # It knows Accept-Encoding in requests only; RFC 9110 section 15.5.16 wants it in a 415 about the content coding.
    "REQUEST_HDR_IN_RESPONSE": _with_status(415),
}
KEY = {"Authorization": f"Bearer {API_KEY}"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of response: how to get it, and its status at the origin and through nginx (None: not to be had)."""

    name: str
    ask: Callable[[LiveServer], Asked]
    origin: int | None
    edge: int | None


def picture(fmt: str = "png", method: str = "GET", **headers: str) -> Callable[[LiveServer], Asked]:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda live: Asked(live.path("card", fmt, title="Lint"), method, named)


def at(
    target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
) -> Callable[..., Asked]:
    return lambda live: Asked(target, method, headers or {}, body)


def changed(change: Callable[[str], str]) -> Callable[[LiveServer], Asked]:
    return lambda live: Asked(change(live.path("card", title="Lint")))


URL_BODY: Final = json.dumps({"template": "card", "variables": {"title": "x"}}).encode()

KINDS: Final = [
    Kind("png", picture(), 200, 200),
    Kind("jpg", picture("jpg"), 200, 200),
    Kind("webp", picture("webp"), 200, 200),
    Kind("avif", picture("avif"), 200, 200),
    Kind(
        "token",
        lambda live: Asked(live.services.signer.sign_token(ImageRequest("card", "png", {"title": "Lint"}))),
        200,
        200,
    ),
    Kind("pinned", lambda live: Asked(live.path("card", options=_pinned(live), title="Pinned")), 200, 200),
    Kind("for mails", lambda live: Asked(live.path("live", title="Lint")), 200, 200),
    Kind("for another site", picture(origin="https://elsewhere.example"), 200, 200),
    Kind("HEAD", picture(method="HEAD"), 200, 200),
    Kind("range", picture(range="bytes=0-99"), 206, 206),
    Kind("half a megabyte", picture(range="bytes=0-524288"), 206, 206),
    Kind("last bytes", picture(range="bytes=-10"), 206, 206),
    Kind("behind the end", picture(range="bytes=999999-"), 416, 416),
    Kind("not modified", picture(if_none_match="*"), 304, 304),
    Kind("not modified, for mails", lambda live: Asked(live.path("live", title="Lint"), "GET", _any()), 304, 304),
    Kind("HEAD not modified", picture(method="HEAD", if_none_match="*"), 304, 304),
    Kind("OPTIONS", picture(method="OPTIONS"), 204, 204),
    Kind(
        "preflight",
        picture(method="OPTIONS", origin="https://a.example", access_control_request_method="GET"),
        204,
        None,
    ),
    Kind("other method", picture(method="POST"), 405, 405),
    Kind("TRACE", picture(method="TRACE"), 405, 405),
    Kind("no signature", changed(lambda path: path.partition("&_s=")[0]), 403, 403),
    Kind("forged", changed(lambda path: path.replace("Lint", "Flint")), 403, 403),
    Kind("expired", lambda live: Asked(live.path("card", options=Options(expires=1), title="Old")), 410, 410),
    Kind("unknown template", lambda live: Asked(live.path("nothing", title="Lint")), 404, 404),
    Kind("unknown format", changed(lambda path: path.replace(".png", ".bmp")), 404, 404),
    Kind("bad values", lambda live: Asked(live.path("card", titel="Lint")), 422, 422),
    Kind("broken escape", changed(lambda path: path.replace("Lint", "%zz")), 400, 400),
    Kind("long URL", changed(lambda path: f"{path}&utm_x={'a' * 9000}"), 414, 414),
    Kind("longer URL", changed(lambda path: f"{path}&utm_x={'a' * 40_000}"), 414, 414),
    Kind("long headers", at("/livez", headers={f"X-{n}": "a" * 8000 for n in range(20)}), 431, 431),
    Kind("no HTTP", at("livez"), 400, 400),
    Kind("broken template", lambda live: Asked(live.path("broken")), 500, 500),
    Kind("nowhere", at("/nowhere"), 404, 404),
    Kind("gallery", at("/"), 200, 200),
    Kind("style", at("/gallery/gallery.css"), 200, 200),
    Kind("script", at("/gallery/main.js"), 200, 200),
    Kind("script not modified", at("/gallery/main.js", headers={"If-None-Match": "*"}), 304, 304),
    Kind("drawing", at("/gallery/icon.svg"), 200, 200),
    Kind("font", at("/gallery/inter.woff2"), 200, 200),
    Kind("robots", at("/robots.txt"), 200, 200),
    Kind("favicon", at("/favicon.ico"), 200, 200),
    Kind("favicon not modified", at("/favicon.ico", headers={"If-None-Match": "*"}), 304, 304),
    Kind("alive", at("/livez"), 200, 200),
    Kind("ready", at("/readyz"), 200, 200),
    Kind("counters", at("/metrics"), 200, 404),
    Kind("OpenAPI", at("/openapi.json"), 200, 200),
    Kind("OpenAPI not modified", at("/openapi.json", headers={"If-None-Match": "*"}), 304, 304),
    Kind("API", at("/v1/templates", headers=KEY), 200, 200),
    Kind("API not modified", at("/v1/templates", headers={**KEY, "If-None-Match": "*"}), 304, 304),
    Kind("API HEAD", at("/v1/templates", "HEAD", KEY), 200, 200),
    Kind("API OPTIONS", at("/v1/urls", "OPTIONS"), 204, 204),
    Kind("API POST", at("/v1/urls", "POST", KEY | JSON, URL_BODY), 200, 200),
    Kind("no key", at("/v1/templates"), 401, 401),
    Kind("other method of the API", at("/v1/urls", "PUT", KEY | JSON, URL_BODY), 405, 405),
    Kind("no JSON", at("/v1/urls", "POST", KEY | JSON, b"{"), 400, 400),
    Kind("no body of ours", at("/v1/urls", "POST", KEY | {"Content-Type": "text/plain"}, b"{}"), 415, 415),
    Kind("large body", at("/v1/urls", "POST", KEY | JSON, b'"' + b"a" * 200_000), 413, 413),
    Kind("huge body", at("/v1/urls", "POST", KEY | JSON | {"Content-Length": "99999999"}), 413, 413),
    Kind("wrong body", at("/v1/urls", "POST", KEY | JSON, b"{}"), 422, 422),
]


def _pinned(live: LiveServer) -> Options:
    return Options(version=live.services.registry.get("card").version)


def _any() -> dict[str, str]:
    return {"If-None-Match": "*"}


def require_clean(message: Exchange) -> None:
    """No finding that isn't accepted, and what httplint leaves to us."""
    for note in findings(message):
        accepted = ACCEPTED.get(type(note).__name__)
        assert accepted, (f"{type(note).__name__}: {note.summary}", message.headers)
        assert accepted(message), (f"{type(note).__name__}: {note.summary}", message.headers)
    names = [name.lower() for name, _ in message.headers]
    assert {name for name in names if names.count(name) > 1} <= {"cache-control"}, names
    if message.status >= 400:
        require_honest_error(message)


def require_honest_error(message: Exchange) -> None:
    """A problem document that says nothing about how long it is kept: that is the edge's business."""
    directives = ", ".join(message.values("cache-control"))
    assert "max-age" not in directives or "no-store" in directives
    assert message.values("content-type") == ["application/problem+json"], message.body
    if message.asked.method != "HEAD":
        assert json.loads(message.body)["status"] == message.status


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.origin], ids=lambda kind: kind.name)
def test_the_origin_speaks_clean_http(http_origin: LiveServer, kind: Kind) -> None:
    message = exchange(http_origin.url, kind.ask(http_origin))
    assert message.status == kind.origin, message.body
    require_clean(message)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.edge], ids=lambda kind: kind.name)
def test_nginx_speaks_clean_http(http_origin: LiveServer, http_edge: Edge, kind: Kind) -> None:
    for _ in range(2):  # a miss and a hit
        message = exchange(http_edge.base_url, kind.ask(http_origin))
        assert message.status == kind.edge, message.body
        require_clean(message)


def _kinds(kind: type[SignetError] = SignetError) -> list[type[SignetError]]:
    return [kind, *(descendant for child in kind.__subclasses__() for descendant in _kinds(child))]


# What the headers of some errors are made from.
MEMBERS: Final = {MethodNotAllowed: {"allowed": ("GET",)}, RangeNotSatisfiable: {"length": 1000}}
# Requests that deserve these statuses.
REQUESTS: Final[dict[int, dict[str, Any]]] = {
    405: {"method": "POST"},
    406: {"headers": {"Accept": "text/csv"}},
    412: {"method": "PUT", "headers": {"If-Match": '"1"'}},
    416: {"headers": {"Range": "bytes=5000-"}},
}


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.__name__)
def test_every_error_is_clean_http(kind: type[SignetError]) -> None:
    error = kind.__new__(kind)
    SignetError.__init__(error, "Something is wrong.", retry_after=2 if kind.status in (429, 503) else None)
    vars(error).update(MEMBERS.get(kind, {}))  # type: ignore[call-overload]
    response = problem_response(error)
    headers = [(name.decode(), value.decode()) for name, value in response.raw_headers]
    headers.append(("date", formatdate(usegmt=True)))
    asked = Asked("/i/card.png", **REQUESTS.get(kind.status, {}))
    require_clean(Exchange(asked, kind.status, HTTPStatus(kind.status).phrase, headers, bytes(response.body)))


@pytest.fixture
def failing(tmp_path: Path, http_templates: Path) -> Iterator[tuple[LiveServer, Edge]]:
    """An origin of one render process and one second for a render, behind nginx."""
    with ExitStack() as running:
        live = running.enter_context(live_server(tmp_path / "data", http_templates, queue_limit=1, render_timeout=1))
        live.ask(live.path("card", title="Warm up"))
        yield live, running.enter_context(running_nginx(urlsplit(live.url).netloc, tmp_path / "edge"))


@pytest.mark.parametrize("through", ["origin", "edge"])
def test_failures_are_clean_http(failing: tuple[LiveServer, Edge], through: str) -> None:
    live, edge = failing
    base_url = live.url if through == "origin" else edge.base_url
    stopped(live)
    with ThreadPoolExecutor() as pool:
        late = pool.submit(exchange, base_url, Asked(live.path("card", title="Late")))
        wait_until(lambda: live.services.farm.stats().running == 1)
        waiting = pool.submit(exchange, base_url, Asked(live.path("card", title="Waiting")))
        wait_until(lambda: live.services.farm.stats().queued_live == 1)
        refused = exchange(base_url, Asked(live.path("card", title="Refused")))
        messages = [late.result(), refused]
        assert waiting.result().status in (200, 504)
    assert [message.status for message in messages] == [504, 503]
    for message in messages:
        require_clean(message)


def test_an_edge_without_its_origin_speaks_clean_http(tmp_path: Path) -> None:
    with running_nginx("127.0.0.1:9", tmp_path) as edge:
        for target in ("/i/card.png?title=Lint&_s=x", "/livez"):
            message = exchange(edge.base_url, Asked(target))
            assert message.status == 503
            require_clean(message)
