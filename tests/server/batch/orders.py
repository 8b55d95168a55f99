"""What tests ask of batches beside what `machines` does: uploads as files, and a clock that they move."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.server.batch.machines import JOBS, Works


class Time:
    """The time of day, which a test may move."""

    def __init__(self) -> None:
        self.moved = 0.0

    def __call__(self) -> float:
        return time.time() + self.moved


def uploaded(works: Works, body: bytes | str, query: str = "template=card", media_type: str = "text/csv") -> str:
    """The id of a new job."""
    data = body.encode() if isinstance(body, str) else body
    answer = works.server.call(f"{JOBS}?{query}", data, headers={"Content-Type": media_type})
    assert answer.status == 202, answer.body
    return str(answer.json()["id"])


def retried(works: Works, batch: str, **chosen: Sequence[object]) -> dict[str, Any]:
    """The job, once its failed rows, or those that are chosen, were rendered again."""
    answer = works.server.call(f"{JOBS}/{batch}/retry", dict(chosen))
    assert answer.status in (200, 202), answer.body
    return works.settled(batch)


def titles(name: str, count: int) -> list[dict[str, object]]:
    """Rows for the template `card`."""
    return [{"title": f"{name} {number}"} for number in range(count)]


def path_of(url: str) -> str:
    """A URL without its server."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def codes(row: dict[str, Any], output: int = 0) -> list[str]:
    """The findings of one of a row's pictures."""
    return [finding["code"] for finding in row["outputs"][output]["findings"]]
