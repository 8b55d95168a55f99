"""Both kinds of database, each empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import PostgreSQL


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'signet.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database("one")
