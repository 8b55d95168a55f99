"""Wall clock time as a value, so that what depends on it can be tested and rounded."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Returns unix seconds."""

system_clock: Clock = time.time


def rounded(now: float, step: int) -> datetime:
    """The last whole multiple of `step` seconds, in UTC: the `now` that a render sees.

    All renders between two multiples get the same value, so they have one key and one set of bytes.
    """
    return datetime.fromtimestamp(now - now % max(1, step), UTC)
