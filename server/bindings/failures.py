"""What went wrong of late: so that a source that fails is left alone for a moment, and complained of once."""

from __future__ import annotations

import logging
from typing import Final, Literal, NamedTuple

from cachetools import LRUCache, TTLCache

from server.clock import Clock

_MOST: Final = 4096
_QUIET: Final = 300.0  # seconds between two log lines about the same kind of failure of one binding

logger = logging.getLogger(__name__)


class Complaints:
    """Log lines about bindings (`card/stats`): one for each kind of failure, not one for each request."""

    def __init__(self, clock: Clock) -> None:
        self._made: TTLCache[tuple[str, str], Literal[True]] = TTLCache(_MOST, _QUIET, timer=clock)
        self._kinds: LRUCache[str, set[str]] = LRUCache(_MOST)

    def make(self, owner: str, kind: str, text: str) -> None:
        """Say what is wrong, unless this was said a short while ago."""
        if (owner, kind) in self._made:
            return
        self._made[owner, kind] = True
        self._kinds.setdefault(owner, set()).add(kind)
        logger.warning("live data of %s: %s", owner, text)

    def withdraw(self, owner: str) -> None:
        """Say that all is well again, if something else was said before."""
        kinds = self._kinds.pop(owner, None)
        if kinds is None:
            return
        for kind in kinds:
            self._made.pop((owner, kind), None)
        logger.info("live data of %s: there is new data again", owner)


class _Failure(NamedTuple):
    problem: str
    until: float
    purge: int


class Failures:
    """Requests whose last attempt failed, by any text that names them.

    `purge` is the number of the last purge that a request knows of: failures from before it do not count.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: LRUCache[str, _Failure] = LRUCache(_MOST)

    def note(self, request: str, problem: str, seconds: float, purge: int) -> None:
        """It failed, and shall be left alone for so long."""
        self._failures[request] = _Failure(problem, self._clock() + seconds, purge)

    def forget(self, request: str) -> bool:
        """It succeeded; whether it had failed before."""
        return self._failures.pop(request, None) is not None

    def recent(self, request: str, purge: int) -> str | None:
        """What was wrong, while it shall be left alone."""
        failure = self._since(request, purge)
        return failure.problem if failure is not None and self._clock() < failure.until else None

    def last(self, request: str, purge: int) -> str | None:
        """What was wrong with the last attempt, however long ago; None if that succeeded."""
        failure = self._since(request, purge)
        return None if failure is None else failure.problem

    def _since(self, request: str, purge: int) -> _Failure | None:
        failure = self._failures.get(request)
        return failure if failure is not None and failure.purge >= purge else None
