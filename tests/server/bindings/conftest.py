from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from server.outgoing import AllowedHosts, Guard, OutgoingClient
from server.store import MemoryStore
from tests.server.bindings.world import World
from tests.server.outgoing.origin import Origin, serving


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def origin() -> Iterator[Origin]:
    """The source of the data, on 127.0.0.1."""
    with serving() as origin:
        yield origin


@pytest.fixture
async def client() -> AsyncIterator[OutgoingClient]:
    client = OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1"])))
    yield client
    await client.close()


@pytest.fixture
async def world(client: OutgoingClient, origin: Origin) -> AsyncIterator[World]:
    world = World(client, origin, MemoryStore(10_000_000))
    yield world
    await world.urls.close()
