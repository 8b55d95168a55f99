"""The connection pool, prepared for either kind of database."""

from __future__ import annotations

import sqlite3
import time
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import NoSuchModuleError

from server.errors import ConfigurationError

WRITES: Final = "signet_writes"
"""The execution option of connections that are going to write."""

_BUSY_SECONDS: Final = 10  # that a writer waits for one of another process
_BUSY_PAUSE_SECONDS: Final = 0.02

# A server that is unplugged is noticed within half a minute, in place of the kernel's two hours.
_POSTGRESQL: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "signet",
}


def make_engine(url: URL, connections: int) -> Engine:
    """An engine with at most so many connections. Raises ConfigurationError without PostgreSQL's driver."""
    if url.get_backend_name() == "sqlite":
        busy = {"timeout": _BUSY_SECONDS}
        engine = create_engine(url, pool_size=connections, max_overflow=0, connect_args=busy, hide_parameters=True)
        _prepare_sqlite(engine)
        return engine
    url = url.set(query=_POSTGRESQL | dict(url.query))
    try:
        return create_engine(url, pool_size=connections, max_overflow=0, hide_parameters=True)
    except (ModuleNotFoundError, NoSuchModuleError):
        message = (
            'SIGNET_DATABASE_URL: PostgreSQL needs its driver; install it with pip install "signet-images[postgresql]".'
        )
        raise ConfigurationError(message) from None


def reading_engine(engine: Engine) -> Engine:
    """The same connections for single statements that only read: one exchange with PostgreSQL in place of three."""
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")


def _prepare_sqlite(engine: Engine) -> None:
    """Durable and concurrent; transactions begin when SQLAlchemy says so, those that write with the write lock."""

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Journal by write-ahead log. SQLite does not wait by itself where several processes ask for it at once."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_PAUSE_SECONDS)
        else:
            return
