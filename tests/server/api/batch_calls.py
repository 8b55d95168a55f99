"""How tests submit batches over HTTP, and what becomes of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.server.live_server import PATIENCE, Answer, LiveServer

JOBS = "/v1/batches"


def document(answer: Answer, status: int = 200) -> dict[str, Any]:
    assert answer.status == status, answer.body[:500]
    found: dict[str, Any] = json.loads(answer.body)
    return found


def submit(
    server: LiveServer, body: bytes | str, query: str = "template=card", media_type: str = "text/csv", **headers: str
) -> Answer:
    sent = {"Content-Type": media_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = body.encode() if isinstance(body, str) else body
    return server.call(f"{JOBS}?{query}", data, headers=sent)


def job_of(server: LiveServer, answer: Answer) -> dict[str, Any]:
    """The job that an answer has promised, once it waits or is over."""
    return settled(server, document(answer, 202)["id"])


def settled(server: LiveServer, batch: str) -> dict[str, Any]:
    return until(server, batch, lambda job: job["status"] in ("completed", "failed", "cancelled", "awaiting_approval"))


def until(server: LiveServer, batch: str, reached: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        job = document(server.call(f"{JOBS}/{batch}"))
        if reached(job):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.05)


def rows_of(server: LiveServer, batch: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(server.call(f"{JOBS}/{batch}/rows?{query}"))["rows"]
    return found


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def table(count: int, start: int = 0, prefix: str = "Row") -> str:
    return "_id,title\n" + "".join(f"sku-{n},{prefix} {n}\n" for n in range(start, start + count))
