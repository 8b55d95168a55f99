"""Servers that take pushed data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.api.shop import running_shop
from tests.server.conftest import STOCK_SECRET
from tests.server.live_server import LiveServer


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    monkeypatch.setenv("SIGNET_SECRET_STOCK", STOCK_SECRET)
    with running_shop(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def closed_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """For what is refused, so that nothing changes."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SIGNET_SECRET_STOCK", STOCK_SECRET)
        with running_shop(tmp_path_factory.mktemp("shop")) as server:
            yield server
