"""The connection pool, and the thread pool that waits for it: nothing of SQL ever runs on the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from server.database.errors import DatabaseUnavailable
from server.errors import ConfigurationError

T = TypeVar("T")

_THREADS: Final = 4
_BUSY_SECONDS: Final = 10  # that a writer waits for another one
_MIGRATION_LOCK: Final = 0x5169_6E65_74  # any number that nobody else uses
_WRITES: Final = "signet_writes"


class Database:
    """Runs functions on a connection, each in a transaction of its own. One per server."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's: `sqlite:////path/file.db` or `postgresql+psycopg://user@host/name`.

        Raises:
            ConfigurationError: the URL can't be used; its password is not repeated.
        """
        self._url = _checked(url)
        self._engine = _make_engine(self._url)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="database")

    async def start(self) -> None:
        """Bring the tables to today's form; many processes may do so at once.

        Raises:
            ConfigurationError: no connection, or the database belongs to a newer version.
        """
        try:
            await self._in_thread(self._migrate)
        except CommandError as error:
            raise ConfigurationError(f"The database was made by a newer version of Signet: {error}.") from None
        except SQLAlchemyError as error:
            raise ConfigurationError(f"The database {self._url!r} can't be used: {_reason(error)}.") from None

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives. Tried twice, since a connection may have been lost. Raises DatabaseUnavailable."""
        try:
            return await self._in_thread(lambda: self._run(work, writes=False))
        except DatabaseUnavailable:
            return await self._in_thread(lambda: self._run(work, writes=False))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, committed to the disk when this returns; undone if it raises.

        Done again if somebody else has made the same record meanwhile: then it is there to be found.

        Raises:
            DatabaseUnavailable: nothing was changed, unless the connection broke during the commit itself.
        """
        try:
            return await self._in_thread(lambda: self._run(work, writes=True))
        except DatabaseUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
        return await self._in_thread(lambda: self._run(work, writes=True))

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._engine.dispose)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _run(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        try:
            with self._engine.connect().execution_options(**{_WRITES: writes}) as connection, connection.begin():
                return work(connection)
        except DBAPIError as error:
            raise DatabaseUnavailable(_reason(error)) from error

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", "server.database:migrations")
        with self._engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            if self._url.get_backend_name() == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@asynccontextmanager
async def open_database(url: str, data_dir: Path) -> AsyncIterator[Database]:
    """A started database; without a URL, SQLite in the data folder. Raises ConfigurationError."""
    database = Database(url or f"sqlite:///{(data_dir / 'signet.db').absolute()}")
    try:
        await database.start()
        yield database
    finally:
        await database.close()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("SIGNET_DATABASE_URL is no URL such as postgresql+psycopg://user@host/name.") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        message = f"SIGNET_DATABASE_URL: {parsed.drivername} is not known; use sqlite or postgresql+psycopg."
        raise ConfigurationError(message)
    return parsed


def _make_engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, pool_size=_THREADS, max_overflow=0, connect_args={"timeout": _BUSY_SECONDS})
            _prepare_sqlite(engine)
            return engine
        return create_engine(url, pool_size=_THREADS, max_overflow=0, pool_pre_ping=True, pool_timeout=_BUSY_SECONDS)
    except (ModuleNotFoundError, NoSuchModuleError):
        message = (
            'SIGNET_DATABASE_URL: PostgreSQL needs its driver; install it with pip install "signet-images[postgresql]".'
        )
        raise ConfigurationError(message) from None


def _prepare_sqlite(engine: Engine) -> None:
    """Durable and concurrent; transactions begin when SQLAlchemy says so, those that write with the write lock."""

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: SQLAlchemyError) -> str:
    """The driver's words, without SQL and its parameters."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(original).split())[:300]
