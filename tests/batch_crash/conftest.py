"""Deployments of each kind. Every test has its own, and PostgreSQL too: it is killed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.batch_crash.accounts import Client
from tests.batch_crash.deployments import running_deployment
from tests.databases import postgresql_programs, running_postgresql

ROUNDS = int(os.environ.get("SIGNET_CRASH_ROUNDS", "3"))
SEED = int(os.environ.get("SIGNET_CRASH_SEED", "1"))


@pytest.fixture
def draw() -> random.Random:
    """What happens and when; another seed is another course of events."""
    return random.Random(SEED)  # noqa: S311 - draws moments, not secrets


@pytest.fixture
def rounds() -> int:
    """How often something is killed."""
    return ROUNDS


@pytest.fixture
def client(tmp_path: Path, draw: random.Random) -> Iterator[Client]:
    """Whoever asks the embedded engine on SQLite."""
    with running_deployment(tmp_path, None, draw) as deployment, closing(Client(deployment)) as client:
        yield client


@pytest.fixture(params=["embedded engine on SQLite", "embedded engine on PostgreSQL"])
def any_client(request: pytest.FixtureRequest, tmp_path: Path, draw: random.Random) -> Iterator[Client]:
    """Whoever asks every kind of deployment."""
    if request.param.endswith("SQLite"):
        yield request.getfixturevalue("client")
        return
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL (Debian: postgresql) is not installed")
    with (
        running_postgresql(programs) as database,
        running_deployment(tmp_path, database, draw) as deployment,
        closing(Client(deployment)) as client,
    ):
        yield client
