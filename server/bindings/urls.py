"""Bindings to a URL: asked when their data is out of date, once for all who want it, and left alone when that fails.

fetched ──────── ttl ───────┬──── as long again ────┬─────────── stale_if_error ──────────┐
        answers at once     │ answers at once, and  │ waits for new data; where the last  │ waits for
        without asking      │ asks in the background│ attempt failed: as before           │ new data
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, NamedTuple

from cachetools import LRUCache

from renderer import ResolvedRequest
from renderer.template.model import Binding
from server.bindings.errors import NothingThere
from server.bindings.failures import Complaints, Failures
from server.bindings.identity import Identified, Secrets, identify
from server.bindings.outcomes import Outcome, missing, owner_of
from server.bindings.snapshots import Snapshot
from server.clock import Clock
from server.coalescing import Coalescer
from server.errors import SignetError
from server.metrics import Metrics
from server.outgoing.client import Caps, Fetched, OutgoingClient
from server.outgoing.errors import CircuitOpen, OutgoingError
from server.outgoing.images import BRIEF_SECONDS
from server.registry import Template
from server.store import RenderStore

_MEMORY_BYTES: Final = 64_000_000
_VALUE_FACTOR: Final = 8  # bytes of values, roughly, for a byte of JSON
_ENTRY_BYTES: Final = 1_000
_LEAST_BRIDGE: Final = 5  # seconds after its lifetime in which data answers at once, at least
_LEAVE_ALONE: Final = 3.0  # seconds for which a request that failed is not made again
_LEAVE_ALONE_UNASKED: Final = 0.5  # the same where the breaker kept it from being made, which costs nothing
_GRACE: Final = 0.25  # seconds that a picture waits beyond a fetch's own deadline, which says better what was wrong
_ACCEPT: Final = {"Accept": "application/json"}
_LONG: Final = 32_768  # bytes of JSON from which a thread reads it


@dataclass(frozen=True, slots=True)
class _Question:
    """One request for one binding's data, with everything that reading the answer takes.

    `purge` is the number of the binding's last purge: what was fetched, or failed, before that one does not count.
    """

    template: Template
    binding: Binding
    request: ResolvedRequest
    identified: Identified
    purge: int

    @property
    def owner(self) -> str:
        return owner_of(self.template, self.binding)

    @property
    def key(self) -> str:
        """Names what was answered, whichever version of the template asked."""
        return self.identified.key

    @property
    def name(self) -> str:
        """Names what this version of the template makes of the answer."""
        return f"{self.template.compiled.digest} {self.identified.key}"

    @property
    def attempt(self) -> str:
        """Names the fetch: whoever asks after a purge does not join one that was begun before it."""
        return f"{self.purge} {self.name}"

    @property
    def time_zone(self) -> str:
        return self.template.compiled.manifest.time_zone


class _Known(NamedTuple):
    """A snapshot with the number of the binding's last purge when it was asked for."""

    snapshot: Snapshot
    purge: int


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
        complaints: Complaints,
    ) -> None:
        """`max_bytes` bounds one answer, `redirects` how many of them are followed."""
        self._client = client
        self._store = store
        self._secrets = secrets
        self._max_bytes = max_bytes
        self._redirects = redirects
        self._metrics = metrics
        self._clock = clock
        self._complaints = complaints
        self._failures = Failures(clock)
        self._fetches: Coalescer[Snapshot | str] = Coalescer()
        self._loads: Coalescer[Snapshot | None] = Coalescer()
        self._known: LRUCache[str, _Known] = LRUCache(_MEMORY_BYTES, getsizeof=lambda known: _size(known.snapshot))
        self._purges: LRUCache[str, int] = LRUCache(4096)
        self._last_purge = 0

    async def ask(self, template: Template, binding: Binding, request: ResolvedRequest) -> Outcome:
        """The data for a request. Never raises for a failing source."""
        try:
            identified = identify(owner_of(template, binding), request, self._secrets)
        except SignetError as error:
            self._complaints.make(owner_of(template, binding), "secret", error.log_message)
            return missing("a secret that it needs is not available")
        question = _Question(template, binding, request, identified, self._purges.get(owner_of(template, binding), 0))
        known = await self._find(question)
        if known is None:
            return await self._wait(question)
        now, counts = self._clock(), known.purge >= question.purge
        if counts and now < known.snapshot.fresh_until:
            return _fresh(known.snapshot, binding, now)
        problem = self._failures.last(question.name, question.purge)
        failing = problem is not None
        if not (counts or failing) or not _bridges(known.snapshot, binding, now, failing=failing):
            return await self._wait(question)
        if self._failures.recent(question.name, question.purge) is None:
            self._fetches.begin(question.attempt, lambda: self._fetch(question))
        self._metrics.stale_bindings += 1
        return _stale(known.snapshot, binding, problem)

    @property
    def fetching(self) -> int:
        """How many requests are under way."""
        return len(self._fetches)

    def expire(self, owner: str) -> None:
        """Ask anew for all data of a binding, as if it had never been fetched; it remains as the last good data."""
        self._last_purge += 1
        self._purges[owner] = self._last_purge

    async def close(self) -> None:
        """Give up fetches that nobody waits for any more."""
        await self._fetches.close()
        await self._loads.close()

    # ------------------------------------------------------------------ waiting for new data

    async def _wait(self, question: _Question) -> Outcome:
        problem = self._failures.recent(question.name, question.purge)
        if problem is None:
            answer = await self._in_time(question)
            if isinstance(answer, Snapshot):
                return _fresh(answer, question.binding, self._clock())
            problem = answer
        known = await self._find(question)
        if known is None or self._clock() >= known.snapshot.fresh_until + question.binding.stale_if_error:
            return missing(problem)
        self._metrics.stale_bindings += 1
        return _stale(known.snapshot, question.binding, problem)

    async def _in_time(self, question: _Question) -> Snapshot | str:
        try:
            async with asyncio.timeout(question.binding.timeout + _GRACE):
                return await self._fetches.run(question.attempt, lambda: self._fetch(question))
        except TimeoutError:
            # The fetch goes on for those who ask next.
            return f"its server did not answer within {question.binding.timeout:g} s"

    async def _fetch(self, question: _Question) -> Snapshot | str:
        """Ask and keep the answer, or say what is wrong with it."""
        old = self._known.get(question.name)
        if old is not None and old.purge >= question.purge and self._clock() < old.snapshot.fresh_until:
            return old.snapshot  # somebody else has fetched it since the caller looked
        try:
            new = await self._answer(question, None if old is None else old.snapshot)
        except OutgoingError as error:
            await self._failed(question, error)
            return error.message
        self._metrics.binding_fetches += 1
        if self._failures.forget(question.name):
            self._complaints.withdraw(question.owner)
        if not self._is_overtaken(question):
            self._remember(question, _Known(new, question.purge))
            await self._store.put(question.key, new.stored())
        return new

    async def _failed(self, question: _Question, error: OutgoingError) -> None:
        if not isinstance(error, CircuitOpen):
            self._metrics.binding_fetches += 1
            self._metrics.failed_binding_fetches += 1
        if self._is_overtaken(question):
            return
        self._failures.note(question.name, error.message, _seconds_alone(error, question.binding), question.purge)
        if isinstance(error, NothingThere):
            self._known.pop(question.name, None)
            await self._store.delete([question.key])
        if not isinstance(error, NothingThere) or question.binding.when_missing == "error":
            text = question.identified.redacted(error.log_message)
            self._complaints.make(question.owner, type(error).__name__, text)

    async def _answer(self, question: _Question, old: Snapshot | None) -> Snapshot:
        request, identified = question.request, question.identified
        conditions = old.conditions() if old is not None and request.method == "GET" else {}
        accepts = any(name.lower() == "accept" for name in request.headers)
        answer = await self._client.request(
            request.url,
            Caps(self._max_bytes, question.binding.timeout, self._redirects),
            method=request.method,
            headers={**({} if accepts else _ACCEPT), **identified.headers, **conditions},
            secret_headers=identified.secret_headers,
            content=request.body,
        )
        now = self._clock()
        if answer.status == 304 and old is not None and conditions:
            return old.confirmed(answer, question.binding, now)
        return await self._read(answer, question, now)

    async def _read(self, answer: Fetched, question: _Question, now: float) -> Snapshot:
        if len(answer.body) < _LONG:
            return Snapshot.of(answer, question.binding, question.time_zone, now)
        return await asyncio.to_thread(Snapshot.of, answer, question.binding, question.time_zone, now)

    # ------------------------------------------------------------------ what is known already

    async def _find(self, question: _Question) -> _Known | None:
        known = self._known.get(question.name)
        if known is None and await self._loads.run(question.name, lambda: self._load(question)) is not None:
            known = self._known.get(question.name)
        return known

    async def _load(self, question: _Question) -> Snapshot | None:
        stored = await self._store.get(question.key)
        if stored is None:
            return None
        snapshot = await asyncio.to_thread(Snapshot.read, stored, question.binding, question.time_zone)
        if snapshot is not None and question.name not in self._known:  # it may have been fetched meanwhile
            self._remember(question, _Known(snapshot, 0))
        return snapshot

    def _remember(self, question: _Question, known: _Known) -> None:
        if _size(known.snapshot) <= self._known.maxsize:
            self._known[question.name] = known

    def _is_overtaken(self, question: _Question) -> bool:
        """Whether somebody who asked after a later purge has newer data already."""
        known = self._known.get(question.name)
        return known is not None and known.purge > question.purge


def _seconds_alone(error: OutgoingError, binding: Binding) -> float:
    """How long a request is not made again after it went wrong."""
    if isinstance(error, NothingThere):
        # An answer like any other: it stays right for as long as data would.
        return min(max(_LEAVE_ALONE, binding.ttl), BRIEF_SECONDS)
    return _LEAVE_ALONE_UNASKED if isinstance(error, CircuitOpen) else _LEAVE_ALONE


def _bridges(snapshot: Snapshot, binding: Binding, now: float, *, failing: bool) -> bool:
    """Whether data that is out of date answers while new data is fetched behind its back."""
    most = binding.stale_if_error
    return now < snapshot.fresh_until + (most if failing else min(max(binding.ttl, _LEAST_BRIDGE), most))


def _fresh(snapshot: Snapshot, binding: Binding, now: float) -> Outcome:
    seconds = max(min(1, binding.ttl), int(snapshot.fresh_until - now))
    return Outcome(snapshot.value, "fresh", seconds, digest=snapshot.digest)


def _stale(snapshot: Snapshot, binding: Binding, problem: str | None) -> Outcome:
    """The old data, until the next request sees the new; as long as any data where its source fails."""
    seconds = min(BRIEF_SECONDS, max(1, binding.min_ttl if problem is None else binding.ttl))
    return Outcome(snapshot.value, "stale", seconds, problem or "", snapshot.digest)


def _size(snapshot: Snapshot) -> int:
    return len(snapshot.body) * _VALUE_FACTOR + _ENTRY_BYTES
