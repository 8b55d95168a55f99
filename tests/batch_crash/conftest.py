"""Deployments of each kind. Every test has its own, and PostgreSQL too: it is killed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from loadtests.receiver import Receiver, receiving
from tests.batch_crash.accounts import Client
from tests.batch_crash.deployments import running_deployment
from tests.brokers import redis_program, running_redis
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
def receiver() -> Iterator[Receiver]:
    """Whoever gets webhooks; nobody kills that one."""
    with receiving() as running:
        yield running


@pytest.fixture
def client(tmp_path: Path, draw: random.Random, receiver: Receiver) -> Iterator[Client]:
    """Whoever asks the embedded engine on SQLite."""
    with running_deployment(tmp_path, draw) as deployment, closing(Client(deployment, receiver)) as client:
        yield client


@pytest.fixture(params=["embedded-sqlite", "embedded-postgresql", "celery"])
def any_client(
    request: pytest.FixtureRequest, tmp_path: Path, draw: random.Random, receiver: Receiver
) -> Iterator[Client]:
    """Whoever asks every kind of deployment."""
    with ExitStack() as stack:
        database = redis = None
        if request.param != "embedded-sqlite":
            programs = postgresql_programs()
            if programs is None:
                pytest.skip("PostgreSQL (Debian: postgresql) is not installed")
            database = stack.enter_context(running_postgresql(programs))
        if request.param == "celery":
            if redis_program() is None:
                pytest.skip("Redis (Debian: redis-server) is not installed")
            redis = stack.enter_context(running_redis())
        deployment = stack.enter_context(running_deployment(tmp_path, draw, database, redis))
        yield stack.enter_context(closing(Client(deployment, receiver)))
