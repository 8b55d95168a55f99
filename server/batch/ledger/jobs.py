"""Jobs in the ledger: made once a request, found, listed, changed, forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from server.batch.errors import IdempotencyConflict, TooManyJobs, UnknownBatch
from server.batch.options import BatchOptions, Status, options_text
from server.batch.records import FINISHED, Job, job_of
from server.database.tables import BATCH_CHUNKS, BATCH_DELIVERIES, BATCH_REQUESTS, BATCH_ROWS, BATCHES

DAY: Final = 86_400.0
REQUEST_SECONDS: Final = DAY
"""How long a repeated request is recognised by its Idempotency-Key."""

_MOST_WARNINGS: Final = 20
_TABLES_OF_A_JOB: Final = (BATCH_ROWS, BATCH_CHUNKS, BATCH_DELIVERIES, BATCH_REQUESTS)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be made. `intake` says where the upload is; `digest` is of the whole request."""

    id: str
    owner: str
    home: str
    version: str
    options: BatchOptions
    intake: Mapping[str, Any]
    digest: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller may have: jobs that are not finished, and rows within a day; 0 is any number."""

    open_jobs: int = 0
    rows_per_day: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs that are not finished are in each state, and how many of their rows have no result yet."""

    jobs: Mapping[Status, int]
    pending: int


def tally(connection: Connection) -> Tally:
    """What there is to do."""
    columns = BATCHES.c
    pending = func.sum(columns.total - columns.succeeded - columns.failed - columns.cancelled)
    query = select(columns.status, func.count(), pending).where(columns.status.not_in(FINISHED))
    found = connection.execute(query.group_by(columns.status)).all()
    jobs: dict[Status, int] = {status: 0 for status in get_args(Status) if status not in FINISHED}
    return Tally(jobs | {row[0]: row[1] for row in found}, int(sum(row[2] for row in found)))


def repeated(connection: Connection, owner: str, key: str, digest: str, now: float) -> Job | None:
    """The job that an earlier request with this Idempotency-Key has made.

    Raises:
        IdempotencyConflict: that request was another one.
    """
    connection.execute(delete(BATCH_REQUESTS).where(BATCH_REQUESTS.c.created_at < now - REQUEST_SECONDS))
    found = connection.execute(
        select(BATCH_REQUESTS.c.digest, BATCH_REQUESTS.c.batch).where(
            BATCH_REQUESTS.c.owner == owner, BATCH_REQUESTS.c.key == key
        )
    ).first()
    if found is None:
        return None
    if found.digest != digest:
        raise IdempotencyConflict
    return find(connection, found.batch)


def is_known(connection: Connection, owner: str, key: str, now: float) -> bool:
    """Whether a request with this Idempotency-Key has made a job."""
    columns = BATCH_REQUESTS.c
    mine = select(columns.batch).where(columns.owner == owner, columns.key == key)
    return connection.execute(mine.where(columns.created_at >= now - REQUEST_SECONDS)).first() is not None


def create(connection: Connection, new: NewJob, allowance: Allowance, now: float) -> tuple[Job, bool]:
    """The job, and whether it was made just now or by an earlier request with the same Idempotency-Key.

    Raises:
        IdempotencyConflict, TooManyJobs.
    """
    if new.idempotency_key is not None:
        earlier = repeated(connection, new.owner, new.idempotency_key, new.digest, now)
        if earlier is not None:
            return earlier, False
    check_allowance(connection, new.owner, allowance, now)
    connection.execute(insert(BATCHES).values(**_first_record(new, now)))
    if new.idempotency_key is not None:
        record = {"owner": new.owner, "key": new.idempotency_key, "digest": new.digest, "batch": new.id}
        connection.execute(insert(BATCH_REQUESTS).values(**record, created_at=now))
    connection.execute(
        insert(BATCH_CHUNKS).values(
            batch=new.id,
            number=0,
            kind="ingest",
            first=0,
            last=0,
            state="pending",
            generation=0,
            attempts=0,
            holder="",
            leased_until=0.0,
            not_before=0.0,
        )
    )
    return find(connection, new.id), True


def check_allowance(connection: Connection, owner: str, allowance: Allowance, now: float) -> None:
    """Raises TooManyJobs if this caller has enough for now."""
    mine = BATCHES.c.owner == owner
    if allowance.open_jobs:
        query = select(func.count()).where(mine, BATCHES.c.status.not_in(FINISHED))
        if connection.execute(query).scalar_one() >= allowance.open_jobs:
            raise TooManyJobs(f"{allowance.open_jobs} of your jobs are not finished yet; at most so many may be.", 30)
    if allowance.rows_per_day:
        rows, since = rows_of_day(connection, owner, now)
        if rows >= allowance.rows_per_day:
            message = f"Your jobs of the last day have {rows:,} rows; at most {allowance.rows_per_day:,} may be."
            raise TooManyJobs(message, max(1, int(since + DAY - now)))


def rows_of_day(connection: Connection, owner: str, now: float, but: str = "") -> tuple[int, float]:
    """Rows of a caller's jobs of the last day but one job, and when the first of these was made.

    Jobs that failed as a whole are left out: nothing was rendered of them.
    """
    columns = BATCHES.c
    query = select(func.coalesce(func.sum(columns.total), 0), func.coalesce(func.min(columns.created_at), now)).where(
        columns.owner == owner,
        columns.created_at > now - DAY,
        columns.total > 0,
        columns.status != "failed",
        columns.id != but,
    )
    rows, since = connection.execute(query).one()
    return int(rows), since


def find(connection: Connection, batch: str, *, lock: bool = False) -> Job:
    """The job; locked against changes by others until the transaction ends, if wanted. Raises UnknownBatch."""
    query = select(BATCHES).where(BATCHES.c.id == batch)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise UnknownBatch(f"There is no batch {batch}.")
    return job_of(row)


def page(connection: Connection, before: tuple[float, str] | None, limit: int) -> list[Job]:
    """Jobs from the newest on, those after a place in that order."""
    query = select(BATCHES).order_by(BATCHES.c.created_at.desc(), BATCHES.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(BATCHES.c.created_at, BATCHES.c.id) < before)
    return [job_of(row) for row in connection.execute(query)]


def change(connection: Connection, batch: str, **columns: object) -> None:
    """Set columns, and count the change."""
    connection.execute(update(BATCHES).where(BATCHES.c.id == batch).values(sequence=BATCHES.c.sequence + 1, **columns))


def forget(connection: Connection, batch: str) -> None:
    """Everything about a job, at once."""
    for table in _TABLES_OF_A_JOB:
        connection.execute(delete(table).where(table.c.batch == batch))
    connection.execute(delete(BATCHES).where(BATCHES.c.id == batch))


def _first_record(new: NewJob, now: float) -> dict[str, object]:
    zero = ("total", "succeeded", "failed", "cancelled", "rendered", "reused", "changed", "suspicious")
    return {
        "id": new.id,
        "sequence": 1,
        "status": "validating",
        "owner": new.owner,
        "home": new.home,
        "template": new.options.template,
        "version": new.version,
        "options": options_text(new.options),
        "intake": json.dumps(dict(new.intake)),
        "warnings": "[]",
        "run": 1,
        **dict.fromkeys((*zero, "warmed", "exported", "bytes"), 0),
        "rate": 0.0,
        "turn": 0.0,
        "created_at": now,
        "approved": new.options.pilot is None,
    }


def warnings_text(warnings: Sequence[str]) -> str:
    """Warnings as JSON text, each once and not too many."""
    return json.dumps(list(dict.fromkeys(warnings))[:_MOST_WARNINGS], ensure_ascii=False)
