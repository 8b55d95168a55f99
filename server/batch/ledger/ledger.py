"""The ledger as the rest of the server uses it: every method is one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection

from server.batch.ledger import chunks, jobs, rows, stages, upkeep
from server.batch.ledger.chunks import Lease, Taker
from server.batch.ledger.jobs import Allowance, NewJob, Tally
from server.batch.ledger.rows import NewRow, RowPage, RowResult
from server.batch.ledger.stages import Announce
from server.batch.options import RowStatus, Status
from server.batch.records import Counts, Job, Output, RowRecord
from server.clock import Clock
from server.database import Database

T = TypeVar("T")

_PAGE_ROWS: Final = 500


def unheard(connection: Connection, job: Job, event: str, now: float) -> None:
    """Nobody wants to know."""


class Ledger:
    """Jobs of one database. All methods may raise DatabaseUnavailable."""

    def __init__(self, database: Database, clock: Clock, announce: Announce = unheard) -> None:
        self._database = database
        self._clock = clock
        self._announce = announce

    async def create(self, new: NewJob, allowance: Allowance) -> tuple[Job, bool]:
        """The job and whether it is new. Raises IdempotencyConflict, TooManyJobs."""
        return await self._write(lambda c, now: jobs.create(c, new, allowance, now))

    async def repeated(self, owner: str, key: str, digest: str) -> Job | None:
        """The job of an earlier request with this Idempotency-Key. Raises IdempotencyConflict."""
        return await self._write(lambda c, now: jobs.repeated(c, owner, key, digest, now))

    async def is_known(self, owner: str, key: str) -> bool:
        """Whether a request with this Idempotency-Key has made a job."""
        return await self._database.read(lambda c: jobs.is_known(c, owner, key, self._clock()))

    async def check_allowance(self, owner: str, allowance: Allowance) -> None:
        """Raises TooManyJobs if the caller has enough for now."""
        await self._write(lambda c, now: jobs.check_allowance(c, owner, allowance, now))

    async def get(self, batch: str) -> Job:
        """The job. Raises UnknownBatch."""
        return await self._database.read(lambda c: jobs.find(c, batch))

    async def page(self, before: tuple[float, str] | None, limit: int) -> list[Job]:
        """Jobs from the newest on."""
        return await self._database.read(lambda c: jobs.page(c, before, limit))

    async def tally(self) -> Tally:
        """What there is to do."""
        return await self._database.read(jobs.tally)

    async def rows(self, batch: str, wanted: RowPage) -> list[RowRecord]:
        """Rows in order; none for a job that does not exist."""
        return await self._database.read(lambda c: rows.page(c, batch, wanted))

    async def all_rows(self, batch: str, status: RowStatus | None = None) -> AsyncIterator[RowRecord]:
        """All rows in order, read page by page."""
        first = 0
        while found := await self.rows(batch, RowPage(first, _PAGE_ROWS, status)):
            for row in found:
                yield row
            first = found[-1].number + 1

    async def known_ids(self, batch: str, ids: Sequence[str]) -> dict[str, int]:
        """Which ids the job's rows have already, with their lines."""
        return await self._database.read(lambda c: rows.known_ids(c, batch, ids))

    async def cancel(self, batch: str) -> Job:
        """Stop the job. Raises UnknownBatch, WrongState."""
        return await self._write(lambda c, now: stages.cancel(c, batch, now, self._announce))

    async def approve(self, batch: str) -> Job:
        """Go on after the pilot. Raises UnknownBatch, WrongState."""
        return await self._write(lambda c, now: stages.approve(c, batch, now))

    async def retry(self, batch: str, numbers: Sequence[int] | None = None, custom_ids: Sequence[str] = ()) -> Job:
        """Render rows again. Raises UnknownBatch, WrongState."""
        return await self._database.write(lambda c: stages.retry(c, batch, numbers, custom_ids))

    async def forget(self, batch: str) -> Job:
        """Delete the job and everything about it. Raises UnknownBatch."""

        def work(connection: Connection) -> Job:
            job = jobs.find(connection, batch, lock=True)
            jobs.forget(connection, batch)
            return job

        return await self._database.write(work)

    async def forget_old(self, seconds: float) -> list[Job]:
        """Delete some jobs that ended so long ago; cancel those that wait so long for approval. The deleted ones."""
        return await self._write(lambda c, now: upkeep.forget_old(c, now - seconds, now, self._announce))

    async def settle(self) -> None:
        """End what is being cancelled where those who worked on it are dead."""
        await self._write(lambda c, now: chunks.settle(c, now, self._announce))

    async def repeat_due(self) -> list[str]:
        """Start those jobs again whose time has come; their ids."""
        return await self._write(upkeep.repeat_due)

    async def pushed(self, template: str, binding: str) -> int:
        """Let jobs that wait for data of this binding run again, once they have ended; how many do."""
        if not await self._database.read(lambda c: upkeep.is_awaited(c, template, binding)):
            return 0
        return await self._write(lambda c, now: upkeep.pushed(c, template, binding, now))

    # ------------------------------------------------------------------ what workers do

    async def lease(self, taker: Taker) -> Lease | None:
        """The next piece of work, if there is any."""
        return await self._write(lambda c, now: chunks.lease(c, taker, now, self._announce))

    async def waiting(self, taker: Taker) -> int:
        """Pieces of work that the taker could have now."""
        return await self._database.read(lambda c: chunks.waiting(c, taker, self._clock()))

    async def keep(self, held: Lease) -> None:
        """Hold a piece of work for longer. Raises LeaseLost."""
        await self._write(lambda c, now: chunks.keep(c, held, now))

    async def status_of(self, held: Lease) -> Status | None:
        """The job's status; None if the work is not ours any more."""
        return await self._database.read(lambda c: chunks.status_of(c, held))

    async def release(self, held: Lease, failed_for: float = 0.0) -> None:
        """Give a piece of work back; after a failure not to be taken for some seconds."""
        await self._write(lambda c, now: chunks.release(c, held, now, self._announce, failed_for))

    async def reclaim(self, holders: str) -> int:
        """Take back what the dead held, by the beginning of their names."""
        return await self._write(lambda c, now: chunks.reclaim(c, holders, now, self._announce))

    async def commit_rows(
        self, held: Lease, results: Sequence[RowResult], *, complete: bool = True, store_bytes: int | None = None
    ) -> None:
        """Note what became of rows, and warn if the store holds too few bytes for all. Raises LeaseLost."""
        await self._write(
            lambda c, now: chunks.commit_rows(
                c, held, results, now, self._announce, complete=complete, store_bytes=store_bytes
            )
        )

    async def commit_outputs(
        self,
        held: Lease,
        outputs: Mapping[int, Sequence[Output]],
        counted: Counts,
        warnings: Sequence[str] = (),
        *,
        complete: bool = True,
    ) -> None:
        """Note more about pictures; unless it is complete, the work goes on. Raises LeaseLost."""
        await self._write(
            lambda c, now: chunks.commit_outputs(
                c, held, outputs, counted, warnings, now, self._announce, complete=complete
            )
        )

    async def commit_intake(self, held: Lease, new: Sequence[NewRow], rows_per_day: int = 0) -> None:
        """Put in rows that were read. Raises LeaseLost, and TooManyRows for more than a caller may send."""
        await self._write(lambda c, now: chunks.commit_intake(c, held, new, now, rows_per_day))

    async def end_intake(self, held: Lease, warnings: Sequence[str] = ()) -> None:
        """All rows are read. Raises LeaseLost."""
        await self._write(lambda c, now: chunks.end_intake(c, held, warnings, now, self._announce))

    async def fail_job(self, held: Lease, code: str, message: str) -> None:
        """End the whole job. Raises LeaseLost."""
        await self._write(lambda c, now: chunks.fail_job(c, held, code, message, now, self._announce))

    async def _write(self, work: Callable[[Connection, float], T]) -> T:
        return await self._database.write(lambda connection: work(connection, self._clock()))
