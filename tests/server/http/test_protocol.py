"""What clients send that is hardly HTTP, byte by byte."""

from __future__ import annotations

import json
import socket
from urllib.parse import unquote, urlsplit

import pytest

from server.http.protocol import MOST_HEAD_BYTES
from tests.server.live_server import PATIENCE, LiveServer

HOST = b"Host: img.example.com\r\n"


def talk(live: LiveServer, *pieces: bytes) -> bytes:
    """Everything that the server answers to these pieces, each a packet of its own, until it closes."""
    with socket.create_connection(("127.0.0.1", urlsplit(live.url).port or 0), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer


def raw_path(live: LiveServer, title: str) -> bytes:
    """A signed URL as a program writes it that escapes nothing but spaces."""
    return unquote(live.path("card", title=title)).replace(" ", "%20").encode()


@pytest.mark.parametrize("cut", [0, 20, 30, 31, 32, 33, 34, 120])
def test_raw_utf8_in_a_url_is_the_same_picture(live: LiveServer, cut: int) -> None:
    path = raw_path(live, "Größe 日本 é")
    whole = b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer = talk(live, whole[:cut], whole[cut:])
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer[:300]
    assert live.ask(live.path("card", title="Größe 日本 é")).headers["etag"].encode() in answer


def test_bytes_outside_ascii_are_left_alone_elsewhere(live: LiveServer) -> None:
    body = '{"template":"card","variables":{"title":"Größe"}}'.encode()
    head = b"POST /v1/urls HTTP/1.1\r\n" + HOST + b"X-Name: \xc3\xb6\r\nAuthorization: Bearer api-key-of-the-tests\r\n"
    head += b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    for pieces in ((head + body,), (head, body), (head[:40], head[40:] + body[:30], body[30:])):
        answer = talk(live, *pieces)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
        assert b"title=Gr%C3%B6%C3%9Fe" in answer


def test_a_connection_serves_one_request_after_the_other(live: LiveServer) -> None:
    path = raw_path(live, "ö")
    with socket.create_connection(("127.0.0.1", urlsplit(live.url).port or 0), PATIENCE) as connection:
        for _ in range(3):
            connection.sendall(b"HEAD " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_may_come_all_at_once(live: LiveServer) -> None:
    requests = [b"GET /livez HTTP/1.1\r\n" + HOST + end + b"\r\n" for end in (b"", b"", b"Connection: close\r\n")]
    assert talk(live, b"".join(requests)).count(b"HTTP/1.1 200 OK\r\n") == 3


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS on a port without it
        b"BREW /livez HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /livez HTTP/3.9\r\n" + HOST + b"\r\n",
        b"GET / livez HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n",
        b"POST /v1/urls HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/urls HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_a_problem_document(live: LiveServer, request_bytes: bytes) -> None:
    head, _, body = talk(live, request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n"), head
    assert b"\r\nContent-Type: application/problem+json\r\n" in head
    assert head.lower().count(b"\r\ndate: ") == 1
    document = json.loads(body)
    assert (document["status"], document["code"]) == (400, "malformed-request")


@pytest.mark.parametrize(
    "endless",
    [b"GET /" + b"a" * (MOST_HEAD_BYTES + 1), b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (MOST_HEAD_BYTES // 8 + 1)],
    ids=["line", "fields"],
)
def test_headers_end_somewhere(live: LiveServer, endless: bytes) -> None:
    head, _, body = talk(live, endless).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert json.loads(body)["code"] == "headers-too-large"


def test_a_client_of_http_1_0_is_served(live: LiveServer) -> None:
    path = live.path("card", title="Old").encode()
    head, _, body = talk(live, b"GET " + path + b" HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")
    assert b" 200 OK\r\n" in head
    assert b"content-length: %d\r\n" % len(body) in head + b"\r\n"
    assert b"chunked" not in head


def test_an_absolute_target_names_the_same_picture(live: LiveServer) -> None:
    path = live.path("card", title="Absolute").encode()
    target = b"http://img.example.com" + path
    answer = talk(live, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_get_may_have_a_body(live: LiveServer) -> None:
    path = live.path("card", title="Body").encode()
    request = b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n"
    answer = talk(live, request + b"\r\nbody", request + b"Connection: close\r\n\r\nbody")
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"TRACE /livez", b"405"),
        (b"CONNECT example.com:443", b"400"),
        (b"OPTIONS *", b"404"),
        (b"PATCH /v1/urls", b"405"),
    ],
)
def test_methods_of_proxies_and_strangers(live: LiveServer, line: bytes, status: bytes) -> None:
    answer = talk(live, line + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert b"application/problem+json" in answer.partition(b"\r\n\r\n")[0]


def test_an_offer_to_upgrade_is_passed_over(live: LiveServer) -> None:
    upgrade = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    answer = talk(live, b"GET /livez HTTP/1.1\r\n" + HOST + upgrade + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
