"""Pushed data in the database: one record a key, with a version that counts its changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from renderer import canonical_json
from renderer.expressions import Value, from_json
from server.clock import Clock
from server.database import Database
from server.database.tables import DELIVERED, PUSHED
from server.pushed.errors import PushConflict
from server.pushed.merging import merged

_KEEP_MESSAGES: Final = 3600.0  # seconds; longer than a webhook's signature is accepted


@dataclass(frozen=True, slots=True)
class PushedRecord:
    """Data as it was pushed. `digest` (hex) is that of its canonical JSON, `version` counts from 1."""

    value: Value
    version: int
    digest: str
    pushed_at: float

    @property
    def tag(self) -> str:
        """Its entity tag without quotation marks."""
        return f"{self.version}-{self.digest[:16]}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a push did: the record as it is now, and whether it is another than before."""

    record: PushedRecord
    changed: bool
    created: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Whose data it is; `key` is empty for bindings without one."""

    template: str
    binding: str
    key: str = ""

    def condition(self) -> ColumnElement[bool]:
        """The row of this record."""
        return and_(PUSHED.c.template == self.template, PUSHED.c.binding == self.binding, PUSHED.c.key == self.key)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be true of the record before it is changed: its tag (`match`), or that there is none (`absent`)."""

    match: tuple[str, ...] | None = None
    absent: bool = False

    def check(self, record: PushedRecord | None) -> None:
        """Raises PushConflict."""
        if self.absent and record is not None:
            raise PushConflict("There is data already.")
        if self.match is not None and (record is None or not {"*", record.tag} & set(self.match)):
            raise PushConflict("The data is not what If-Match names; read it again and repeat the change.")


ALWAYS: Final = Condition()


class PushedData:
    """Reads and changes pushed data. Every process on the same database sees a change at its next read."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self, template: str, binding: str, key: str) -> PushedRecord | None:
        """The record; None if nothing was pushed. Raises DatabaseUnavailable."""
        place = Place(template, binding, key)
        return await self._database.read(lambda connection: _find(connection, place))

    async def replace(self, place: Place, value: Value, condition: Condition = ALWAYS, message: str = "") -> Change:
        """Put a value in the record's place; equal data changes nothing, not even the version.

        `message` is the id of a webhook's message; one that came before changes nothing, either.

        Raises:
            PushConflict, DatabaseUnavailable.
        """
        return await self._change(place, lambda _: value, condition, message)

    async def merge(
        self,
        place: Place,
        patch: Value,
        check: Callable[[Value], None],
        condition: Condition = ALWAYS,
        message: str = "",
    ) -> Change:
        """Merge a patch (RFC 7396) into what is there. `check` may refuse the result, and then nothing is changed.

        Raises:
            PushConflict, DatabaseUnavailable, and what `check` raises.
        """

        def make(old: Value) -> Value:
            value = merged(old, patch)
            check(value)
            return value

        return await self._change(place, make, condition, message)

    async def delete(self, place: Place, condition: Condition = ALWAYS) -> bool:
        """Forget the record; whether there was one. Raises PushConflict, DatabaseUnavailable."""

        def work(connection: Connection) -> bool:
            condition.check(_find(connection, place, for_update=True))
            return connection.execute(delete(PUSHED).where(place.condition())).rowcount > 0

        return await self._database.write(work)

    async def _change(self, place: Place, make: Callable[[Value], Value], condition: Condition, message: str) -> Change:
        now = self._clock()

        def work(connection: Connection) -> Change:
            old = _find(connection, place, for_update=True)
            if message and _came_before(connection, place, message, now) and old is not None:
                return Change(old, changed=False)
            condition.check(old)
            value = make(old.value if old is not None else None)
            text = canonical_json(value)
            record = PushedRecord(value, old.version + 1 if old else 1, _digest(text), now)
            if old is not None and old.digest == record.digest:
                return Change(old, changed=False)
            fields = {"version": record.version, "digest": record.digest, "value": text, "pushed_at": now}
            if old is None:
                keys = {"template": place.template, "binding": place.binding, "key": place.key}
                connection.execute(insert(PUSHED).values(**keys, **fields))
            else:
                connection.execute(update(PUSHED).where(place.condition()).values(**fields))
            return Change(record, changed=True, created=old is None)

        return await self._database.write(work)


def _find(connection: Connection, place: Place, *, for_update: bool = False) -> PushedRecord | None:
    query = select(PUSHED.c.value, PUSHED.c.version, PUSHED.c.digest, PUSHED.c.pushed_at).where(place.condition())
    row = connection.execute(query.with_for_update() if for_update else query).first()
    return (
        None
        if row is None
        else PushedRecord(from_json(row.value, place.binding), row.version, row.digest, row.pushed_at)
    )


def _came_before(connection: Connection, place: Place, message: str, now: float) -> bool:
    """Whether a message was applied already; it is noted as applied now."""
    connection.execute(delete(DELIVERED).where(DELIVERED.c.received_at < now - _KEEP_MESSAGES))
    same = and_(
        DELIVERED.c.template == place.template, DELIVERED.c.binding == place.binding, DELIVERED.c.message == message
    )
    if connection.execute(select(DELIVERED.c.message).where(same)).first() is not None:
        return True
    connection.execute(
        insert(DELIVERED).values(template=place.template, binding=place.binding, message=message, received_at=now)
    )
    return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
