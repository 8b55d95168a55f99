"""What is kept of an answer: the JSON as it came, how long it is right, and how to ask whether it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from renderer import coerce_data, select_data
from renderer.errors import RendererError
from renderer.expressions import Value, from_json
from renderer.template.model import Binding
from server.outgoing.client import Fetched
from server.outgoing.errors import BadStatus, Gone, WrongContent
from server.outgoing.freshness import lifetime
from server.store import StoredRender
from server.store.entries import Json

MEDIA_TYPE: Final = "application/json"
_VALIDATORS: Final = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_LONGEST_VALIDATOR: Final = 1000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Good data of one request. Times in seconds since the epoch; `validators` are headers by lower-case name."""

    body: bytes
    value: Value
    validators: Mapping[str, str]
    confirmed_at: float
    fresh_until: float

    @classmethod
    def of(cls, answer: Fetched, binding: Binding, time_zone: str, now: float) -> Self:
        """Check an answer and take its data. Parses the body: call it in a thread if that is long.

        Raises:
            BadStatus, Gone: the status is not 200.
            WrongContent: no JSON, or not what the binding's manifest declares.
        """
        if answer.status != 200:
            raise (Gone if answer.status in (204, 404, 410) else BadStatus)(answer.status)
        value = typed(answer.body, binding, time_zone)
        return cls(answer.body, value, _validators(answer), now, now + _seconds(answer, binding))

    def confirmed(self, answer: Fetched, binding: Binding, now: float) -> Self:
        """The same data after a 304, which may bring new validators and a new lifetime (RFC 9111 section 4.3.4)."""
        return replace(
            self,
            validators={**self.validators, **_validators(answer)},
            confirmed_at=now,
            fresh_until=now + _seconds(answer, binding),
        )

    def conditions(self) -> dict[str, str]:
        """Request headers that spare the body if nothing has changed (RFC 9110 section 13.1)."""
        return {_VALIDATORS[name]: value for name, value in self.validators.items()}

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
        """From a store; None if the manifest of today has no use for it."""
        confirmed, until = stored.meta.get("confirmed_at"), stored.meta.get("fresh_until")
        if not isinstance(confirmed, float) or not isinstance(until, float):
            return None
        validators = stored.meta.get("validators")
        known = validators if isinstance(validators, dict) else {}
        texts = {name: value for name, value in known.items() if isinstance(value, str) and name in _VALIDATORS}
        try:
            value = typed(stored.body, binding, time_zone)
        except WrongContent:
            return None
        return cls(stored.body, value, texts, confirmed, until)


def typed(body: bytes, binding: Binding, time_zone: str) -> Value:
    """The data that a body holds for a binding. Raises WrongContent, whose message repeats none of it."""
    try:
        value = coerce_data(binding, select_data(binding, from_json(body, binding.name)), time_zone)
    except RendererError as error:
        # The message may quote the data, which is the business of whoever runs the server, not of who sees a picture.
        raise WrongContent("its answer is not the data that the template declares", error.message) from None
    if value is None:
        raise WrongContent("its answer is null")
    return value


def _seconds(answer: Fetched, binding: Binding) -> int:
    """How long an answer stays fresh: the manifest's `ttl`, or less if its server says so, but at least `min_ttl`."""
    says = not {"cache-control", "expires"}.isdisjoint(name.lower() for name in answer.headers)
    return lifetime(answer.headers, least=binding.min_ttl, most=binding.ttl) if says else binding.ttl


def _validators(answer: Fetched) -> dict[str, str]:
    """Those that can be sent back as they came: visible ASCII, and not so long that the request would be refused."""
    found = {name: answer.headers.get(name, "") for name in _VALIDATORS}
    return {
        name: value
        for name, value in found.items()
        if value and len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable()
    }
