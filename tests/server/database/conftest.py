"""Both kinds of database, each empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgreSQL, postgresql_programs, running_postgresql


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL for the session."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL (Debian: postgresql) is not installed")
    with running_postgresql(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'signet.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database("one")
