"""The database room over SQLite and PostgreSQL: migrations, transactions, and what happens when it fails."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, select, text

from server.database import METADATA, Database, DatabaseUnavailable, open_database
from server.database.tables import PUSHED
from server.errors import ConfigurationError
from tests.databases import PostgreSQL


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(database_url, tmp_path) as opened:
        yield opened


class RefusalError(Exception):
    """Something that only this test raises."""


def note(connection: Connection, message: str) -> None:
    row = {"template": "t", "binding": "b", "key": message}
    connection.execute(insert(PUSHED).values(**row, version=1, digest="", value="null", pushed_at=1.0))


def start_note(database: Database, number: int) -> asyncio.Future[None]:
    return asyncio.ensure_future(database.write(lambda connection: note(connection, f"{number:02d}")))


def messages(connection: Connection) -> list[str]:
    return list(connection.scalars(select(PUSHED.c.key).order_by(PUSHED.c.key)))


@pytest.mark.anyio
async def test_the_migrations_make_the_tables_that_are_declared(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    assert await database.read(differences) == []


@pytest.mark.anyio
async def test_what_is_written_stays_and_what_fails_is_undone(database: Database) -> None:
    await database.write(lambda connection: note(connection, "one"))

    def failing(connection: Connection) -> None:
        note(connection, "two")
        raise RefusalError

    with pytest.raises(RefusalError):
        await database.write(failing)
    assert await database.read(messages) == ["one"]


@pytest.mark.anyio
async def test_writers_at_the_same_time_all_get_their_turn(database: Database) -> None:
    await asyncio.gather(*(start_note(database, n) for n in range(40)))
    assert len(await database.read(messages)) == 40


def test_many_processes_may_start_on_an_empty_database(database_url: str) -> None:
    program = (
        "import asyncio, sys; from server.database import Database\n"
        "async def main():\n"
        "    database = Database(sys.argv[1]); await database.start(); await database.close()\n"
        "asyncio.run(main())"
    )
    started = [subprocess.Popen([sys.executable, "-c", program, database_url]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4


@pytest.mark.anyio
async def test_a_database_of_a_newer_version_is_left_alone(database_url: str, tmp_path: Path) -> None:
    async with open_database(database_url, tmp_path):
        pass
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="newer version"):
        async with open_database(database_url, tmp_path):
            pass


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "is no URL"),
        ("mysql://u:p4ssw0rd@h/d", "mysql is not known"),
        ("postgresql://u:p4ssw0rd@127.0.0.1:1/d", "can't be used"),
        ("postgresql://u:p4ssw0rd@127.0.0.1:port/d", "is no URL"),
        ("sqlite:////proc/nowhere/signet.db", "can't be used"),
        ("sqlite://", "must not be lost"),
        ("sqlite:///:memory:", "must not be lost"),
        ("sqlite:////tmp/x.db?mode=ro", "no parameters"),
    ],
)
async def test_a_database_that_can_not_be_opened(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        async with open_database(url, tmp_path):
            pass
    assert "p4ssw0rd" not in str(caught.value)


def test_without_its_driver_postgresql_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"signet-images\[postgresql\]"):
        Database("postgresql+psycopg://u@127.0.0.1/d")


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "signet.db").write_bytes(b"something else entirely, and long enough" * 50)
    with pytest.raises(ConfigurationError, match="not a database"):
        async with open_database("", tmp_path):
            pass


@pytest.mark.anyio
async def test_without_a_url_it_is_a_file_of_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new?" / "100%"  # no part of which may be taken for that of a URL
    async with open_database("", folder):
        assert (folder / "signet.db").is_file()


@pytest.mark.anyio
async def test_reads_do_not_wait_for_those_who_write(database: Database) -> None:
    begun, release = threading.Event(), threading.Event()

    def slowly(connection: Connection) -> None:
        note(connection, "slow")
        begun.set()
        assert release.wait(20)

    writers = [asyncio.ensure_future(database.write(slowly)), *(start_note(database, n) for n in range(8))]
    await asyncio.to_thread(begun.wait, 20)
    assert "slow" not in await database.read(messages)
    release.set()
    await asyncio.gather(*writers)
    assert len(await database.read(messages)) == 9


@pytest.mark.anyio
async def test_a_connection_that_is_lost_is_made_anew(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.new_database("lost")
    async with open_database(url, tmp_path) as database:
        await database.write(lambda connection: note(connection, "1"))
        postgresql.disconnect("lost")
        assert await database.read(messages) == ["1"]
        postgresql.disconnect("lost")
        await database.write(lambda connection: note(connection, "2"))
        assert await database.read(messages) == ["1", "2"]


@pytest.mark.anyio
async def test_a_connection_that_is_lost_while_it_writes_is_made_anew(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url, tries = postgresql.new_database("lost"), []

    def work(connection: Connection) -> None:
        note(connection, "1")
        tries.append(1)
        if len(tries) == 1:
            postgresql.disconnect("lost")
            note(connection, "2")

    async with open_database(url, tmp_path) as database:
        await database.write(work)
        assert (len(tries), await database.read(messages)) == (2, ["1"])


@pytest.mark.anyio
async def test_a_commit_whose_answer_was_lost_is_not_repeated(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url, tries = postgresql.new_database("lost"), []

    def work(connection: Connection) -> None:
        note(connection, "1")
        tries.append(1)
        postgresql.disconnect("lost")

    async with open_database(url, tmp_path) as database:
        with pytest.raises(DatabaseUnavailable):
            await database.write(work)
        assert len(tries) == 1


@pytest.mark.anyio
async def test_a_database_that_is_gone_is_unavailable_with_a_time_to_come_back(tmp_path: Path) -> None:
    async with open_database("", tmp_path) as database:
        with pytest.raises(DatabaseUnavailable) as caught:
            await database.read(lambda connection: connection.execute(text("SELECT * FROM nowhere")))
    assert (caught.value.status, caught.value.retry_after) == (503, 2)
    assert "nowhere" not in caught.value.message


@pytest.mark.anyio
async def test_a_database_that_hangs_costs_one_reader_its_patience(postgresql: PostgreSQL) -> None:
    database = Database(postgresql.new_database("hangs"), read_seconds=0.2)
    await database.start()
    [backend] = await database.read(lambda c: list(c.scalars(text("SELECT pg_backend_pid()"))))
    stopped = [backend, postgresql.process.pid]
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseUnavailable) as first:
            await database.read(messages)
        with pytest.raises(DatabaseUnavailable) as second:
            await database.read(messages)
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    assert "no answer within" in first.value.log_message
    assert "earlier question" in second.value.log_message
    for _ in range(400):  # until somebody probes
        try:
            found = await database.read(messages)
            break
        except DatabaseUnavailable:
            await asyncio.sleep(0.05)
    await database.close()
    assert found == []
