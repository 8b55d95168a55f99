"""The outbox in the ledger: what is to be sent, who sends it, what came of it. Every method is one transaction.

A delivery is held for one attempt, for as long as that may take, and fenced by a generation: whoever holds one that
somebody else has taken since can't say any more what came of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, insert, literal, not_, or_, select, update

from server.batch.deliveries.addresses import normal_address, origin_of
from server.batch.deliveries.errors import UnknownDelivery
from server.batch.deliveries.payload import MOST_ROWS, payload_text
from server.batch.deliveries.records import Attempt, Delivery, DeliveryState, Held, delivery_of, log_with
from server.batch.deliveries.schedule import SCHEDULE, longest_pause, pause_after
from server.batch.records import Job, row_of
from server.clock import Clock
from server.database import Database
from server.database.tables import BATCH_DELIVERIES, BATCH_ROWS

LEASE_SECONDS: Final = 30.0
"""How long a delivery is held: longer than an attempt takes, and the note of what came of it."""

_SKEW_SECONDS: Final = 60.0  # by which clocks of several servers may differ
_NEVER: Final = 0.0  # `next_at` of what is not to be sent
_GONE: Final = 410

_TABLE: Final = BATCH_DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Load:
    """What one server is sending: the origin of each delivery by its id; how many at once, and of one origin.

    `silent` are origins that have not answered lately: one message at once to each, and `most_silent` to all of them.
    """

    running: Mapping[str, str]
    most: int
    most_of_one: int
    silent: Collection[str] = ()
    most_silent: int = 0

    @property
    def room(self) -> int:
        """How many more may be sent."""
        return self.most - len(self.running)

    @property
    def full(self) -> list[str]:
        """The origins to which nothing more may be sent now."""
        count = Counter(self.running.values())
        if sum(count[origin] for origin in self.silent) >= self.most_silent:
            return list({*self.silent, *(origin for origin, running in count.items() if running >= self.most_of_one)})
        return [
            origin for origin, running in count.items() if running >= (1 if origin in self.silent else self.most_of_one)
        ]


def message_id(batch: str, run: int, event: str) -> str:
    """The id of a message: the same whenever it is asked for, since an event happens once in a run of a batch."""
    return f"msg_{hashlib.sha256(f'{batch}/{run}/{event}'.encode()).hexdigest()[:32]}"


def enqueue(connection: Connection, job: Job, event: str, document: Mapping[str, Any], now: float) -> str | None:
    """Put a message about an event into the outbox, in the transaction in which it happens. Its id.

    `document` is the job as JSON after the event. Nothing is put in twice, and nothing for a job without a
    `webhook_url`, which gives None. If the receiver has answered 410 to an earlier message, this one is not sent.
    """
    if job.options.webhook_url is None:
        return None
    identity, url = message_id(job.id, job.run, event), normal_address(job.options.webhook_url)
    if connection.execute(select(_TABLE.id).where(_TABLE.id == identity)).first() is not None:
        return identity
    banned = connection.execute(select(_TABLE.id).where(_of_receiver(job.id, url), _TABLE.state == "disabled")).first()
    query = select(BATCH_ROWS).where(BATCH_ROWS.c.batch == job.id, BATCH_ROWS.c.status == "failed")
    failed = [row_of(row) for row in connection.execute(query.order_by(BATCH_ROWS.c.number).limit(MOST_ROWS))]
    connection.execute(
        insert(BATCH_DELIVERIES).values(
            id=identity,
            batch=job.id,
            event=event,
            url=url,
            payload=payload_text(event, document, failed, now),
            state="pending" if banned is None else "disabled",
            attempts=0,
            generation=0,
            next_at=now if banned is None else _NEVER,
            leased_until=0.0,
            created_at=now,
            log="[]",
        )
    )
    return identity


class Outbox:
    """Deliveries of one database. All methods may raise DatabaseUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, batch: str) -> list[Delivery]:
        """All deliveries of a batch in the order of their events."""
        query = select(BATCH_DELIVERIES).where(_TABLE.batch == batch).order_by(_TABLE.created_at, _TABLE.id)
        return await self._database.read(lambda c: [delivery_of(row) for row in c.execute(query)])

    async def redeliver(self, batch: str, delivery: str) -> Delivery:
        """Send a message at once, whatever became of it; what is being sent at this moment is sent once.

        A receiver that had answered 410 gets later messages again. Raises UnknownDelivery.
        """

        def work(connection: Connection) -> Delivery:
            mine = and_(_TABLE.id == delivery, _TABLE.batch == batch)
            found = connection.execute(select(BATCH_DELIVERIES).where(mine).with_for_update()).first()
            if found is None:
                raise UnknownDelivery(f"The batch {batch} has no delivery {delivery[:40]}.")
            connection.execute(update(BATCH_DELIVERIES).where(mine).values(state="pending", next_at=self._clock()))
            others = and_(_of_receiver(batch, found.url), _TABLE.state == "disabled")
            connection.execute(update(BATCH_DELIVERIES).where(others).values(state="failed"))
            return delivery_of(connection.execute(select(BATCH_DELIVERIES).where(mine)).one())

        return await self._database.write(work)

    # ------------------------------------------------------------------ what deliverers do

    async def is_due(self, load: Load) -> bool:
        """Whether there is something that may be sent now. Cheap enough to be asked every second."""
        query = select(_TABLE.id).where(_may_be_sent(load, self._clock())).limit(1)
        return await self._database.read(lambda c: c.execute(query).first() is not None)

    async def lease(self, load: Load) -> list[Held]:
        """Take what is due, as much as there is room for; nobody else sends it meanwhile."""

        def work(connection: Connection) -> list[Held]:
            now = self._clock()
            query = select(BATCH_DELIVERIES).where(_may_be_sent(load, now)).order_by(_TABLE.next_at, _TABLE.id)
            running, held = dict(load.running), []
            for row in connection.execute(query.limit(load.room).with_for_update(skip_locked=True)):
                origin = origin_of(row.url)
                if origin not in replace(load, running=running).full:
                    running[row.id] = origin
                    numbers = (row.attempts + 1, row.generation + 1)
                    held.append(Held(row.id, row.batch, row.event, row.url, row.payload, *numbers))
            taken = update(BATCH_DELIVERIES).where(_TABLE.id.in_([each.id for each in held]))
            counted = {"attempts": _TABLE.attempts + 1, "generation": _TABLE.generation + 1}
            connection.execute(taken.values(**counted, leased_until=now + LEASE_SECONDS))
            return held

        return await self._database.write(work)

    async def finish(self, held: Held, attempt: Attempt, retry_after: float = 0.0) -> DeliveryState | None:
        """Note what came of an attempt. The new state; None if somebody else has taken it since, or it is forgotten."""

        def work(connection: Connection) -> DeliveryState | None:
            query = select(_TABLE.log, _TABLE.state).where(_still_held(held)).with_for_update()
            found = connection.execute(query).first()
            if found is None:
                return None
            pause = pause_after(held.id, held.attempts, retry_after)
            state: DeliveryState = "failed"
            if attempt.accepted:
                state = "delivered"
            elif attempt.status == _GONE or found.state == "disabled":
                state = "disabled"
            elif pause is not None:
                state = "pending"
            next_at = self._clock() + pause if state == "pending" and pause is not None else _NEVER
            columns = {"state": state, "next_at": next_at, "leased_until": 0.0, "log": log_with(found.log, attempt)}
            connection.execute(update(BATCH_DELIVERIES).where(_still_held(held)).values(**columns))
            if attempt.status == _GONE:
                others = and_(_of_receiver(held.batch, held.url), _TABLE.state == "pending")
                ended = update(BATCH_DELIVERIES).where(others).values(state="disabled", next_at=_NEVER)
                connection.execute(ended)
            return state

        return await self._database.write(work)

    async def release(self, held: Held) -> None:
        """Give a delivery back as if it had not been tried."""
        back = {"attempts": held.attempts - 1, "leased_until": 0.0}
        await self._database.write(
            lambda c: c.execute(update(BATCH_DELIVERIES).where(_still_held(held)).values(**back))
        )


def _still_held(held: Held) -> ColumnElement[bool]:
    return and_(_TABLE.id == held.id, _TABLE.generation == held.generation)


def _of_receiver(batch: str, url: str) -> ColumnElement[bool]:
    return and_(_TABLE.batch == batch, _TABLE.url == url)


def _may_be_sent(load: Load, now: float) -> ColumnElement[bool]:
    return and_(
        _TABLE.state == "pending",
        # What has ended has 0 here, so that the index leads past everything that was ever sent.
        _TABLE.next_at > _NEVER,
        _is_due(now),
        _TABLE.id.not_in(list(load.running)),
        *(not_(_is_of(origin)) for origin in load.full),
    )


def _is_due(now: float) -> ColumnElement[bool]:
    """Its time has come, and nobody holds it.

    Times that are further away than any pause lasts were set before a clock was put back: they have come, too.
    """
    pauses = {attempts: longest_pause(attempts) + _SKEW_SECONDS for attempts in range(len(SCHEDULE))}
    longest = case(pauses, value=_TABLE.attempts, else_=literal(longest_pause(len(SCHEDULE)) + _SKEW_SECONDS))
    free = or_(_TABLE.leased_until <= now, _TABLE.leased_until > now + LEASE_SECONDS + _SKEW_SECONDS)
    return and_(free, or_(_TABLE.next_at <= now, _TABLE.next_at - longest > now))


def _is_of(origin: str) -> ColumnElement[bool]:
    return or_(_TABLE.url == origin, *(_TABLE.url.startswith(origin + end, autoescape=True) for end in "/?"))
