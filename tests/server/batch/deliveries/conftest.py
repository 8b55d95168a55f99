from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.database import Database, open_database
from server.outgoing import AllowedHosts, Guard, OutgoingClient
from tests.server.batch.deliveries.post_office import PostOffice, WallClock
from tests.server.database.conftest import database_url
from tests.server.outgoing.origin import Origin, serving

__all__ = ["database_url"]  # a fixture


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def receiver() -> Iterator[Origin]:
    """A server on 127.0.0.1 that gets webhooks."""
    with serving() as origin:
        yield origin


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of either kind."""
    async with open_database(database_url, tmp_path) as database:
        yield database


@pytest.fixture
async def client() -> AsyncIterator[OutgoingClient]:
    """A client to which 127.0.0.1 is admitted, and nothing else beside the public internet."""
    client = OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1"])))
    yield client
    await client.close()


@pytest.fixture
def office(database: Database, client: OutgoingClient, clock: WallClock) -> PostOffice:
    return PostOffice(database, client, clock)
