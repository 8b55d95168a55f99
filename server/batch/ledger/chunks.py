"""Pieces of work: leased for a while, fenced by a generation number, committed only by whoever holds them still."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, false, func, or_, select, update

from server.batch.errors import TooManyRows, UnknownBatch
from server.batch.ledger import abandoned, jobs, rows, stages
from server.batch.ledger.rows import NewRow, RowResult
from server.batch.ledger.stages import Announce, Kind
from server.batch.options import Status
from server.batch.records import Counts, Job, Output, RowError
from server.database.tables import BATCH_CHUNKS, BATCH_ROWS, BATCHES

LEASE_SECONDS: Final = 30.0
_RATE_SECONDS: Final = 10.0  # over which the rate is averaged
_MOST_ATTEMPTS: Final = 2  # of a piece of several rows; then its rows are tried one by one
_MOST_ATTEMPTS_ALONE: Final = 3

_SHARE_OF_STORE: Final = 0.9  # that the pictures of one job may fill; evictions leave a little less
_CROWDED: Final = (
    "The pictures are more than the server keeps (SIGNET_DISK_CACHE_BYTES): those that were rendered first may be gone "
    "when somebody asks for them, are rendered again then, and are missing in archives and exports."
)

_LONGEST_PAUSE: Final = 600.0
_IDLE: Final = ("completed", "cancelled", "failed", "awaiting_approval", "cancelling")

_CHUNK: Final = BATCH_CHUNKS.c


class LeaseLost(Exception):  # noqa: N818 - says what happened
    """Somebody else has the work by now, or it is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A piece of work that is ours for a while."""

    batch: str
    number: int
    kind: Kind
    first: int
    last: int
    generation: int
    attempts: int
    holder: str

    @property
    def suspected(self) -> bool:
        """Whether this one row may have ended its worker before, and should end nobody else's work with it."""
        return self.kind == "render" and self.first == self.last and self.attempts > 1


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes work: its name, and the data folder whose uploads it can read.

    `reading` and `rendering` say what it takes: uploads to be read, and everything else.
    """

    holder: str
    home: str
    reading: bool = True
    rendering: bool = True


def lease(connection: Connection, taker: Taker, now: float, announce: Announce) -> Lease | None:
    """The next piece of work, of the job whose turn it is; None if there is none."""
    ready = _ready(taker, now)
    while True:
        batch = connection.execute(
            select(BATCHES.c.id)
            .where(BATCHES.c.status.not_in(_IDLE))
            .where(exists().where(_CHUNK.batch == BATCHES.c.id, ready))
            .order_by(BATCHES.c.turn, BATCHES.c.created_at)
            .limit(1)
            .with_for_update()
        ).scalar()
        if batch is None:
            return None
        chunk = connection.execute(
            select(BATCH_CHUNKS)
            .join(BATCHES, BATCHES.c.id == _CHUNK.batch)
            .where(_CHUNK.batch == batch, ready)
            .order_by(_CHUNK.number)
            .limit(1)
        ).first()
        job = jobs.find(connection, batch)
        if chunk is None:
            return None  # somebody else took it while we waited for the job's record
        if _is_hopeless(chunk):
            _give_up(connection, job, chunk, now, announce)
            continue
        return _lease(connection, job, chunk, taker.holder, now)


def keep(connection: Connection, held: Lease, now: float) -> None:
    """Hold a piece of work for longer. Raises LeaseLost."""
    changed = connection.execute(update(BATCH_CHUNKS).where(_held(held)).values(leased_until=now + LEASE_SECONDS))
    if changed.rowcount != 1:
        raise LeaseLost


def status_of(connection: Connection, held: Lease) -> Status | None:
    """The job's status, if the piece of work is still ours."""
    query = select(BATCHES.c.status).join(BATCH_CHUNKS, _CHUNK.batch == BATCHES.c.id).where(_held(held))
    status: Status | None = connection.execute(query).scalar()
    return status


def release(connection: Connection, held: Lease, now: float, announce: Announce, failed_for: float = 0.0) -> None:
    """Give a piece of work back as if it had never been taken; or as one that failed, to be taken again later.

    `failed_for` are the seconds for which nobody takes it after a failure.
    """
    try:
        _locked(connection, held.batch)
    except LeaseLost:  # the job was deleted
        return
    attempts = held.attempts if failed_for else max(0, held.attempts - 1)
    back = {"state": "pending", "attempts": attempts, "leased_until": 0.0, "not_before": now + failed_for}
    connection.execute(update(BATCH_CHUNKS).where(_held(held)).values(**back))
    stages.advance(connection, held.batch, now, announce)


def reclaim(connection: Connection, holders: str, now: float, announce: Announce) -> int:
    """Take back what those held whose names begin so: they are dead."""
    dead = and_(_CHUNK.state == "leased", _CHUNK.holder.startswith(holders, autoescape=True))
    batches = list(connection.execute(select(_CHUNK.batch).where(dead).distinct().order_by(_CHUNK.batch)).scalars())
    taken = 0
    for batch in batches:
        taken += _take_back(connection, batch, dead, now, announce)
    return taken


def settle(connection: Connection, now: float, announce: Announce) -> None:
    """End jobs that are being cancelled where those who worked on them are dead: nobody takes such work over."""
    query = select(BATCHES.c.id).where(BATCHES.c.status == "cancelling").order_by(BATCHES.c.id)
    for batch in list(connection.execute(query).scalars()):
        _take_back(connection, batch, _expired(now), now, announce)


def commit_rows(
    connection: Connection,
    held: Lease,
    results: Sequence[RowResult],
    now: float,
    announce: Announce,
    *,
    complete: bool = True,
    store_bytes: int | None = None,
) -> None:
    """Note what became of rows, and what the job does next. Raises LeaseLost, and then nothing is noted.

    `store_bytes` is how much the store of renders holds, if that is known.
    """
    job = _locked(connection, held.batch)
    _end(connection, held, complete=complete)
    rows.finish(connection, held.batch, results)
    made = rows.counted([output for result in results for output in result.outputs])
    counts = job.counts
    crowded = store_bytes is not None and counts.bytes + made["bytes"] > _SHARE_OF_STORE * store_bytes
    jobs.change(
        connection,
        held.batch,
        warnings=jobs.warnings_text([*job.warnings, *[_CROWDED] * crowded]),
        succeeded=counts.succeeded + sum(result.error is None for result in results),
        failed=counts.failed + sum(result.error is not None for result in results),
        **{name: getattr(counts, name) + count for name, count in made.items()},
        rate=_rate(job, len(results), now),
        progress_at=now,
    )
    stages.advance(connection, held.batch, now, announce)


def commit_outputs(
    connection: Connection,
    held: Lease,
    outputs: Mapping[int, Sequence[Output]],
    counted: Counts,
    warnings: Sequence[str],
    now: float,
    announce: Announce,
    *,
    complete: bool = True,
) -> None:
    """Note more about pictures that are there already; `counted` is added to the counts. Raises LeaseLost.

    Unless it is complete, the work goes on under the same lease.
    """
    job = _locked(connection, held.batch)
    if complete:
        _end(connection, held, complete=True)
    else:
        keep(connection, held, now)
    rows.annotate(connection, held.batch, outputs)
    jobs.change(
        connection,
        held.batch,
        warnings=jobs.warnings_text([*job.warnings, *warnings]),
        suspicious=job.counts.suspicious + counted.suspicious,
        warmed=job.counts.warmed + counted.warmed,
        exported=job.counts.exported + counted.exported,
        progress_at=now,
    )
    stages.advance(connection, held.batch, now, announce)


def commit_intake(connection: Connection, held: Lease, new: Sequence[NewRow], now: float, rows_per_day: int) -> None:
    """Put in rows that were read, with the work on them; the reading goes on.

    Raises:
        LeaseLost.
        TooManyRows: with them, the caller's jobs have more rows than they may within a day; 0 is any number.
    """
    job = _locked(connection, held.batch)
    keep(connection, held, now)
    if not new:
        return
    rows.put(connection, held.batch, new)
    first, end = new[0].number, new[-1].number + 1
    others, _ = jobs.rows_of_day(connection, job.owner, now, but=job.id) if rows_per_day else (0, now)
    if rows_per_day and others + end > rows_per_day:
        message = f"Your jobs of the last day have {others:,} rows beside these, and at most {rows_per_day:,} may be"
        raise TooManyRows(f"{message}; send fewer, or later.")
    pilot = job.options.pilot
    pieces = stages.ranges(first, end, stages.CHUNK_ROWS, pilot)
    stages.put_chunks(connection, held.batch, "render", pieces, held_from=end if pilot is None else pilot)
    errors = [row.error for row in new if row.error is not None]
    unusable = job.unusable + sum(error.is_of_the_upload for error in errors)
    intake = json.dumps({**job.intake, "unusable": unusable})
    jobs.change(connection, held.batch, total=end, failed=job.counts.failed + len(errors), intake=intake)
    # Whatever ended those who read before, it was not the upload, or it was what has been read by now.
    connection.execute(update(BATCH_CHUNKS).where(_held(held)).values(attempts=0))


def end_intake(connection: Connection, held: Lease, warnings: Sequence[str], now: float, announce: Announce) -> None:
    """All rows are read. Raises LeaseLost."""
    job = _locked(connection, held.batch)
    _end(connection, held, complete=True)
    intake = json.dumps({**job.intake, "whole": True})
    jobs.change(connection, held.batch, intake=intake, warnings=jobs.warnings_text(warnings))
    stages.advance(connection, held.batch, now, announce)


def fail_job(connection: Connection, held: Lease, code: str, message: str, now: float, announce: Announce) -> None:
    """End the whole job. Raises LeaseLost."""
    _locked(connection, held.batch)
    _end(connection, held, complete=True)
    stages.fail(connection, held.batch, code, message, now, announce)


def waiting(connection: Connection, taker: Taker, now: float) -> int:
    """Pieces of work that the taker could have now."""
    query = (
        select(func.count())
        .select_from(BATCH_CHUNKS.join(BATCHES, BATCHES.c.id == _CHUNK.batch))
        .where(BATCHES.c.status.not_in(_IDLE), _ready(taker, now))
    )
    return int(connection.execute(query).scalar_one())


def _expired(now: float) -> ColumnElement[bool]:
    """Work that somebody did not finish in time. A time far in the future was noted before the clock went back."""
    return and_(_CHUNK.state == "leased", or_(_CHUNK.leased_until < now, _CHUNK.leased_until > now + 2 * LEASE_SECONDS))


def _take_back(connection: Connection, batch: str, which: ColumnElement[bool], now: float, announce: Announce) -> int:
    """Let pieces of a job be taken again; how many they are."""
    try:
        _locked(connection, batch)
    except LeaseLost:  # the job was deleted
        return 0
    back = update(BATCH_CHUNKS).where(_CHUNK.batch == batch, which).values(state="pending", leased_until=0.0)
    taken = connection.execute(back).rowcount
    stages.advance(connection, batch, now, announce)
    return taken


def _ready(taker: Taker, now: float) -> ColumnElement[bool]:
    """Work that may be taken: what waits, and what somebody did not finish in time."""
    waits = and_(_CHUNK.state == "pending", or_(_CHUNK.not_before <= now, _CHUNK.not_before > now + _LONGEST_PAUSE))
    reading = and_(_CHUNK.kind == "ingest", BATCHES.c.home == taker.home)
    rendering = and_(_CHUNK.kind != "ingest", BATCHES.c.status != "validating")
    kinds = [kind for kind, wanted in ((reading, taker.reading), (rendering, taker.rendering)) if wanted]
    return and_(or_(waits, _expired(now)), or_(false(), *kinds))


def _lease(connection: Connection, job: Job, chunk: Row[Any], holder: str, now: float) -> Lease:
    generation, attempts = chunk.generation + 1, chunk.attempts + 1
    connection.execute(
        update(BATCH_CHUNKS)
        .where(_CHUNK.batch == job.id, _CHUNK.number == chunk.number)
        .values(
            state="leased", generation=generation, attempts=attempts, holder=holder, leased_until=now + LEASE_SECONDS
        )
    )
    # Counted, and not timed: when the clock went back, other jobs would have all turns for as long.
    latest = connection.execute(select(func.max(BATCHES.c.turn)).where(BATCHES.c.status.not_in(_IDLE))).scalar_one()
    connection.execute(update(BATCHES).where(BATCHES.c.id == job.id).values(turn=latest + 1))
    if job.status == "queued":
        jobs.change(connection, job.id, status="in_progress", started_at=now)
    return Lease(job.id, chunk.number, chunk.kind, chunk.first, chunk.last, generation, attempts, holder)


def _is_hopeless(chunk: Row[Any]) -> bool:
    alone = chunk.kind != "render" or chunk.first == chunk.last
    return bool(chunk.attempts >= (_MOST_ATTEMPTS_ALONE if alone else _MOST_ATTEMPTS))


def _give_up(connection: Connection, job: Job, chunk: Row[Any], now: float, announce: Announce) -> None:
    """Work that always ends with its worker: its rows are tried one by one, or the one row is given up."""
    this = and_(_CHUNK.batch == job.id, _CHUNK.number == chunk.number)
    if chunk.kind == "ingest":
        message = "Reading the upload has ended the server several times."
        stages.fail(connection, job.id, "worker_crashed", message, now, announce)
    elif chunk.kind != "render":
        connection.execute(update(BATCH_CHUNKS).where(this).values(state="done"))
        abandoned.abandon(connection, job, chunk.kind, chunk.first, chunk.last)
    elif chunk.first == chunk.last:
        connection.execute(update(BATCH_CHUNKS).where(this).values(state="done"))
        _condemn(connection, job, chunk.first)
    else:
        # Of the rows in between, there may be many that have their pictures from a run before.
        first, *others = _pending_rows(connection, job.id, chunk) or [chunk.first]
        alone = {"state": "pending", "attempts": 0, "leased_until": 0.0}
        connection.execute(update(BATCH_CHUNKS).where(this).values(first=first, last=first, **alone))
        rest = [(number, number) for number in others]
        stages.put_chunks(connection, job.id, "render", rest, held_from=job.counts.total)
    stages.advance(connection, job.id, now, announce)


def _pending_rows(connection: Connection, batch: str, chunk: Row[Any]) -> list[int]:
    row = BATCH_ROWS.c
    within = and_(row.batch == batch, row.number.between(chunk.first, chunk.last), row.status == "pending")
    return list(connection.execute(select(row.number).where(within).order_by(row.number)).scalars())


def _condemn(connection: Connection, job: Job, number: int) -> None:
    error = RowError("worker_crashed", "Rendering this row ended its worker several times.", retryable=True)
    row = and_(BATCH_ROWS.c.batch == job.id, BATCH_ROWS.c.number == number, BATCH_ROWS.c.status == "pending")
    waiting = connection.execute(select(BATCH_ROWS.c.number).where(row)).first()
    if waiting is not None:
        rows.finish(connection, job.id, [RowResult(number, (), error, _MOST_ATTEMPTS_ALONE, 0.0)])
        jobs.change(connection, job.id, failed=job.counts.failed + 1)


def _held(held: Lease) -> ColumnElement[bool]:
    return and_(
        _CHUNK.batch == held.batch,
        _CHUNK.number == held.number,
        _CHUNK.generation == held.generation,
        _CHUNK.state == "leased",
    )


def _end(connection: Connection, held: Lease, *, complete: bool) -> None:
    state = {"state": "done" if complete else "pending", "leased_until": 0.0}
    if not complete:
        state["attempts"] = max(0, held.attempts - 1)
    if connection.execute(update(BATCH_CHUNKS).where(_held(held)).values(**state)).rowcount != 1:
        raise LeaseLost


def _locked(connection: Connection, batch: str) -> Job:
    try:
        return jobs.find(connection, batch, lock=True)
    except UnknownBatch:
        raise LeaseLost from None


def _rate(job: Job, done: int, now: float) -> float:
    """Rows a second, of late: each piece counts by the time since the one before it."""
    before = job.progress_at or job.started_at
    if before is None or not done or now < before:
        return job.rate
    seconds = max(now - before, 1e-3)
    if job.rate and job.stalled(now):
        return job.rate  # nobody worked for a while, and how long tells nothing
    present = done / seconds
    if job.progress_at is None:
        return present
    weight = 1 - math.exp(-seconds / _RATE_SECONDS)
    return job.rate + weight * (present - job.rate)
