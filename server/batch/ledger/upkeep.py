"""What is done about jobs when its time comes: they run again, and are forgotten.

Several servers do this at the same time, so each looks again once it has locked a job.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, select

from server.batch.ledger import jobs, stages
from server.batch.ledger.stages import Announce
from server.batch.records import ENDED_FOR_GOOD, FINISHED, Job, job_of
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


def is_awaited(connection: Connection, template: str, binding: str) -> bool:
    """Whether any job may wait for data of this binding."""
    return connection.execute(select(BATCHES.c.id).where(_awaits(template, binding)).limit(1)).first() is not None


def pushed(connection: Connection, template: str, binding: str, now: float) -> int:
    """Let jobs that wait for data of this binding run again, once they have ended; how many do."""
    query = select(BATCHES).where(_awaits(template, binding)).order_by(BATCHES.c.id)
    found = [job_of(row) for row in connection.execute(query.with_for_update())]
    waiting = [job for job in found if job.awaited_binding == binding]
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
    old = _locked(connection, ended & ~_mentions_push())
    if not old:  # what has such options need not mean them
        found = connection.execute(select(BATCHES).where(ended & _mentions_push()).order_by(BATCHES.c.id))
        old = [job for job in map(job_of, found) if job.awaited_binding is None][:_MOST]
    for job in old:
        jobs.forget(connection, job.id)
    return old


def _locked(connection: Connection, which: ColumnElement[bool]) -> list[Job]:
    """Some jobs, but none that somebody else is about to change."""
    query = select(BATCHES).where(which).order_by(BATCHES.c.id).limit(_MOST)
    return [job_of(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def _awaits(template: str, binding: str) -> ColumnElement[bool]:
    """What all jobs have that wait for data of a binding, and few others."""
    return and_(BATCHES.c.template == template, _mentions_push(f'{binding}"'), BATCHES.c.status.not_in(ENDED_FOR_GOOD))


def _mentions_push(binding: str = "") -> ColumnElement[bool]:
    return BATCHES.c.options.contains(f'"on_push":"{binding}', autoescape=True)
