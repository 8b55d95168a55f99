"""HTTP servers that answer as a test wants, also what no sound server would."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.server.live_server import wait_until

JOB_ID = "batch_0123456789abcdef01234567"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. One that is `cut` ends in the middle; one that is `held` sends its body and then nothing more."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    held: bool = False


class ScriptedServer:
    """Where it listens, and what it was asked."""

    def __init__(self, answer: Callable[[Asked], Reply], *, reads: bool) -> None:
        self.answer = answer
        self.reads = reads
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self.url = ""

    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def wait_for(self, count: int) -> None:
        """Until so many requests have come."""
        wait_until(lambda: len(self.asked) >= count)


@contextmanager
def scripted(answer: Callable[[Asked], Reply], *, reads: bool = True) -> Iterator[ScriptedServer]:
    """A server that gives these answers, after the body of a request or before it has come."""
    script = ScriptedServer(answer, reads=reads)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def job(
    status: str = "in_progress", *, sequence: int = 1, total: int = 100, done: int = 0, **members: object
) -> dict[str, object]:
    """A batch as the server tells of it."""
    failed = members.pop("failed", 0)
    assert isinstance(failed, int)
    counts = {"total": total, "pending": total - done, "succeeded": done - failed, "failed": failed, "cancelled": 0}
    found = {"id": JOB_ID, "sequence": sequence, "status": status, "template": "card", "counts": counts, "actions": []}
    if status == "completed":
        found["outcome"] = "partial" if failed else "succeeded"
    return found | members


def as_json(document: object, status: int = 200, **headers: str) -> Reply:
    """A document."""
    media_type = "application/json" if status < 400 else "application/problem+json"
    fields = {"Content-Type": media_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), fields)


def problem(status: int, detail: str, **headers: str) -> Reply:
    """A refusal."""
    return as_json({"type": "/problems/some", "title": "Some", "status": status, "detail": detail}, status, **headers)


def events(*jobs: Mapping[str, object], begin: str = "", cut: bool = False, held: bool = False) -> Reply:
    """A stream of events."""
    text = begin
    for each in jobs:
        name = "done" if each["status"] in ("completed", "failed", "cancelled") else "progress"
        data = json.dumps(each, ensure_ascii=False)
        text += f"id: {each['sequence']}\nevent: {name}\ndata: {data}\n\n"
    return Reply(200, text.encode(), {"Content-Type": "text/event-stream"}, cut=cut, held=held)


def _handler(script: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(length) if script.reads else b""
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, split.path, dict(parse_qsl(split.query)), headers, body)
            script.asked.append(asked)
            reply = script.answer(asked)
            self.close_connection = True
            if reply.status == 0:  # not even a status line
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.held:
                self.send_header("Content-Length", str(len(reply.body) + (1 if reply.cut else 0)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()
            if reply.held:
                script.over.wait()

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - their names there

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    return Handler
