"""The ledger's way to webhooks."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from server.batch.answers import job_document
from server.batch.deliveries.outbox import enqueue
from server.batch.records import Job

Announce = Callable[[Connection, Job, str, float], None]


def announcer(base_url: str, keep_seconds: float, expect: Callable[[], None] | None = None) -> Announce:
    """What puts a message about an event of a job into the outbox, in the transaction of the event.

    `base_url` and `keep_seconds` are for the job's document. `expect` is told, in the thread of the transaction, that
    there is going to be a message; without it, as in a process that delivers none, others find it within a second.
    """

    def announce(connection: Connection, job: Job, event: str, now: float) -> None:
        if enqueue(connection, job, event, job_document(job, base_url, now, keep_seconds), now) and expect is not None:
            expect()

    return announce
