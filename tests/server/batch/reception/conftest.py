"""A desk that takes uploads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.batch.reception.desk import Desk


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
