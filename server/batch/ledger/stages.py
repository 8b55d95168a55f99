"""What a job does next: the state machine, always run inside the transaction that changed something.

validating ─ queued ─ in_progress ─┬─ finalizing ─ completed
                                   └─ awaiting_approval (after a pilot)      cancelling ─ cancelled      failed
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from server.batch.errors import WrongState
from server.batch.ledger import jobs, rows
from server.batch.records import ABANDONED, Job, error_of, outputs_of
from server.database.tables import BATCH_CHUNKS, BATCH_ROWS

Kind = Literal["ingest", "render", "compare", "export", "manifest", "warm"]
Announce = Callable[[Connection, Job, str, float], None]
"""Tells whoever wants to know of an event, in the transaction in which it happens."""

CHUNK_ROWS: Final = 50
_STAGE_ROWS: Final = 200
_STAGES: Final[dict[Kind, int]] = {
    "compare": 10_000_000,
    "export": 20_000_000,
    "manifest": 30_000_000,
    "warm": 40_000_000,
}
"""Work after the rendering in its order, with the number of its first piece."""

_OPEN: Final = ("pending", "leased")


def advance(connection: Connection, batch: str, now: float, announce: Announce) -> None:
    """Go to the next state if everything of the present one is done. May be called as often as one likes."""
    job = jobs.find(connection, batch, lock=True)
    states = _states(connection, batch)
    if job.status == "cancelling":
        if all(state != "leased" for _, state in states):
            _end_cancelled(connection, job, now, announce)
        return
    if job.finished or any(state in _OPEN for kind, state in states if _belongs(job, kind)):
        return
    if job.status == "validating":
        _after_intake(connection, job, now, announce)
    elif job.status in ("queued", "in_progress") and ("render", "held") in states:
        jobs.change(connection, batch, status="awaiting_approval")
        announce(connection, jobs.find(connection, batch), "batch.awaiting_approval", now)
    elif job.status in ("queued", "in_progress", "finalizing"):
        _next_stage(connection, job, {kind for kind, _ in states}, now, announce)


def fail(connection: Connection, batch: str, code: str, message: str, now: float, announce: Announce) -> None:
    """End a job that is unusable as a whole."""
    error = json.dumps({"code": code, "message": message}, ensure_ascii=False)
    cancelled = _drop_work(connection, jobs.find(connection, batch))
    ended = {"status": "failed", "outcome": "failed", "finished_at": now, "repeat_at": None}
    jobs.change(connection, batch, error=error, cancelled=cancelled, **ended)
    announce(connection, jobs.find(connection, batch), "batch.failed", now)


def cancel(connection: Connection, batch: str, now: float, announce: Announce) -> Job:
    """Stop a job; what is being worked on at this moment ends first. Raises WrongState, UnknownBatch."""
    job = jobs.find(connection, batch, lock=True)
    if job.status == "completed" and job.options.repeat is not None:
        jobs.change(connection, batch, status="cancelled", repeat_at=None)  # it runs no more
    elif job.status not in ("cancelling", "cancelled"):
        _require(job, "cancelled", not job.finished)
        jobs.change(connection, batch, status="cancelling")
        advance(connection, batch, now, announce)
    return jobs.find(connection, batch)


def approve(connection: Connection, batch: str, now: float) -> Job:
    """Render the rows after the pilot. Raises WrongState, UnknownBatch."""
    job = jobs.find(connection, batch, lock=True)
    if job.approved and job.options.pilot is not None:
        return job  # asked twice
    _require(job, "continued", job.status == "awaiting_approval")
    held = BATCH_CHUNKS.c.state == "held"
    connection.execute(update(BATCH_CHUNKS).where(BATCH_CHUNKS.c.batch == batch, held).values(state="pending"))
    # The time until now was nobody's work, and says nothing about the rate.
    jobs.change(connection, batch, status="in_progress", approved=True, progress_at=now)
    return jobs.find(connection, batch)


def retry(connection: Connection, batch: str, numbers: Sequence[int] | None, custom_ids: Sequence[str]) -> Job:
    """Render rows again: the chosen ones, or all that failed or were cancelled. Raises WrongState, UnknownBatch.

    Rows that were no rows are left as they are: without their values, they would be pictures of something else.
    """
    job = jobs.find(connection, batch, lock=True)
    _require(job, "retried", job.finished)
    if job.options.dry_run:
        raise WrongState("This was a dry run, which renders no row; submit the rows without dry_run.")
    if not job.whole:
        raise WrongState("The upload was not read to its end, so that rows would be missing; send it again.")
    table = BATCH_ROWS.c
    chosen: ColumnElement[bool] = table.status.in_(("failed", "cancelled"))
    if numbers is not None or custom_ids:
        chosen = or_(table.number.in_(numbers or ()), table.custom_id.in_(custom_ids))
    query = select(table.number, table.status, table.outputs, table.error).where(table.batch == batch, chosen)
    asked = connection.execute(query.order_by(table.number)).all()
    found = [row for row in asked if (error := error_of(row.error)) is None or not error.is_of_the_upload]
    if not found:
        raise WrongState(_nothing_to_retry(len(asked), chosen_by_caller=numbers is not None or bool(custom_ids)))
    before = Counter(row.status for row in found)
    # What a row had before it was cancelled is counted no more.
    made = [output for row in found if row.status != "cancelled" for output in outputs_of(row.outputs)]
    before.update(rows.counted(made))
    left = {name: getattr(job.counts, name) - count for name, count in before.items()}
    _again(connection, job, [row.number for row in found], **left)
    return jobs.find(connection, batch)


def repeat(connection: Connection, job: Job) -> None:
    """Run a finished job again, all rows but those that never could be rendered; if there are none, never again."""
    table = BATCH_ROWS.c
    useful = (table.status != "failed") | (table.attempts > 0)
    query = select(table.number).where(table.batch == job.id, useful).order_by(table.number)
    numbers = list(connection.execute(query).scalars())
    if not numbers:
        jobs.change(connection, job.id, repeat_at=None)
        return
    zero = dict.fromkeys(("succeeded", "cancelled", "rendered", "reused", "changed", "suspicious"), 0)
    left = {**zero, "warmed": 0, "exported": 0, "bytes": 0, "failed": job.counts.total - len(numbers)}
    _again(connection, job, numbers, repeat_at=None, **left)


def put_chunks(
    connection: Connection, batch: str, kind: Kind, pieces: Iterable[tuple[int, int]], held_from: int
) -> None:
    """Pieces of work on rows; those from a row on wait for an approval. Numbered after their rows, so never twice."""
    base = _STAGES.get(kind, 1)
    generation = connection.execute(select(BATCH_CHUNKS.c.generation).where(_ingest(batch))).scalar_one()
    records = [
        {
            "batch": batch,
            "number": base + first,
            "kind": kind,
            "first": first,
            "last": last,
            "state": "held" if first >= held_from else "pending",
            "generation": generation,
            "attempts": 0,
            "holder": "",
            "leased_until": 0.0,
            "not_before": 0.0,
        }
        for first, last in pieces
    ]
    if records:
        connection.execute(insert(BATCH_CHUNKS), records)


def ranges(first: int, end: int, size: int, boundary: int | None = None) -> Iterator[tuple[int, int]]:
    """Ranges of at most `size` rows that cover those before `end`; none goes across the boundary."""
    while first < end:
        stop = min(first + size, end)
        if boundary is not None and first < boundary < stop:
            stop = boundary
        yield first, stop - 1
        first = stop


def _again(connection: Connection, job: Job, numbers: Sequence[int], **columns: object) -> None:
    # Generations go on from where they were, so that no lease of the run before is ever one of this run.
    of_job = BATCH_CHUNKS.c.batch == job.id
    latest = connection.execute(select(func.max(BATCH_CHUNKS.c.generation)).where(of_job)).scalar_one()
    connection.execute(delete(BATCH_CHUNKS).where(of_job, BATCH_CHUNKS.c.kind != "ingest"))
    connection.execute(update(BATCH_CHUNKS).where(_ingest(job.id)).values(generation=latest))
    table = BATCH_ROWS.c
    pieces = [numbers[start : start + CHUNK_ROWS] for start in range(0, len(numbers), CHUNK_ROWS)]
    for piece in pieces:
        again = update(BATCH_ROWS).where(table.batch == job.id, table.number.in_(piece))
        connection.execute(again.values(status="pending", error=None))
    put_chunks(connection, job.id, "render", [(piece[0], piece[-1]) for piece in pieces], held_from=job.counts.total)
    intake = json.dumps({name: value for name, value in job.intake.items() if name != ABANDONED})
    running = {
        "status": "queued",
        "intake": intake,
        "outcome": None,
        "finished_at": None,
        "progress_at": None,
        "warnings": "[]",
    }
    jobs.change(connection, job.id, run=job.run + 1, approved=True, started_at=None, rate=0.0, **running, **columns)


def _nothing_to_retry(unusable: int, *, chosen_by_caller: bool) -> str:
    if unusable:
        which = "rows that you name" if chosen_by_caller else f"failed rows ({unusable:,})"
        return (
            f"No row is to be rendered again: the {which} can't be read, or have an id that can't be one or is there "
            "twice. Mend them and send them again, as a new batch."
        )
    if chosen_by_caller:
        return "No row is to be rendered again: the batch has none of those that you name."
    return "No row is to be rendered again: none has failed or was cancelled. Name rows to render them all the same."


def _ingest(batch: str) -> ColumnElement[bool]:
    """The reading of the upload, which is there as long as the job. New work takes over its generation."""
    return and_(BATCH_CHUNKS.c.batch == batch, BATCH_CHUNKS.c.number == 0)


def _drop_work(connection: Connection, job: Job) -> int:
    """Nothing more is done; how many rows have been cancelled by now."""
    connection.execute(update(BATCH_CHUNKS).where(BATCH_CHUNKS.c.batch == job.id).values(state="done"))
    pending = (BATCH_ROWS.c.batch == job.id) & (BATCH_ROWS.c.status == "pending")
    return (
        job.counts.cancelled + connection.execute(update(BATCH_ROWS).where(pending).values(status="cancelled")).rowcount
    )


def _require(job: Job, action: str, possible: bool) -> None:
    if not possible:
        raise WrongState(f"The batch is {job.status.replace('_', ' ')} and can't be {action} now.")


def _states(connection: Connection, batch: str) -> set[tuple[Kind, str]]:
    table = BATCH_CHUNKS.c
    query = select(table.kind, table.state).where(table.batch == batch).distinct()
    return {(row.kind, row.state) for row in connection.execute(query)}


def _belongs(job: Job, kind: Kind) -> bool:
    """Whether work of a kind keeps the job in its present state."""
    match job.status:
        case "validating":
            return kind == "ingest"
        case "queued" | "in_progress":
            return kind == "render"
    return True


def _after_intake(connection: Connection, job: Job, now: float, announce: Announce) -> None:
    if job.counts.total == 0:
        fail(connection, job.id, "no-rows", "The upload has no rows.", now, announce)
    elif job.options.dry_run or job.counts.pending == 0:
        connection.execute(update(BATCH_CHUNKS).where(BATCH_CHUNKS.c.batch == job.id).values(state="done"))
        _complete(connection, job, now, announce)
    else:
        jobs.change(connection, job.id, status="queued")


def _next_stage(connection: Connection, job: Job, begun: set[Kind], now: float, announce: Announce) -> None:
    options = job.options
    wanted: dict[Kind, bool] = {
        "compare": options.checks.duplicates,
        "export": options.export is not None,
        "manifest": options.export is not None,
        "warm": options.warm_edge,
    }
    for kind in _STAGES:
        if wanted[kind] and kind not in begun:
            whole = kind in ("compare", "manifest")
            pieces = [(0, job.counts.total - 1)] if whole else ranges(0, job.counts.total, _STAGE_ROWS)
            put_chunks(connection, job.id, kind, pieces, held_from=job.counts.total)
            jobs.change(connection, job.id, status="finalizing")
            return
    _complete(connection, job, now, announce)


def _complete(connection: Connection, job: Job, now: float, announce: Announce) -> None:
    counts = job.counts
    good = counts.pending if job.options.dry_run else counts.succeeded
    outcome = "succeeded" if counts.failed == 0 else "partial" if good else "failed"
    every = job.options.repeat.every if job.options.repeat is not None else None
    again = job.repeat_at if every is None or job.options.dry_run else now + every
    jobs.change(connection, job.id, status="completed", outcome=outcome, finished_at=now, repeat_at=again)
    announce(connection, jobs.find(connection, job.id), "batch.completed", now)


def _end_cancelled(connection: Connection, job: Job, now: float, announce: Announce) -> None:
    outcome = "partial" if job.counts.succeeded else "failed"
    ended = {"status": "cancelled", "outcome": outcome, "finished_at": now, "repeat_at": None}
    jobs.change(connection, job.id, cancelled=_drop_work(connection, job), **ended)
    announce(connection, jobs.find(connection, job.id), "batch.cancelled", now)
