"""`signet edge` as a process: it becomes nginx, and so takes signals and ends as nginx does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from server.edge import free_loopback_address
from tests.edge.servers import START_SECONDS, Answer, ScriptedOrigin

COMMAND = [sys.executable, "-m", "server", "edge"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_serves_until_it_is_told_to_stop(origin: ScriptedOrigin, tmp_path: Path, ending: signal.Signals) -> None:
    origin.answers["/i/a.png"] = Answer(headers={"Cache-Control": "public, max-age=60"})
    listen = free_loopback_address()
    environment = os.environ | {"SIGNET_DATA_DIR": str(tmp_path / "var")}
    process = subprocess.Popen(
        [*COMMAND, "--listen", listen, "--origin", origin.address, "--no-gate"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert _get(f"http://{listen}/i/a.png", process).content == b"picture"
    finally:
        process.send_signal(ending)
        printed, errors = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0
    assert f"nginx listens on http://{listen}, in front of {origin.address}" in errors
    assert '"uri":"/i/a.png"' in printed
    assert (tmp_path / "var" / "edge" / "cache").is_dir()


def test_a_port_in_use_is_nginxs_own_message(origin: ScriptedOrigin, tmp_path: Path) -> None:
    environment = os.environ | {"SIGNET_DATA_DIR": str(tmp_path / "var")}
    command = [*COMMAND, "--listen", origin.address, "--origin", "127.0.0.1:1"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_SECONDS)
    assert result.returncode == 1
    assert f"bind() to {origin.address} failed (98: Address already in use)" in result.stderr


def _get(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            return httpx.get(url, trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.02)
    raise AssertionError("nginx did not start")
