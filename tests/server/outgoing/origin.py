"""Scripted servers on loopback: every path has an answer, good or bad, and what was asked is kept."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from PIL import Image

TLS = Path(__file__).parent / "tls"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """What an answer writes to."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        origin = self.server.origin
        if origin.dead:
            self.close_connection = True
            return
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        with origin.lock:
            origin.asked.append(asked)
            origin.running += 1
            origin.most_at_once = max(origin.most_at_once, origin.running)
        try:
            with suppress(OSError):  # the client went away: that is what many of these tests want
                origin.answers.get(self.path.partition("?")[0], reply(404, b"nothing here"))(self)
        finally:
            with origin.lock:
                origin.running -= 1

    do_GET = do_HEAD = do_POST = _answer  # noqa: N815 - http.server's names

    def send(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """A whole answer with its length."""
        self.start(status, {"Content-Length": str(len(body))} | dict(headers or {}))
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Status and headers only."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Silence."""


Answer = Callable[[Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False
    origin: Origin

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that break are part of the tests."""


class Origin:
    """A running server: `answers` by path, `asked` in order; `released` is set when the test is over."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.running = self.most_at_once = 0
        self.released = threading.Event()
        self.dead = False
        self.close: Callable[[], None] = lambda: None

    def kill(self) -> None:
        """End at once, as a process does: no new connections, and no answers on those that there are."""
        self.dead = True
        self.close()

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}:{self.port}{path}"


@contextmanager
def serving(host: str = "127.0.0.1", port: int = 0, certificate: str | None = None) -> Iterator[Origin]:
    """Start a server, with TLS if there is a certificate."""
    server = _Server((host, port), Handler)
    server.origin = origin = Origin(host, server.server_port)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="origin")
    thread.start()

    def close() -> None:
        origin.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

    origin.close = close
    try:
        yield origin
    finally:
        close()


def reply(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Always the same answer."""
    return lambda handler: handler.send(status, body, headers)


def redirect(location: str, status: int = 302) -> Answer:
    return reply(status, b"elsewhere", {"Location": location})


def drip(handler: Handler) -> None:
    """A slow-loris server: a byte now and then, for ever."""
    handler.start(200, {"Content-Length": "50000"})
    while not handler.server.origin.released.wait(0.02):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def flood(handler: Handler) -> None:
    """A body without an end."""
    handler.start(200, {"Content-Type": "image/png"})
    handler.close_connection = True
    while not handler.server.origin.released.is_set():
        handler.wfile.write(b"\x89PNG" * 16_384)


def cut_short(handler: Handler) -> None:
    """Less than was announced."""
    handler.start(200, {"Content-Length": "100000", "Content-Type": "image/png"})
    handler.wfile.write(png())
    handler.close_connection = True


def garbage(handler: Handler) -> None:
    handler.wfile.write(b"\0\1\2 no HTTP at all\r\n\r\n")
    handler.close_connection = True


def png(color: str = "#ff0000", size: tuple[int, int] = (8, 8)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()
