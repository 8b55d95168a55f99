"""Everything that callers may do with batches, and what is done about them without being asked."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, get_args

from server.batch.answers import job_document, revision
from server.batch.deliveries import check_webhook_url
from server.batch.embedded import Engine
from server.batch.errors import NoStore, UnknownBatch
from server.batch.export import Exports
from server.batch.intake import Kind
from server.batch.ledger import Allowance, Ledger, NewJob
from server.batch.reception import Upload, remove_stale, sync_folder
from server.batch.records import Job
from server.batch.results import NamesByJob
from server.batch.submission import Submission, checked
from server.clock import Clock
from server.database import DatabaseUnavailable
from server.outgoing import AllowedHosts, Guard
from server.registry import TemplateRegistry
from server.settings import Settings

audit = logging.getLogger("server.batch.audit")
log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0  # how often is looked for jobs that run again
_CLEAN_SECONDS: Final = 600.0
_ORPHAN_SECONDS: Final = 3600.0  # after which nobody is still about to make a job of an upload
_KINDS: Final = get_args(Kind)


class Batches:
    """Batches of one server."""

    def __init__(
        self,
        ledger: Ledger,
        names: NamesByJob,
        exports: Exports,
        registry: TemplateRegistry,
        settings: Settings,
        folder: Path,
        home: str,
        clock: Clock,
    ) -> None:
        """`folder` is that of the uploads, `home` its name in the ledger."""
        self.ledger = ledger
        self.names = names
        self.folder = folder
        self._registry = registry
        self._exports = exports
        self._settings = settings
        self._home = home
        self._clock = clock
        self._guard = Guard(AllowedHosts.parse(settings.allowed_hosts))
        self._engine: Engine | None = None
        self.ending = False
        self._pushed: set[tuple[str, str]] = set()  # bindings with new data, of which the ledger does not know yet
        self._upkeep: asyncio.Task[None] | None = None
        self._allowance = Allowance(settings.batch_open_jobs, settings.batch_rows_per_day)

    async def start(self, engine: Engine) -> None:
        """Begin to work on what there is."""
        self._engine = engine
        await engine.start()
        self._upkeep = asyncio.create_task(self._keep_up())

    def end_streams(self) -> None:
        """The server is about to end, and must not wait for those who follow batches: they come back."""
        self.ending = True

    async def stop(self) -> None:
        """End; what is being worked on goes on at the next start."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            await asyncio.gather(self._upkeep, return_exceptions=True)
        if self._engine is not None:
            await self._engine.stop()

    def document(self, job: Job) -> dict[str, Any]:
        """A job as JSON."""
        settings = self._settings
        return job_document(job, settings.base_url, self._clock(), settings.batch_keep_seconds)

    def revision(self, job: Job) -> str:
        """Another one whenever the job as JSON is."""
        return revision(job, self._clock())

    async def admit(self, owner: str, key: str | None) -> None:
        """Before an upload is read, unless a request with its Idempotency-Key has made a job. Raises TooManyJobs."""
        if key is None or not await self.ledger.is_known(owner, key):
            await self.ledger.check_allowance(owner, self._allowance)

    async def submit(self, upload: Upload, owner: str, key: str | None) -> tuple[Job, bool]:
        """The job of an upload, whose file is ours from here on; and whether it is new.

        With the `key` of an earlier request that was the same, the job is that request's.

        Raises:
            SignetError: the options or the columns don't fit the template, or the caller has too many jobs.
        """
        try:
            if key is not None:
                earlier = await self.ledger.repeated(owner, key, upload.digest)
                if earlier is not None:
                    return earlier, False
            submission = await checked(upload, self._registry)
            if not submission.options.dry_run and self._settings.disk_cache_bytes == 0:
                raise NoStore
            if submission.options.webhook_url is not None:
                check_webhook_url(submission.options.webhook_url, self._guard)
            if submission.options.export is not None:
                self._exports.check(submission.options.export)
            job, new = await self._create(upload, submission, owner, key)
        finally:
            # After the rename of `_create` there is nothing left under this name.
            await asyncio.to_thread(upload.path.unlink, missing_ok=True)
        if new:
            audit.info("batch %s of %s: template %s version %s", job.id, owner, job.template, job.version)
            self.wake()
        return job, new

    async def cancel(self, batch: str) -> Job:
        """Stop a job. Raises UnknownBatch, WrongState."""
        return self._woken(await self.ledger.cancel(batch))

    async def approve(self, batch: str) -> Job:
        """Go on after the pilot. Raises UnknownBatch, WrongState."""
        return self._woken(await self.ledger.approve(batch))

    async def retry(self, batch: str, numbers: Sequence[int] | None, custom_ids: Sequence[str]) -> Job:
        """Render rows again. Raises UnknownBatch, WrongState."""
        return self._woken(await self.ledger.retry(batch, numbers, custom_ids))

    async def forget(self, batch: str) -> None:
        """Delete a job; pictures that were rendered stay in the store. Raises UnknownBatch."""
        job = await self.ledger.forget(batch)
        audit.info("batch %s of %s was deleted, %s", job.id, job.owner, job.status)
        await self._remove_upload(job)

    async def pushed(self, template: str, binding: str) -> None:
        """Data of a binding is new: jobs that wait for it run again, as soon as the database can be told."""
        self._pushed.add((template, binding))
        with suppress(DatabaseUnavailable):  # the data itself is kept: whoever pushed it need not do it again
            await self._tell_of_pushes()

    def wake(self) -> None:
        """There may be work."""
        if self._engine is not None:
            self._engine.wake()

    async def gauges(self) -> dict[str, float]:
        """Numbers for `/metrics`, by their names; without those of the ledger while the database is away."""
        gauges = {} if self._engine is None else self._engine.gauges()
        try:
            tally = await self.ledger.tally()
        except DatabaseUnavailable:
            return gauges
        jobs = {f'batch_jobs{{status="{status}"}}': float(count) for status, count in tally.jobs.items()}
        return gauges | jobs | {"batch_rows_pending": float(tally.pending)}

    async def _tell_of_pushes(self) -> None:
        for template, binding in list(self._pushed):
            if await self.ledger.pushed(template, binding):
                log.info("data of %s/%s lets batches run again", template, binding)
            self._pushed.discard((template, binding))

    def _woken(self, job: Job) -> Job:
        self.wake()
        return job

    async def _create(self, upload: Upload, wanted: Submission, owner: str, key: str | None) -> tuple[Job, bool]:
        identity = f"batch_{secrets.token_hex(12)}"
        kept = self.folder / identity
        await asyncio.to_thread(_renamed, upload.path, kept)
        intake = {"file": kept.name, "kind": upload.kind, "name": upload.name, "bytes": upload.bytes}
        if wanted.columns is not None:
            intake["columns"] = list(wanted.columns)
        new = NewJob(identity, owner, self._home, wanted.version, wanted.options, intake, upload.digest, key)
        job = None
        try:
            job, created = await self.ledger.create(new, self._allowance)
        finally:
            if job is None or job.id != identity:
                await asyncio.to_thread(kept.unlink, missing_ok=True)
        return job, created

    async def _remove_upload(self, job: Job) -> None:
        if job.home == self._home:
            await asyncio.to_thread((self.folder / str(job.intake["file"])).unlink, missing_ok=True)

    async def _keep_up(self) -> None:
        loop = asyncio.get_running_loop()
        cleaned = -_CLEAN_SECONDS
        while True:
            try:
                await self._tell_of_pushes()
                await self.ledger.settle()
                if await self.ledger.repeat_due():
                    self.wake()
                if loop.time() > cleaned + _CLEAN_SECONDS:
                    cleaned = loop.time()
                    await self._clean()
            except DatabaseUnavailable:
                pass  # those who work on batches complain
            except Exception:
                log.exception("old batches and uploads are not cleared away; it is tried again")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _clean(self) -> None:
        await asyncio.to_thread(remove_stale, self.folder, _ORPHAN_SECONDS)
        await self._remove_orphans()
        while old := await self.ledger.forget_old(self._settings.batch_keep_seconds):
            for job in old:
                audit.info("batch %s was forgotten %d days after its end", job.id, self._settings.batch_keep_days)
                await self._remove_upload(job)

    async def _remove_orphans(self) -> None:
        """Uploads whose server was killed before there was a job for them, or before it had read the last of them."""
        for path in await asyncio.to_thread(_old_uploads, self.folder, self._clock() - _ORPHAN_SECONDS):
            try:
                needed = (await self.ledger.get(path.name)).status == "validating"
            except UnknownBatch:
                needed = False
            if not needed:
                await asyncio.to_thread(path.unlink, missing_ok=True)


def _renamed(path: Path, target: Path) -> None:
    """A promise is kept also after a power cut: the new name is on the disk when this returns."""
    path.rename(target)
    sync_folder(target.parent)


def _old_uploads(folder: Path, before: float) -> list[Path]:
    found = [path for path in sorted(folder.iterdir()) if path.name.startswith("batch_") or path.suffix[1:] in _KINDS]
    return [path for path in found if _modified(path) < before]


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # it was read to its end at this moment
        return math.inf
