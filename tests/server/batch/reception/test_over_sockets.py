"""Uploads over real connections: refused before they are sent, given up midway, larger than they said."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from server.http.protocol import OriginProtocol
from tests.server.batch.reception.desk import CSV, MOST_BYTES, Desk
from tests.server.live_server import PATIENCE, wait_until


class Served(Desk):
    """A desk that listens at a port."""

    port = 0

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    desk = Served(tmp_path_factory.mktemp("served"))
    with _listening(desk):
        yield desk


@contextmanager
def _listening(desk: Served) -> Iterator[None]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    desk.port = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(desk.app, http=OriginProtocol, ws="none", log_config=None, lifespan="off", access_log=False)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()


def head(length: int | None, media_type: str = "text/csv", more: str = "") -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST /?template=card HTTP/1.1\r\nHost: desk\r\nContent-Type: {media_type}\r\n{framing}\r\n{more}\r\n"
    ).encode()


def answered(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status, {name.lower(): value for name, value in response.getheaders()}


@pytest.mark.parametrize("media_type", ["text/csv", "application/json", "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("more", ["", "Expect: 100-continue\r\n"])
def test_two_gigabytes_are_refused_before_they_are_sent(served: Served, media_type: str, more: str) -> None:
    with served.connect() as connection:
        connection.sendall(head(2_000_000_000, media_type, more))
        status, headers = answered(connection)
        assert (status, headers["connection"]) == (413, "close")
        assert connection.recv(1) == b""
    assert served.files == []


def test_clients_that_send_all_the_same_see_the_refusal(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(head(2_000_000_000))
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            _send_without_end(connection)
    answer = httpx.post(
        f"http://127.0.0.1:{served.port}/?template=card",
        content=bytes(3 * MOST_BYTES),
        headers={"Content-Type": "text/csv"},
        trust_env=False,
    )
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("The upload may have at most 3,000,000 bytes")


def _send_without_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(bytes(100_000))


def test_more_than_was_said_is_refused_when_it_shows(served: Served) -> None:
    chunk = b"%x\r\n" % 100_000 + bytes(100_000) + b"\r\n"
    with served.connect() as connection:
        connection.sendall(head(None) + chunk * (MOST_BYTES // 100_000 + 3))
        status, headers = answered(connection)
        assert (status, headers["connection"]) == (413, "close")
    assert served.files == []


def test_who_gives_up_midway_leaves_nothing(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    for length in (1_000_000, None):
        with served.connect() as connection:
            connection.sendall(head(length) + (b"%x\r\n" % 1_000_000 if length is None else b"") + bytes(500_000))
            wait_until(lambda: any(Path(name).suffix == ".part" for name in served.files))
        wait_until(lambda: served.files == [])
    assert served.uploads == []
    assert "unexpected error" not in caplog.text


def test_a_large_upload_arrives(served: Served) -> None:
    content = b"title\n" + b"x" * (MOST_BYTES - 10)
    with served.connect() as connection:
        connection.sendall(head(len(content)) + content)
        assert answered(connection)[0] == 202
        connection.sendall(head(len(CSV)) + CSV)  # on the same connection
        assert answered(connection)[0] == 202
    assert [upload.path.read_bytes() for upload in served.uploads] == [content, CSV]
