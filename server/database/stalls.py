"""A database that does not answer at all costs one reader its patience, not each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from server.database.errors import DatabaseUnavailable

T = TypeVar("T")

_PAUSE_SECONDS: Final = 2.0


class Patience:
    """Ends waiting after some seconds, and for a while lets nobody wait but one who probes. Event loop only."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._probe_at: float | None = None

    async def wait_for(self, answer: Awaitable[T]) -> T:
        """The answer. Raises DatabaseUnavailable if it does not come in time, and whatever the answer raises."""
        try:
            # Not `asyncio.wait_for`, which before Python 3.12 may take a cancellation for an answer.
            async with asyncio.timeout(self._seconds):
                result = await answer
        except TimeoutError:
            self._probe_at = asyncio.get_running_loop().time() + _PAUSE_SECONDS
            raise DatabaseUnavailable(f"no answer within {self._seconds:g} seconds") from None
        except Exception:
            self._probe_at = None  # a refusal is an answer
            raise
        self._probe_at = None
        return result

    def check(self) -> None:
        """Raises DatabaseUnavailable if the last answer did not come, and nobody needs to probe for another."""
        if self._probe_at is None:
            return
        now = asyncio.get_running_loop().time()
        if now < self._probe_at:
            raise DatabaseUnavailable("no answer to an earlier question yet")
        self._probe_at = now + self._seconds + _PAUSE_SECONDS
