"""Pushed data in the database: one record a key, with a version that counts its changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, select, update

from renderer import canonical_json
from renderer.expressions import Value, from_json
from server.clock import Clock
from server.database import Database
from server.database.tables import DELIVERED, PUSHED
from server.errors import BodyTooLarge
from server.pushed.errors import PushConflict
from server.pushed.merging import merged

LONGEST_KEY: Final = 200

_KEEP_MESSAGES: Final = 3600.0  # seconds; longer than a webhook's signature is accepted


@dataclass(frozen=True, slots=True)
class PushedRecord:
    """Data as it was pushed: its canonical JSON and the digest of it (hex). `version` counts from 1."""

    text: str
    version: int
    digest: str
    pushed_at: float

    @property
    def value(self) -> Value:
        """The data itself, read from its JSON each time: whoever knows the digest already has no need to."""
        return from_json(self.text, "data")

    @property
    def tag(self) -> str:
        """Its entity tag without quotation marks."""
        return f"{self.version}-{self.digest[:16]}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a push did: the record as it is now, and whether it is another than before.

    There is none if a webhook's message comes again whose data has been deleted since.
    """

    record: PushedRecord | None
    changed: bool
    created: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Whose data it is; `key` is empty for bindings without one."""

    template: str
    binding: str
    key: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """What names its row."""
        return {"template": self.template, "binding": self.binding, "key": self.key}

    def condition(self) -> ColumnElement[bool]:
        """The row of this record."""
        return and_(*(PUSHED.c[name] == value for name, value in self.columns.items()))


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be true of the record before it is changed.

    That its tag is among `match`, that it is not among `unless`, or that there is no record (`absent`).
    """

    match: tuple[str, ...] | None = None
    absent: bool = False
    unless: tuple[str, ...] = ()

    def check(self, record: PushedRecord | None) -> None:
        """Raises PushConflict."""
        if self.absent and record is not None:
            raise PushConflict("There is data already.")
        if self.match is not None and (record is None or not {"*", record.tag} & set(self.match)):
            raise PushConflict("The data is not what If-Match names; read it again and repeat the change.")
        if record is not None and record.tag in self.unless:
            raise PushConflict("The data is still what If-None-Match names.")


ALWAYS: Final = Condition()

# Made once: putting a query together takes as long as asking SQLite.
_FIND: Final = select(PUSHED.c.value, PUSHED.c.version, PUSHED.c.digest, PUSHED.c.pushed_at).where(
    *(column == bindparam(column.name) for column in (PUSHED.c.template, PUSHED.c.binding, PUSHED.c.key))
)
_FIND_TO_CHANGE: Final = _FIND.with_for_update()


class PushedData:
    """Reads and changes pushed data. Every process on the same database sees a change at its next read."""

    def __init__(self, database: Database, clock: Clock, max_bytes: int) -> None:
        """`max_bytes` is what one record may have as canonical JSON, also one that grows by merging."""
        self._database = database
        self._clock = clock
        self._max_bytes = max_bytes

    async def read(self, template: str, binding: str, key: str) -> PushedRecord | None:
        """The record; None if nothing was pushed. Raises DatabaseUnavailable."""
        if not is_key(key):
            return None
        place = Place(template, binding, key)
        return await self._database.read(lambda connection: _find(connection, place))

    async def replace(self, place: Place, value: Value, condition: Condition = ALWAYS, message: str = "") -> Change:
        """Put a value in the record's place; equal data changes nothing, not even the version.

        `message` is the id of a webhook's message; one that came before changes nothing, either.

        Raises:
            PushConflict, BodyTooLarge, DatabaseUnavailable.
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
            PushConflict, BodyTooLarge, DatabaseUnavailable, and what `check` raises.
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
            if message and _came_before(connection, place, message, now):
                return Change(old, changed=False)
            condition.check(old)
            text = canonical_json(make(old.value if old is not None else None))
            record = PushedRecord(text, old.version + 1 if old else 1, self._digest(text), now)
            if old is not None and old.digest == record.digest:
                return Change(old, changed=False)
            fields = {"version": record.version, "digest": record.digest, "value": text, "pushed_at": now}
            if old is None:
                connection.execute(insert(PUSHED).values(**place.columns, **fields))
            else:
                connection.execute(update(PUSHED).where(place.condition()).values(**fields))
            return Change(record, changed=True, created=old is None)

        return await self._database.write(work)

    def _digest(self, text: str) -> str:
        data = text.encode()
        if len(data) > self._max_bytes:
            raise BodyTooLarge(f"The data would have {len(data):,} bytes; at most {self._max_bytes:,} are kept.")
        return hashlib.sha256(data).hexdigest()


def is_key(text: str) -> bool:
    """Whether a record may have this key (or none, if it is empty): PostgreSQL stores no U+0000."""
    return len(text) <= LONGEST_KEY and "\0" not in text


def _find(connection: Connection, place: Place, *, for_update: bool = False) -> PushedRecord | None:
    row = connection.execute(_FIND_TO_CHANGE if for_update else _FIND, place.columns).first()
    return None if row is None else PushedRecord(row.value, row.version, row.digest, row.pushed_at)


def _came_before(connection: Connection, place: Place, message: str, now: float) -> bool:
    """Whether a message was applied already; it is noted as applied now."""
    connection.execute(delete(DELIVERED).where(DELIVERED.c.received_at < now - _KEEP_MESSAGES))
    row = place.columns | {"message": message}
    same = and_(*(DELIVERED.c[name] == value for name, value in row.items()))
    if connection.execute(select(DELIVERED.c.message).where(same)).first() is not None:
        return True
    connection.execute(insert(DELIVERED).values(**row, received_at=now))
    return False
