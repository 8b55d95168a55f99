"""What is kept of a fetched image: its bytes, where they stand, and how to ask whether they have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from renderer import Asset
from renderer.images.formats import sniff
from server.outgoing.client import Fetched
from server.outgoing.errors import BadStatus, Gone, WrongContent
from server.outgoing.freshness import MIN_SECONDS, lifetime
from server.outgoing.validation import conditions, kept_validators, validators_of
from server.store import StoredRender
from server.store.entries import Json

KEEP_SECONDS: Final = 7 * 86_400  # how long the last good copy stands in for a server that fails


@dataclass(frozen=True, slots=True)
class Copy:
    """A good image. Times in seconds since the epoch; `validators` are response headers by lower-case name."""

    asset: Asset
    media_type: str
    validators: Mapping[str, str]
    confirmed_at: float
    fresh_until: float

    def is_fresh(self, now: float) -> bool:
        """Whether it may be used without asking."""
        return now < self.fresh_until

    def is_usable(self, now: float) -> bool:
        """Whether it may be used although its server fails."""
        return now < self.confirmed_at + KEEP_SECONDS

    def conditions(self) -> dict[str, str]:
        """Request headers that spare the body if nothing has changed (RFC 9110 section 13.1)."""
        return conditions(self.validators)

    def confirmed(self, answer: Fetched, now: float) -> Self:
        """The same image after a 304, which may bring new validators and a new lifetime (RFC 9111 section 4.3.4)."""
        return replace(
            self,
            validators={**self.validators, **validators_of(answer.headers)},
            confirmed_at=now,
            fresh_until=now + lifetime(answer.headers),
        )

    @classmethod
    def of(cls, answer: Fetched, now: float) -> Self:
        """Check an answer and take its image. Hashes the body: call it in a thread.

        Raises:
            BadStatus, Gone: the status is not 200.
            WrongContent: the bytes are no image of a format that the renderer reads.
        """
        if answer.status != 200:
            raise (Gone if answer.status in (404, 410) else BadStatus)(answer.status)
        kind = sniff(answer.body)
        if kind is None:
            declared = answer.headers.get("content-type", "").partition(";")[0].strip()[:60]
            raise WrongContent(
                "it is not a PNG, JPEG, WebP, GIF, AVIF or SVG file", f"not an image; Content-Type {declared!r}"
            )
        # A body that ends with its connection may have been cut short: nobody can tell, so ask again soon.
        framed = "content-length" in answer.headers or "transfer-encoding" in answer.headers
        seconds = lifetime(answer.headers) if framed else MIN_SECONDS
        return cls(
            Asset(answer.body, hashlib.sha256(answer.body).hexdigest()),
            "image/svg+xml" if kind == "svg" else f"image/{kind}",
            validators_of(answer.headers),
            now,
            now + seconds,
        )

    @classmethod
    def read(cls, stored: StoredRender) -> Self | None:
        """From a store; None if it was written by a version that kept other things."""
        meta = stored.meta
        digest, confirmed, until = meta.get("digest"), meta.get("confirmed_at"), meta.get("fresh_until")
        if not isinstance(digest, str) or not isinstance(confirmed, float) or not isinstance(until, float):
            return None
        return cls(
            Asset(stored.body, digest), stored.media_type, kept_validators(meta.get("validators")), confirmed, until
        )

    def stored(self) -> StoredRender:
        """As a store keeps it."""
        meta: dict[str, Json] = {
            "digest": self.asset.digest,
            "validators": dict(self.validators),
            "confirmed_at": float(self.confirmed_at),
            "fresh_until": float(self.fresh_until),
        }
        return StoredRender(self.asset.data, self.media_type, meta)
