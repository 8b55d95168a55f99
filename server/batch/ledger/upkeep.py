"""What is done about jobs when its time comes: they run again, and are forgotten.

Several servers do this at the same time, so each looks again once it has locked a job.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from server.batch.ledger import jobs, stages
from server.batch.ledger.stages import Announce
from server.batch.records import FINISHED, Job, job_of
from server.database.tables import BATCHES

_MOST: Final = 10
"""Jobs of one transaction: others wait for it."""


def repeat_due(connection: Connection, now: float) -> list[str]:
    """Start some jobs again whose time has come; their ids."""
    due = (BATCHES.c.repeat_at <= now) & (BATCHES.c.status == "completed")
    found = _locked(connection, due)
    for job in found:
        stages.repeat(connection, job)
    return [job.id for job in found]


def pushed(connection: Connection, template: str, binding: str, now: float) -> int:
    """Let jobs that wait for data of this binding run again, once they have ended; how many do."""
    # Few jobs wait for data: the rest is not worth reading.
    mentioned = BATCHES.c.options.contains(f'"on_push":"{binding}"', autoescape=True)
    over = BATCHES.c.status.in_(("cancelling", "cancelled", "failed"))
    query = select(BATCHES).where(BATCHES.c.template == template, mentioned, ~over)
    found = [job_of(row) for row in connection.execute(query.order_by(BATCHES.c.id).with_for_update())]
    waiting = [job for job in found if _waits(job, binding)]
    for job in waiting:
        jobs.change(connection, job.id, repeat_at=now)
    return len(waiting)


def forget_old(connection: Connection, time: float, now: float, announce: Announce) -> list[Job]:
    """Delete some jobs that ended before a time and don't run again; the deleted ones.

    Those that have waited for approval since then are cancelled.
    """
    unapproved = (BATCHES.c.status == "awaiting_approval") & (BATCHES.c.progress_at < time)
    for job in _locked(connection, unapproved):
        stages.cancel(connection, job.id, now, announce)
    ended = BATCHES.c.status.in_(FINISHED) & (BATCHES.c.finished_at < time) & BATCHES.c.repeat_at.is_(None)
    old = _locked(connection, ended)
    for job in old:
        jobs.forget(connection, job.id)
    return old


def _locked(connection: Connection, which: ColumnElement[bool]) -> list[Job]:
    """Some jobs, but none that somebody else is about to change."""
    query = select(BATCHES).where(which).order_by(BATCHES.c.id).limit(_MOST)
    return [job_of(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def _waits(job: Job, binding: str) -> bool:
    repeat = job.options.repeat
    return repeat is not None and repeat.on_push == binding and not job.options.dry_run
