"""What is wrong is said once a minute, however often it is found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

_SECONDS: Final = 60.0


class Complaints:
    """Log lines by kind. A few kinds; any thread."""

    def __init__(self, logger: logging.Logger, timer: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._timer = timer
        self._made: dict[str, float] = {}

    def make(self, kind: str, message: str, *arguments: object) -> None:
        """Say that something is wrong, unless it was said a short while ago."""
        now = self._timer()
        made = self._made.get(kind)
        if made is None or now >= made + _SECONDS:
            self._made[kind] = now
            self._logger.warning(message, *arguments)

    def withdraw(self, kind: str, message: str) -> None:
        """Say that it is well again, if anything else was said."""
        if self._made.pop(kind, None) is not None:
            self._logger.info(message)

    def stands(self, kind: str) -> bool:
        """Whether it was said and not withdrawn."""
        return kind in self._made
