"""Deliveries as the outbox keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from sqlalchemy import Row

DeliveryState = Literal["pending", "delivered", "failed", "disabled"]

MOST_ATTEMPTS_LOGGED: Final = 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when it began (unix seconds), how long it took, the status of the answer, what was wrong.

    `error` is a clause about the receiver, without its address.
    """

    time: float
    ms: float
    status: int | None = None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what became of it. `next_at` is when it is tried again; `log` has the last attempts, in order."""

    id: str
    batch: str
    event: str
    url: str
    state: DeliveryState
    attempts: int
    next_at: float | None
    created_at: float
    log: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that is ours for one attempt, the `attempts`th."""

    id: str
    batch: str
    event: str
    url: str
    payload: str
    attempts: int
    generation: int


def delivery_of(row: Row[Any]) -> Delivery:
    """A delivery from its row in the table."""
    pending = row.state == "pending"
    return Delivery(
        row.id,
        row.batch,
        row.event,
        row.url,
        row.state,
        row.attempts,
        row.next_at if pending else None,
        row.created_at,
        attempts_of(row.log),
    )


def attempts_of(text: str) -> tuple[Attempt, ...]:
    """Attempts from JSON text."""
    return tuple(Attempt(**each) for each in json.loads(text))


def log_with(text: str, attempt: Attempt) -> str:
    """A log as JSON text with one attempt more; the oldest make room."""
    kept = (*attempts_of(text), attempt)[-MOST_ATTEMPTS_LOGGED:]
    return json.dumps([asdict(each) for each in kept], ensure_ascii=False, separators=(",", ":"))
