"""HEAD tells what GET would send, also of errors; conditions that pictures don't have are passed over."""

from __future__ import annotations

import pytest

from server.urls import Options
from tests.edge.servers import Edge
from tests.http.messages import Asked, Exchange, exchange
from tests.server.live_server import LiveServer

# These belong to a single answer.
OF_ITS_OWN = {"date", "x-request-id", "server-timing", "cache-status", "connection"}
TARGETS = ["picture", "forged", "unknown", "expired", "wrong", "/", "/gallery/main.js", "/robots.txt", "/favicon.ico"]
TARGETS += ["/livez", "/readyz", "/openapi.json", "/v1/templates", "/nowhere"]


def target(live: LiveServer, name: str) -> str:
    known = {
        "picture": live.path("card", title="Head"),
        "forged": live.path("card", title="Head") + "x",
        "unknown": live.path("nothing", title="Head"),
        "expired": live.path("card", options=Options(expires=1), title="Head"),
        "wrong": live.path("card", titel="Head"),
    }
    return known.get(name, name)


def essence(message: Exchange) -> tuple[int, dict[str, str]]:
    return message.status, {name.lower(): value for name, value in message.headers if name.lower() not in OF_ITS_OWN}


@pytest.mark.parametrize("through", ["origin", "edge"])
@pytest.mark.parametrize("name", TARGETS)
def test_head_is_get_without_the_body(http_origin: LiveServer, http_edge: Edge, name: str, through: str) -> None:
    base_url = http_origin.url if through == "origin" else http_edge.base_url
    path = target(http_origin, name)
    # A request id inside a problem document is as long as the next one.
    head, get = exchange(base_url, Asked(path, "HEAD")), exchange(base_url, Asked(path))
    assert head.body == b""
    assert essence(head) == essence(get)
    assert get.values("content-length") == [str(len(get.body))]


# nginx answers If-Unmodified-Since with 412: it takes no date for one that changed (against RFC 9110 section 13.1.4).
@pytest.mark.parametrize(
    ("through", "condition"),
    [
        *(("origin", name) for name in ("If-Modified-Since", "If-Unmodified-Since", "If-Match")),
        *(("edge", name) for name in ("If-Modified-Since", "If-Match")),
    ],
)
def test_a_picture_has_no_date_to_compare_with(
    http_origin: LiveServer, http_edge: Edge, through: str, condition: str
) -> None:
    """The same bytes may be drawn on any day, so there is no Last-Modified; the entity tag says all there is."""
    base_url = http_origin.url if through == "origin" else http_edge.base_url
    value = "*" if condition == "If-Match" else "Fri, 20 Nov 2026 00:00:00 GMT"
    message = exchange(base_url, Asked(target(http_origin, "picture"), headers={condition: value}))
    assert message.status == 200
    assert not message.values("last-modified")


@pytest.mark.parametrize("through", ["origin", "edge"])
@pytest.mark.parametrize(
    ("form", "status"),
    [("{}", 304), ("W/{}", 304), ('"a", {}', 304), ('"a",W/"b" , W/{} ,', 304), ("*", 304), ('"other"', 200),
     ("garbage", 200), ('"', 200), ("", 200)],
)  # fmt: skip
def test_forms_of_if_none_match(http_origin: LiveServer, http_edge: Edge, through: str, form: str, status: int) -> None:
    base_url = http_origin.url if through == "origin" else http_edge.base_url
    path = target(http_origin, "picture")
    whole = exchange(base_url, Asked(path))
    (tag,) = whole.values("etag")
    message = exchange(base_url, Asked(path, headers={"If-None-Match": form.format(tag)}))
    assert message.status == status
    for name in ("etag", "cache-control", "cache-tag", "surrogate-key", "access-control-allow-origin"):
        assert message.values(name) == whole.values(name)
