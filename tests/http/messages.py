"""HTTP messages as they are on the wire, and what httplint says of them."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from httplint import HttpRequestLinter, HttpResponseLinter, Note, levels

from tests.server.live_server import PATIENCE

AGENT = "Mozilla/5.0 (compatible; Signet's tests)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; Host and User-Agent are added."""

    target: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def fields(self) -> list[tuple[str, str]]:
        length = {"Content-Length": str(len(self.body))} if self.body else {}
        return list({"Host": "img.example.com", "User-Agent": AGENT, **length, **self.headers}.items())

    def encoded(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.fields())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response."""

    asked: Asked
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, wanted: str) -> list[str]:
        """All fields of a name."""
        return [value for name, value in self.headers if name.lower() == wanted]


def exchange(base_url: str, asked: Asked) -> Exchange:
    """Ask on a connection of its own; nothing is added to the request, and nothing of the response hidden."""
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), PATIENCE) as connection:
        with contextlib.suppress(ConnectionError):  # refused before all of it was sent
            connection.sendall(asked.encoded())
        response = http.client.HTTPResponse(connection, method=asked.method)
        response.begin()
        return Exchange(asked, response.status, response.reason, response.getheaders(), response.read())


def findings(message: Exchange) -> list[Note]:
    """What httplint finds bad or doubtful in a response, as an answer to its request."""
    request = HttpRequestLinter()
    request.process_request_topline(message.asked.method.encode(), message.asked.target.encode(), b"HTTP/1.1")
    request.process_headers(_raw(message.asked.fields()))
    request.feed_content(message.asked.body)
    request.finish_content(True)
    response = HttpResponseLinter(start_time=time.time())
    response.request = request
    response.is_head_response = message.asked.method == "HEAD"
    response.base_uri = f"http://img.example.com{message.asked.target}"
    response.process_response_topline(b"HTTP/1.1", str(message.status).encode(), message.reason.encode())
    response.process_headers(_raw(message.headers))
    response.feed_content(message.body)
    response.finish_content(True)
    return [note for note in _all(response.notes) if note.level in (levels.BAD, levels.WARN)]


def _raw(fields: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in fields]


def _all(notes: Iterable[Note]) -> Iterator[Note]:
    for note in notes:
        yield note
        yield from _all(note.subnotes)
