from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from server.outgoing import AllowedHosts, Guard, OutgoingClient
from tests.server.outgoing.origin import Origin, serving


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A server on 127.0.0.1."""
    with serving() as origin:
        yield origin


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[OutgoingClient]:
    """A client to which 127.0.0.1 is admitted, and nothing else beside the public internet."""
    client = OutgoingClient(Guard(AllowedHosts.parse(["127.0.0.1"])))
    yield client
    await client.close()
