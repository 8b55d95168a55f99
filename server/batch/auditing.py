"""What became of each job, in the log: who asked for it, of which template and version, and how many of what."""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import Connection

from server.batch.ledger.stages import Announce
from server.batch.records import Job

log: Final = logging.getLogger("server.batch.audit")


def audited(announce: Announce) -> Announce:
    """Announces, and puts a line into the log.

    The line is there before the transaction has ended: where that fails and is made again, there are two.
    """

    def both(connection: Connection, job: Job, event: str, now: float) -> None:
        announce(connection, job, event, now)
        counts = job.counts
        log.info(
            "%s: %s of %s, template %s version %s, run %d: %d rows, %d succeeded, %d failed, %d cancelled, %d pending; "
            "%d pictures rendered, %d reused, %d bytes",
            *(event, job.id, job.owner, job.template, job.version, job.run),
            *(counts.total, counts.succeeded, counts.failed, counts.cancelled, counts.pending),
            *(counts.rendered, counts.reused, counts.bytes),
        )

    return both
