"""`signet serve` as a process of its own: what it prints, what stops it, and what keeps it from starting."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.live_server import PATIENCE

COMMAND = [sys.executable, "-m", "server", "serve", "--renderers", "1"]


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=PATIENCE)


@contextmanager
def serving(environment: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The running command and what it printed, by the word in front of it."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments],
        cwd=environment,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        printed = dict(re.findall(r"(listens on|gallery|API key|public|try) +(\S+)", _greeting(process)))
        yield process, printed
    finally:
        process.kill()
        process.wait(PATIENCE)
        process.stdout.close()
        process.stderr.close()


def _greeting(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    while not any(line.lstrip().startswith("try") for line in lines):
        line = process.stdout.readline()
        assert line, "the server ended"
        lines.append(line)
    return "".join(lines)


def run_to_its_end(environment: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = {"PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(
        [*COMMAND, *arguments], cwd=environment, env=os.environ | path, capture_output=True, text=True, timeout=PATIENCE
    )


def test_it_greets_serves_and_stops_in_good_order(environment: Path, data_dir: Path) -> None:
    with serving(environment, "--development") as (process, printed):
        base = printed["listens on"]
        assert printed["gallery"] == f"{base}/"
        assert Path(printed["API key"]) == data_dir / "api-key.txt"
        assert (data_dir / "api-key.txt").stat().st_mode & 0o777 == 0o600
        assert data_dir.stat().st_mode & 0o777 == 0o700
        answer = get(printed["try"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert get(printed["gallery"]).status_code == 200
        # Bytes that are no HTTP are answered as everything else is: the command serves with the protocol of the tests.
        with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2])), PATIENCE) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert b"application/problem+json" in connection.recv(4096)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "Traceback" not in errors
        assert (data_dir / "api-key.txt").read_text().strip() not in errors


def test_sigterm_ends_it_after_the_services_are_closed(environment: Path) -> None:
    with serving(environment) as (process, _):
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGTERM
        assert "Traceback" not in errors


def test_whoever_follows_a_batch_does_not_delay_the_end(environment: Path) -> None:
    with serving(environment, "--development") as (process, printed):
        with httpx.Client(base_url=printed["listens on"], trust_env=False, timeout=PATIENCE) as client:
            rows = [{"title": f"Row {number}"} for number in range(3)]
            job = client.post("/v1/batches", json={"template": "card", "rows": rows, "pilot": 1})
            assert job.status_code == 202, job.text
            with client.stream("GET", f"{job.headers['location']}/events") as events:
                lines = events.iter_lines()
                while "awaiting_approval" not in next(lines):
                    pass
                process.send_signal(signal.SIGTERM)
                assert list(lines) == [""]  # it ends in good order
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGTERM
        assert "ERROR" not in errors


def test_the_printed_url_is_the_public_one(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_PUBLIC_URL", "https://img.example.com")
    with serving(environment) as (_, printed):
        assert printed["listens on"].startswith("http://127.0.0.1:")
        assert printed["public"] == "https://img.example.com"
        assert printed["try"].startswith("https://img.example.com/i/card.png?")


def test_a_port_in_use_is_said(environment: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = run_to_its_end(environment, "--port", str(port))
    assert result.returncode == 1
    assert result.stderr == (
        f"Error: Can't listen on 127.0.0.1:{port}: Address already in use. "
        "Choose another address with --host and --port.\n"
    )


def test_keys_that_others_can_read_are_refused(environment: Path, data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    (data_dir / "api-key.txt").write_text("a-key-that-is-long-enough")
    (data_dir / "api-key.txt").chmod(0o644)
    result = run_to_its_end(environment, "--port", "0")
    assert result.returncode == 1
    assert "chmod 600" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_data_directory_that_is_a_file_is_said(environment: Path, data_dir: Path) -> None:
    data_dir.write_text("")
    result = run_to_its_end(environment, "--port", "0")
    assert result.returncode == 1
    assert f"The data directory {data_dir} cannot be used" in result.stderr


def test_bad_settings_are_all_named_at_once(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_PORT", "http")
    monkeypatch.setenv("SIGNET_RENDER_TIMEOUT", "soon")
    result = run_to_its_end(environment)
    assert result.returncode == 1
    assert "SIGNET_PORT: " in result.stderr
    assert "SIGNET_RENDER_TIMEOUT: " in result.stderr
