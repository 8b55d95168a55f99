"""Bindings whose data is pushed to us."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from cachetools import LRUCache

from renderer.errors import RendererError
from renderer.expressions import Value
from renderer.template.model import Binding
from server.bindings.failures import Complaints
from server.bindings.outcomes import Outcome, missing, owner_of
from server.bindings.taking import Taken, take
from server.errors import SignetError
from server.metrics import Metrics
from server.outgoing.images import BRIEF_SECONDS
from server.registry import Template
from server.validators import binding_tag

_RECORDS: Final = 4096


class PushedRecord(Protocol):
    """Data that was pushed to us, as `server.pushed` keeps it."""

    @property
    def value(self) -> Value:
        """The data as it was pushed."""

    @property
    def digest(self) -> str:
        """Equal for equal data."""


class PushedReader(Protocol):
    """Where pushed data is found."""

    async def read(self, template: str, binding: str, key: str) -> PushedRecord | None:
        """The record of a key (empty for bindings without one); None if nothing was pushed. Raises SignetError."""


class _Last(NamedTuple):
    """What a version of a template has taken of a record, by the record's digest."""

    record: str
    taken: Taken


class PushedBindings:
    """Reads pushed data anew for each picture, so that the next one after a push shows it."""

    def __init__(self, reader: PushedReader, *, metrics: Metrics, complaints: Complaints) -> None:
        self._reader = reader
        self._metrics = metrics
        self._complaints = complaints
        self._last: LRUCache[tuple[str, str, str, str], _Last] = LRUCache(_RECORDS)

    async def ask(self, template: Template, binding: Binding, key: str) -> Outcome:
        """The data under a key. Never raises for a database that fails: what was read before stands in."""
        outcome = await self._found(template, binding, key)
        return outcome._replace(tag=binding_tag(template.name, binding.name, key)) if key else outcome

    async def _found(self, template: Template, binding: Binding, key: str) -> Outcome:
        place = (template.name, template.compiled.digest, binding.name, key)
        last = self._last.get(place)
        try:
            record = await self._reader.read(template.name, binding.name, key)
        except SignetError as error:
            return self._old(template, binding, last, error)
        self._complaints.withdraw(owner_of(template, binding))
        if record is None:
            self._last.pop(place, None)
            return missing("nothing was pushed for it yet")
        if last is None or last.record != record.digest:
            try:
                last = _Last(record.digest, take(binding, record.value, template.compiled.manifest.time_zone))
            except RendererError:
                # It was valid when it was pushed; the manifest has changed since.
                return missing("what was pushed for it is not the data that the template declares")
            self._last[place] = last
        if last.taken.value is None:
            return missing("what was pushed for it is null")
        return Outcome(last.taken.value, "fresh", binding.ttl, digest=last.taken.digest)

    def _old(self, template: Template, binding: Binding, last: _Last | None, error: SignetError) -> Outcome:
        problem = "what was pushed for it cannot be read at this moment"
        self._complaints.make(owner_of(template, binding), type(error).__name__, error.log_message)
        if last is None or last.taken.value is None:
            return missing(problem)
        self._metrics.stale_bindings += 1
        return Outcome(last.taken.value, "stale", min(BRIEF_SECONDS, binding.ttl), problem, last.taken.digest)
