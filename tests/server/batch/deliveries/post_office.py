"""What tests of deliveries are made of: jobs with an outbox, deliverers, a clock that can be set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection
from standardwebhooks import Webhook

from server.batch.answers import job_document
from server.batch.deliveries import Deliverer, Delivery, Outbox, enqueue, open_deliverer
from server.batch.ledger import Allowance, Ledger, NewJob
from server.batch.options import BatchOptions
from server.batch.records import Job
from server.database import Database
from server.metrics import Metrics
from server.outgoing import OutgoingClient
from tests.server.live_server import PATIENCE
from tests.server.outgoing.origin import Asked, Origin

SECRET = "whsec_c2lnbmV0LXRlc3RzLW9ubHktc2lnbmV0LXRlc3Rz"
DONE = "batch.completed"


class WallClock:
    """The time of day, which tests put forward or back."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead

    def __call__(self) -> float:
        return time.time() + self.ahead


class PostOffice:
    """Jobs whose events are put into the outbox, and whoever delivers them."""

    def __init__(self, database: Database, client: OutgoingClient, clock: WallClock) -> None:
        self.database = database
        self.client = client
        self.clock = clock
        self.metrics = Metrics()
        self.outbox = Outbox(database, clock)
        self.ledger = Ledger(database, clock)
        self._jobs = 0

    async def job(self, url: str | None, **options: object) -> Job:
        """A new job, with nothing done yet."""
        self._jobs += 1
        wanted = BatchOptions.model_validate({"template": "card", "webhook_url": url, **options})
        new = NewJob(f"batch_{self._jobs:024x}", "me", "home", "v1", wanted, {"file": "f"}, "digest")
        return (await self.ledger.create(new, Allowance()))[0]

    async def post(self, job: Job, event: str = DONE) -> str | None:
        """Put a message about the job into the outbox."""

        def work(connection: Connection) -> str | None:
            return enqueue(connection, job, event, self.document(job), self.clock())

        return await self.database.write(work)

    def document(self, job: Job) -> dict[str, Any]:
        return job_document(job, "http://127.0.0.1:8000", self.clock(), 86_400.0)

    async def posted(self, url: str, event: str = DONE, **options: object) -> tuple[Job, str]:
        """A new job and the id of a message about it."""
        job = await self.job(url, **options)
        identity = await self.post(job, event)
        assert identity is not None
        return job, identity

    @asynccontextmanager
    async def open(self, seconds: float = 5.0, secrets: tuple[str, ...] = (SECRET,)) -> AsyncIterator[Deliverer]:
        """A deliverer at work."""
        opened = open_deliverer(
            self.database, self.client, secrets, metrics=self.metrics, clock=self.clock, seconds=seconds
        )
        async with opened as deliverer:
            yield deliverer

    async def only(self, job: Job) -> Delivery:
        """The job's one delivery."""
        (found,) = await self.outbox.of(job.id)
        return found

    async def until(self, job: Job, condition: Callable[[Delivery], bool]) -> Delivery:
        """The job's one delivery, as soon as something is true of it."""
        deadline = time.monotonic() + PATIENCE
        while not condition(found := await self.only(job)):
            assert time.monotonic() < deadline, f"waited in vain: {found}"
            await asyncio.sleep(0.01)
        return found

    async def tried(self, job: Job, times: int) -> Delivery:
        """The job's one delivery after so many attempts were noted."""
        return await self.until(job, lambda found: len(found.log) == times)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that others do."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


def verified(asked: Asked, secret: str = SECRET) -> dict[str, Any]:
    """The message of a request, by the public library of the specification."""
    message = Webhook(secret).verify(asked.body, dict(asked.headers))
    assert isinstance(message, dict)
    return message


def ids(receiver: Origin) -> list[str]:
    """Ids of the messages that a receiver got, in order."""
    return [asked.headers["webhook-id"] for asked in receiver.asked]
