"""What is kept of an answer: the JSON as it came, how long it is right, and how to ask whether it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from renderer.errors import RendererError
from renderer.expressions import Value, from_json
from renderer.template.model import Binding
from server.bindings.errors import NothingThere
from server.bindings.taking import Taken, take
from server.outgoing.client import Fetched
from server.outgoing.errors import BadStatus, OutgoingError, WrongContent
from server.outgoing.freshness import lifetime
from server.outgoing.validation import conditions, kept_validators, validators_of
from server.store import StoredRender
from server.store.entries import Json

MEDIA_TYPE: Final = "application/json"
_NOTHING: Final = frozenset({204, 404, 410})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Good data of one request. Times in seconds since the epoch; `validators` are headers by lower-case name.

    `digest` (hex) is that of the value: equal for answers that differ only in what the template does not take.
    """

    body: bytes
    value: Value
    digest: str
    validators: Mapping[str, str]
    confirmed_at: float
    fresh_until: float

    @classmethod
    def of(cls, answer: Fetched, binding: Binding, time_zone: str, now: float) -> Self:
        """Check an answer and take its data. Parses the body: call it in a thread if that is long.

        Raises:
            NothingThere: the status or the JSON says that there is no data.
            BadStatus: any other status than 200.
            WrongContent: no JSON, or not what the binding's manifest declares.
        """
        if answer.status in _NOTHING:
            raise NothingThere(f"its server answered with status {answer.status}")
        if answer.status != 200:
            raise BadStatus(answer.status)
        value, digest = _taken(answer.body, binding, time_zone)
        return cls(answer.body, value, digest, validators_of(answer.headers), now, now + _seconds(answer, binding))

    def confirmed(self, answer: Fetched, binding: Binding, now: float) -> Self:
        """The same data after a 304, which may bring new validators and a new lifetime (RFC 9111 section 4.3.4)."""
        return replace(
            self,
            validators={**self.validators, **validators_of(answer.headers)},
            confirmed_at=now,
            fresh_until=now + _seconds(answer, binding),
        )

    def conditions(self) -> dict[str, str]:
        """Request headers that spare the body if nothing has changed (RFC 9110 section 13.1)."""
        return conditions(self.validators)

    def stored(self) -> StoredRender:
        """As a store keeps it."""
        meta: dict[str, Json] = {
            "validators": dict(self.validators),
            "confirmed_at": float(self.confirmed_at),
            "fresh_until": float(self.fresh_until),
        }
        return StoredRender(self.body, MEDIA_TYPE, meta)

    @classmethod
    def read(cls, stored: StoredRender, binding: Binding, time_zone: str) -> Self | None:
        """From a store; None if the manifest of today has no use for it, which also bounds its lifetime."""
        confirmed, until = stored.meta.get("confirmed_at"), stored.meta.get("fresh_until")
        if not isinstance(confirmed, float) or not isinstance(until, float):
            return None
        try:
            value, digest = _taken(stored.body, binding, time_zone)
        except OutgoingError:
            return None
        return cls(
            stored.body,
            value,
            digest,
            kept_validators(stored.meta.get("validators")),
            confirmed,
            min(until, confirmed + binding.ttl),
        )


def _taken(body: bytes, binding: Binding, time_zone: str) -> Taken:
    """The data that a body holds for a binding, and its digest. Raises NothingThere, WrongContent."""
    try:
        taken = take(binding, from_json(body, binding.name), time_zone)
    except RendererError as error:
        # The details are the business of whoever runs the server, not of whoever sees a picture.
        raise WrongContent("its answer is not the data that the template declares", error.message) from None
    if taken.value is None:
        raise NothingThere("its answer is null")
    return taken


def _seconds(answer: Fetched, binding: Binding) -> int:
    """How long an answer stays fresh: the manifest's `ttl`, or less if its server says so, but at least `min_ttl`."""
    says = not {"cache-control", "expires"}.isdisjoint(name.lower() for name in answer.headers)
    return lifetime(answer.headers, least=binding.min_ttl, most=binding.ttl) if says else binding.ttl
