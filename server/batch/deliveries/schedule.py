"""When a message is sent again that was not accepted: the schedule that Standard Webhooks recommends."""

from __future__ import annotations

import hashlib
from typing import Final

_MINUTE, _HOUR = 60.0, 3600.0

SCHEDULE: Final = (
    *(0.0, 5.0, 5 * _MINUTE, 30 * _MINUTE),
    *(2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR),
)
"""Seconds before each attempt, from the end of the one before it. About three days in all."""

_JITTER: Final = 0.1


def pause_after(delivery: str, attempts: int, asked: float = 0.0) -> float | None:
    """Seconds from the end of the `attempts`th attempt to the next; None if there is none.

    Up to a tenth is added, another part for each message and attempt, so that a receiver that was down is not met by
    all at once. `asked` are the seconds of a Retry-After; it makes the pause longer, at most as long as the one after.
    """
    if attempts >= len(SCHEDULE):
        return None
    part = int.from_bytes(hashlib.sha256(f"{delivery}:{attempts}".encode()).digest()[:4]) / 2**32
    return max(SCHEDULE[attempts] * (1 + _JITTER * part), min(asked, _one_further(attempts)))


def longest_pause(attempts: int) -> float:
    """Seconds that no pause after so many attempts exceeds."""
    return _one_further(attempts) * (1 + _JITTER)


def _one_further(attempts: int) -> float:
    return SCHEDULE[min(attempts + 1, len(SCHEDULE) - 1)]
