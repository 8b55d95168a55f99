"""A storage that all tests of exports share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.batch.export.storages import S3, running_s3


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def running() -> Iterator[S3]:
    with running_s3() as s3:
        yield s3


@pytest.fixture
def s3(running: S3) -> S3:
    """With an empty bucket."""
    running.empty()
    return running


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where operators put them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests")
