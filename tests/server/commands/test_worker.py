"""`signet worker`: what keeps it from starting. What it does is tried in tests/server/batch/test_engines.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.commands.conftest import Run
from tests.server.live_server import PATIENCE, REPOSITORY

USUAL = {
    "SIGNET_BATCH_ENGINE": "celery",
    "SIGNET_DATABASE_URL": "postgresql+psycopg://signet:hidden@127.0.0.1:1/signet",
    "SIGNET_CELERY_BROKER": "redis://127.0.0.1:1/0",
}


def test_a_worker_says_what_to_set(run: Run) -> None:
    result = run("worker")
    assert result.exit_code == 1
    assert "SIGNET_BATCH_ENGINE=celery, SIGNET_DATABASE_URL and SIGNET_CELERY_BROKER" in result.output


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SIGNET_DATABASE_URL": ""}, "SIGNET_DATABASE_URL"),
        ({"SIGNET_CELERY_BROKER": ""}, "SIGNET_CELERY_BROKER"),
        ({"SIGNET_CELERY_BROKER": "amqp://user:hidden@host"}, "SIGNET_CELERY_BROKER"),
    ],
)
def test_a_worker_does_not_start_without_what_it_needs(
    run: Run, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], named: str
) -> None:
    for name, value in (USUAL | changed).items():
        monkeypatch.setenv(name, value)
    result = run("worker")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert named in result.output
    assert "hidden" not in result.output


def test_a_database_that_is_away_ends_the_attempt(environment: Path) -> None:
    # A process of its own: it configures the logs.
    command = [sys.executable, "-m", "server", "worker", "--renderers", "1"]
    surroundings = os.environ | USUAL | {"PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(command, cwd=environment, env=surroundings, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("Error: The database postgresql+psycopg://signet:***@127.0.0.1:1/signet can't be used: ")


def test_nobody_else_loads_what_workers_need() -> None:
    code = "import sys, server.app; print([name for name in ('celery', 'kombu', 'redis') if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
