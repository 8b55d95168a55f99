"""Databases of earlier versions become today's, with what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text

from server.database import open_database
from server.database.tables import DELIVERED, PUSHED


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "server.database:migrations")
    return config


def test_every_change_follows_one_other() -> None:
    assert len(ScriptDirectory.from_config(migrations()).get_heads()) == 1


@pytest.mark.anyio
async def test_what_was_pushed_to_the_first_version_is_kept(database_url: str, tmp_path: Path) -> None:
    engine, config = create_engine(database_url), migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO pushed VALUES ('t', 'b', 'k', 7, 'd', '[1]', 1.5)"))
        connection.execute(text("INSERT INTO delivered VALUES ('t', 'b', 'm', 1.5)"))
    engine.dispose()
    async with open_database(database_url, tmp_path) as database:
        rows = await database.read(lambda connection: connection.execute(select(PUSHED)).all())
        assert [tuple(row) for row in rows] == [("t", "b", "k", 7, "d", "[1]", 1.5)]
        assert await database.read(lambda connection: connection.execute(select(DELIVERED)).all()) == []
