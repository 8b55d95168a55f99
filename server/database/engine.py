"""The database of one server, and the threads that wait for it: nothing of SQL ever runs on the event loop.

SQLAlchemy's own asyncio engine is not used: for SQLite it is a thread as well, with more hops for each statement (a
read takes 0.2 ms here), and the functions that run here may be tried in any plain script.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from server.database.connections import WRITES, make_engine, reading_engine
from server.database.errors import DatabaseUnavailable
from server.database.stalls import Patience
from server.database.urls import checked_url
from server.errors import ConfigurationError

T = TypeVar("T")

_READERS: Final = 4
_WRITERS: Final = 4
_SQLITE_WRITERS: Final = 1  # it has one write lock: others would wait for it, and not in the order they came
_READ_SECONDS: Final = 3.0  # pictures wait for it, and have older data to fall back on
_WRITE_SECONDS: Final = 30.0
_MIGRATION_LOCK: Final = 0x5169_6E65_74  # any number that nobody else uses
_CONFLICTS: Final = ("40001", "40P01")  # SQLSTATE of a serialization failure and of a deadlock


class Database:
    """Runs functions on a connection, each in a transaction of its own. One per server.

    Reads have threads of their own, so that they never wait behind those who wait for a lock.
    """

    def __init__(self, url: str | URL, read_seconds: float = _READ_SECONDS) -> None:
        """`url` is SQLAlchemy's: `sqlite:////path/file.db` or `postgresql+psycopg://user@host/name`.

        Raises:
            ConfigurationError: the URL can't be used; its password is not repeated.
        """
        self._url = checked_url(url)
        writers = _SQLITE_WRITERS if self._url.get_backend_name() == "sqlite" else _WRITERS
        self._engine = make_engine(self._url, _READERS + writers)
        self._reading = reading_engine(self._engine)
        self._writing = self._engine.execution_options(**{WRITES: True})
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="database-read")
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="database-write")
        self._patience = Patience(read_seconds)

    async def start(self) -> None:
        """Bring the tables to today's form; many processes may do so at once.

        Raises:
            ConfigurationError: no connection, or the database belongs to a newer version.
        """
        try:
            await asyncio.get_running_loop().run_in_executor(self._writers, self._migrate)
        except CommandError as error:
            raise ConfigurationError(f"The database was made by a newer version of Signet: {error}.") from None
        except SQLAlchemyError as error:
            raise ConfigurationError(f"The database {self._url} can't be used: {_reason(error)}.") from None

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, which is one statement, since there is no transaction around it.

        It is run again if the connection was lost.

        Raises:
            DatabaseUnavailable: after a few seconds at most.
        """
        self._patience.check()
        loop = asyncio.get_running_loop()
        return await self._patience.wait_for(loop.run_in_executor(self._readers, self._read, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, committed to the disk when this returns; undone if it raises.

        It is run again if the connection was lost before the commit, or if another one came in between: who has made
        the same record, which then is there to be found.

        Raises:
            DatabaseUnavailable: nothing was changed, unless the connection was lost, or time ran out, while the
                change was being committed.
        """
        answer = asyncio.get_running_loop().run_in_executor(self._writers, self._write, work)
        try:
            async with asyncio.timeout(_WRITE_SECONDS):
                return await answer
        except TimeoutError:
            raise DatabaseUnavailable(f"nothing was written within {_WRITE_SECONDS:g} seconds") from None

    async def close(self) -> None:
        """Let those finish who have begun, and close all connections."""
        for threads in (self._readers, self._writers):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._engine.dispose)

    def _read(self, work: Callable[[Connection], T]) -> T:
        def once() -> T:
            with self._reading.connect() as connection:
                return work(connection)

        return _twice(once, lambda error: error.connection_invalidated)

    def _write(self, work: Callable[[Connection], T]) -> T:
        committing = False

        def once() -> T:
            nonlocal committing
            with self._writing.begin() as connection:
                result = work(connection)
                committing = True
            return result

        # A commit whose answer was lost may have been done.
        return _twice(once, lambda error: _is_conflict(error) or (error.connection_invalidated and not committing))

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", "server.database:migrations")
        with self._writing.begin() as connection:
            if self._url.get_backend_name() == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@asynccontextmanager
async def open_database(url: str, data_dir: Path) -> AsyncIterator[Database]:
    """A started database; without a URL, SQLite in the data folder. Raises ConfigurationError."""
    if not url:
        await asyncio.to_thread(data_dir.mkdir, parents=True, exist_ok=True)
    database = Database(url or URL.create("sqlite", database=str((data_dir / "signet.db").absolute())))
    try:
        await database.start()
        yield database
    finally:
        await database.close()


def _twice(once: Callable[[], T], is_passing: Callable[[DBAPIError], bool]) -> T:
    """What `once` gives, at the second time if the first failed for a passing reason. Raises DatabaseUnavailable."""
    try:
        return once()
    except DBAPIError as error:
        if not is_passing(error):
            raise _unavailable(error) from None
    try:
        return once()
    except DBAPIError as error:
        raise _unavailable(error) from None


def _unavailable(error: DBAPIError) -> DatabaseUnavailable:
    """One line for the log; where in this program the database was asked tells nothing."""
    return DatabaseUnavailable(f"the database fails: {_reason(error)}")


def _is_conflict(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _CONFLICTS


def _reason(error: SQLAlchemyError) -> str:
    """The driver's words, without SQL and its parameters."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(original).split())[:300]
