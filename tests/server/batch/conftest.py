"""Servers that render batches themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.batch.machines import Works, embedded_works


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[Works]:
    """One for all tests that break nothing."""
    with embedded_works(tmp_path_factory.mktemp("embedded"), live_templates) as works:
        yield works
