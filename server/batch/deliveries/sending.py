"""One attempt: signed anew, sent through the guard, judged by the status of the answer alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

from server.batch.deliveries.records import Attempt, Held
from server.clock import Clock
from server.outgoing import Caps, OutgoingClient, OutgoingError
from server.outgoing.errors import BadStatus
from server.outgoing.exchange import retry_after
from server.webhooks import Message, sign

log = logging.getLogger(__name__)

ATTEMPT_SECONDS: Final = 15.0
"""How long a receiver has to accept a message."""

_JSON: Final = {"Content-Type": "application/json"}
_ASK_FOR_PATIENCE: Final = (429, 503)


class Sender:
    """Sends messages to receivers."""

    def __init__(
        self, client: OutgoingClient, secrets: Sequence[str], clock: Clock, seconds: float = ATTEMPT_SECONDS
    ) -> None:
        """All `secrets` sign; there is at least one."""
        self._client = client
        self._first, *self._others = secrets
        self._clock = clock
        self._caps = Caps(max_bytes=0, seconds=seconds, redirects=0)

    async def send(self, held: Held) -> tuple[Attempt, float]:
        """What came of it, and the seconds of a Retry-After, mostly 0."""
        now, begun = self._clock(), time.perf_counter()
        status, error, patience = None, None, 0.0
        body = held.payload.encode()
        headers = sign(Message(held.id, int(now), body), self._first, *self._others)
        try:
            # Insistent: the schedule knows pauses of its own, and one receiver's failures are not another's.
            answer = await self._client.request(
                held.url, self._caps, method="POST", headers=_JSON | headers, content=body, insistent=True
            )
        except OutgoingError as failure:
            error = failure.message
            log.info("webhook %s: %s", held.id, failure.log_message)
        except Exception:
            error = "it could not be sent"
            log.exception("webhook %s could not be sent", held.id)
        else:
            status = answer.status
            if not 200 <= status < 300:
                error = BadStatus(status).message
            if status in _ASK_FOR_PATIENCE:
                patience = retry_after(answer)
        ms = round((time.perf_counter() - begun) * 1000, 1)
        return Attempt(now, ms, status, error), patience
