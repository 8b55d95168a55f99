"""Bindings to a URL: asked when their data is out of date, once for all who want it, and remembered when that fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from cachetools import LRUCache, TTLCache

from renderer import ResolvedRequest
from renderer.expressions import Value
from renderer.template.model import Binding
from server.bindings.identity import Identified, Secrets, identify
from server.bindings.snapshots import Snapshot
from server.clock import Clock
from server.coalescing import Coalescer
from server.metrics import Metrics
from server.outgoing.client import Caps, Fetched, OutgoingClient
from server.outgoing.errors import Gone, OutgoingError
from server.outgoing.images import BRIEF_SECONDS, State
from server.store import RenderStore

_IN_MEMORY_BYTES: Final = 16_000_000  # of JSON text; values take some times as much
_REMEMBER_FAILURE: Final = 3.0  # seconds for which a request that failed is not made again
_FAILURES: Final = 4096
_QUIET: Final = 300.0  # seconds between two log lines about one request that keeps failing
_GRACE: Final = 0.25  # seconds that a picture waits beyond a fetch's own deadline, which says better what was wrong
_LONG: Final = 65_536  # bytes of JSON from which a thread reads it

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What became of one binding. `value` None: there is none, for the reason of `problem`, a clause about its URL.

    `seconds` is how long all of this stays right.
    """

    value: Value
    state: State
    seconds: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """One request for one binding's data, with everything that reading the answer takes."""

    owner: str
    binding: Binding
    time_zone: str
    request: ResolvedRequest
    identified: Identified

    @property
    def key(self) -> str:
        return self.identified.key


class _Known(NamedTuple):
    binding: Binding
    snapshot: Snapshot


class UrlBindings:
    """Fetches JSON and keeps it in a store by request. One per server."""

    def __init__(
        self,
        client: OutgoingClient,
        store: RenderStore,
        secrets: Secrets,
        *,
        max_bytes: int,
        redirects: int,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        """`max_bytes` bounds one answer, `redirects` how many of them are followed."""
        self._client = client
        self._store = store
        self._secrets = secrets
        self._max_bytes = max_bytes
        self._redirects = redirects
        self._metrics = metrics
        self._clock = clock
        self._fetches: Coalescer[Snapshot | str] = Coalescer()
        self._known: LRUCache[str, _Known] = LRUCache(
            _IN_MEMORY_BYTES, getsizeof=lambda known: len(known.snapshot.body) + 500
        )
        self._failures: TTLCache[str, str] = TTLCache(_FAILURES, _REMEMBER_FAILURE, timer=clock)
        self._complaints: TTLCache[str, Literal[True]] = TTLCache(_FAILURES, _QUIET, timer=clock)

    async def ask(self, owner: str, binding: Binding, request: ResolvedRequest, time_zone: str) -> Outcome:
        """The data for a request; `owner` is template and binding, for the log. Never raises for a failing source.

        Raises:
            SignetError: a secret that the manifest names is not there.
        """
        question = _Question(owner, binding, time_zone, request, identify(owner, request, self._secrets))
        found = await self._find(question)
        now = self._clock()
        if found is not None and now < found.fresh_until:
            return _fresh(found, binding, now)
        failure = self._failures.get(question.key)
        # What has been out of date for no longer than it was fresh answers at once; the next to ask sees the new.
        if found is not None and now < found.fresh_until + min(binding.ttl, binding.stale_if_error):
            if failure is None:
                self._fetches.begin(question.key, lambda: self._fetch(question, found))
            self._metrics.stale_bindings += 1
            return Outcome(found.value, "stale", min(BRIEF_SECONDS, max(1, binding.min_ttl)))
        answer = await self._in_time(question, found) if failure is None else failure
        if isinstance(answer, Snapshot):
            return _fresh(answer, binding, self._clock())
        return await self._instead(question, answer)

    async def close(self) -> None:
        """Give up fetches that nobody waits for any more."""
        await self._fetches.close()

    async def _in_time(self, question: _Question, found: Snapshot | None) -> Snapshot | str:
        try:
            async with asyncio.timeout(question.binding.timeout + _GRACE):
                return await self._fetches.run(question.key, lambda: self._fetch(question, found))
        except TimeoutError:
            # The fetch goes on for those who ask next.
            return f"its server did not answer within {question.binding.timeout:g} s"

    async def _instead(self, question: _Question, problem: str) -> Outcome:
        """The last good data while it may stand in for a source that fails."""
        last = await self._find(question)
        if last is not None and self._clock() < last.confirmed_at + question.binding.stale_if_error:
            self._metrics.stale_bindings += 1
            return Outcome(last.value, "stale", BRIEF_SECONDS, problem)
        return Outcome(None, "fallback", BRIEF_SECONDS, problem)

    async def _fetch(self, question: _Question, old: Snapshot | None) -> Snapshot | str:
        """Ask and keep the answer; what is wrong with it otherwise."""
        self._metrics.binding_fetches += 1
        try:
            new = await self._answer(question, old)
        except OutgoingError as error:
            self._metrics.failed_binding_fetches += 1
            self._failures[question.key] = error.message
            if isinstance(error, Gone):
                self._known.pop(question.key, None)
                await self._store.delete([question.key])
            if question.key not in self._complaints:
                self._complaints[question.key] = True
                logger.warning("binding %s has no data: %s", question.owner, error.log_message)
            return error.message
        if self._complaints.pop(question.key, None):
            logger.info("binding %s has data again", question.owner)
        self._failures.pop(question.key, None)
        self._remember(question, new)
        await self._store.put(question.key, new.stored())
        return new

    async def _answer(self, question: _Question, old: Snapshot | None) -> Snapshot:
        conditions = old.conditions() if old is not None and question.request.method == "GET" else {}
        answer = await self._client.request(
            question.request.url,
            Caps(self._max_bytes, question.binding.timeout, self._redirects),
            method=question.request.method,
            headers={
                "Accept": "application/json",
                **_content_type(question),
                **question.identified.headers,
                **conditions,
            },
            secret_headers=question.identified.secret_headers,
            content=question.request.body,
        )
        now = self._clock()
        if answer.status == 304 and old is not None and conditions:
            return old.confirmed(answer, question.binding, now)
        return await self._read(answer, question, now)

    async def _read(self, answer: Fetched, question: _Question, now: float) -> Snapshot:
        if len(answer.body) < _LONG:
            return Snapshot.of(answer, question.binding, question.time_zone, now)
        return await asyncio.to_thread(Snapshot.of, answer, question.binding, question.time_zone, now)

    async def _find(self, question: _Question) -> Snapshot | None:
        known = self._known.get(question.key)
        if known is not None and known.binding is question.binding:
            return known.snapshot
        stored = await self._store.get(question.key)
        if stored is None:
            return None
        snapshot = await asyncio.to_thread(Snapshot.read, stored, question.binding, question.time_zone)
        if snapshot is not None:
            self._remember(question, snapshot)
        return snapshot

    def _remember(self, question: _Question, snapshot: Snapshot) -> None:
        known = _Known(question.binding, snapshot)
        if len(snapshot.body) + 500 <= self._known.maxsize:
            self._known[question.key] = known


def _fresh(snapshot: Snapshot, binding: Binding, now: float) -> Outcome:
    return Outcome(snapshot.value, "fresh", max(min(1, binding.ttl), int(snapshot.fresh_until - now)))


def _content_type(question: _Question) -> Mapping[str, str]:
    return {} if question.request.body is None else {"Content-Type": "application/json"}
