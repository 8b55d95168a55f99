"""Jobs and rows as the ledger would give them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from server.batch.options import BatchOptions
from server.batch.records import Counts, Job, Output, RowError, RowRecord

CREATED = 1_795_000_001.5  # 2026-11-18T11:06:41Z


def job(total: int = 10, **options: object) -> Job:
    """A completed job."""
    return Job(
        id="batch_0123456789abcdef01234567",
        sequence=7,
        status="completed",
        outcome="partial",
        owner="owner",
        home="home",
        template="card",
        version="v1",
        options_text=BatchOptions.model_validate({"template": "card", **options}).model_dump_json(by_alias=True),
        intake={},
        error=None,
        warnings=(),
        run=1,
        counts=Counts(total=total),
        rate=0.0,
        created_at=CREATED,
        started_at=CREATED + 1,
        progress_at=CREATED + 2,
        finished_at=CREATED + 3,
        repeat_at=None,
        approved=True,
    )


def key_of(text: str) -> str:
    """A render key."""
    return hashlib.sha256(text.encode()).hexdigest()


def output(image_format: str = "png", variant: str | None = None, content: str = "") -> Output:
    """A picture; equal `content` is an equal picture."""
    etag = key_of(f"{content}.{variant}.{image_format}")
    url = f"https://img.test/i/card.{image_format}?title={content}&_s=x"
    return Output(image_format, variant, url, etag, 5, 1200, 630, False, 3.5, "fresh", "v1")


def row(
    number: int,
    values: dict[str, Any] | None = None,
    *pictures: tuple[str, str | None],
    custom_id: str | None = None,
) -> RowRecord:
    """A row that succeeded; without `pictures`, with one PNG."""
    values = values or {}
    made = tuple(output(*picture, content=f"row {number}") for picture in pictures or [("png", None)])
    return RowRecord(number, number + 2, custom_id, "succeeded", values, made, attempts=1, duration_ms=12.5)


def failed(number: int, values: dict[str, Any], message: str = "title: is required.") -> RowRecord:
    """A row without pictures."""
    return RowRecord(number, number + 2, None, "failed", values, (), RowError("invalid-values", message, "title"), 1)


async def given(rows: Sequence[RowRecord]) -> AsyncIterator[RowRecord]:
    """Rows as they come from the ledger."""
    for each in rows:
        yield each


async def text_of(stream: AsyncIterator[bytes]) -> str:
    """All that a stream gives."""
    return b"".join([piece async for piece in stream]).decode()
