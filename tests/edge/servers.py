"""A scripted origin that notes what reaches it, and a real nginx in front of it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from server.edge import EdgeSettings, Gate, find_nginx, find_njs, free_loopback_address, nginx_command

START_SECONDS = 20.0


@dataclass
class Answer:
    """What the scripted origin says to one path; `gate` holds the answer back until it is set."""

    body: bytes = b"picture"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    gate: threading.Event | None = None


@dataclass
class Seen:
    """A request that reached the origin."""

    method: str
    target: str
    headers: dict[str, str]


class ScriptedOrigin:
    """Answers as `answers` says by path (or else `default`), and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {"/livez": Answer()}
        self.default = Answer(b"{}", 404)
        self.seen: list[Seen] = []
        self._connections: list[socket.socket] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def asked(self, target: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.target == target]

    def stop(self) -> None:
        """Close everything, as a killed process would."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # nginx may have closed it before
                connection.shutdown(socket.SHUT_RDWR)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5
            disable_nagle_algorithm = True  # head and body are sent apart

            def setup(self) -> None:
                super().setup()
                origin._connections.append(self.connection)

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                lowered = {name.lower(): value for name, value in self.headers.items()}
                origin.seen.append(Seen(self.command, self.path, lowered))
                answer = origin.answers.get(self.path, origin.default)
                if answer.gate is not None:
                    answer.gate.wait(10)
                validator = answer.headers.get("ETag")
                unchanged = answer.status == 200 and validator and lowered.get("if-none-match") == validator
                self.send_response(304 if unchanged else answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if not unchanged:
                    self.send_header("Content-Length", str(len(answer.body)))
                with contextlib.suppress(OSError):  # who is not waited for any more has hung up
                    self.end_headers()
                    if not unchanged and self.command != "HEAD":
                        self.wfile.write(answer.body)

            do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - names that http.server asks for

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        return Handler


@dataclass
class Edge:
    """A running nginx."""

    base_url: str
    log: Path
    process: subprocess.Popen[bytes]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.base_url, trust_env=False, timeout=30)


@contextmanager
def running_nginx(
    origin: str, directory: Path, change: Callable[[str], str] = str, keys: Sequence[str] = ()
) -> Iterator[Edge]:
    """nginx with Signet's configuration, through `change` first; must start without a single warning.

    With signing keys it verifies signatures itself.
    """
    settings = EdgeSettings(
        free_loopback_address(),
        free_loopback_address(),
        origin,
        directory / "cache",
        log=directory / "access.log",
        gate=Gate.of(keys, find_njs(find_nginx())) if keys else None,
    )
    command = nginx_command(settings, directory)
    configuration = directory / "signet.conf"
    configuration.write_text(change(configuration.read_text()))
    errors = directory / "stderr"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr)
    try:
        _wait_until_it_answers(settings.base_url, process, errors)
        yield Edge(settings.base_url, settings.log, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers(base_url: str, process: subprocess.Popen[bytes], errors: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, errors.read_text()
        try:
            httpx.get(f"{base_url}/livez", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.01)
        else:
            return
    raise AssertionError(f"nginx does not answer: {errors.read_text()}")
