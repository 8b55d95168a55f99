"""`signet batch` against a running server."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.commands.batch.telling import duration_text, size_text
from server.commands.batch.watching import bar
from server.edge import free_loopback_address
from tests.server.live_server import API_KEY, PATIENCE, LiveServer, live_server

ROWS = "_id,title\n" + "".join(f"sku-{n},Title {n}\n" for n in range(60))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, live_templates: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), live_templates) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the repository
    monkeypatch.setenv("SIGNET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIGNET_API_KEYS", API_KEY)
    monkeypatch.setenv("SIGNET_PORT", server.url.rpartition(":")[2])
    (tmp_path / "rows.csv").write_text(ROWS)


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["batch", *arguments], input=stdin)


def job_id(result: Result) -> str:
    found = re.search(r"batch_[0-9a-f]{24}", result.output)
    assert found is not None, result.output
    return found[0]


def test_a_file_is_submitted_and_followed_to_its_end(server: LiveServer) -> None:
    result = run("submit", "rows.csv", "--template", "card", "--watch")
    assert result.exit_code == 0, result.output
    assert "completed (succeeded)  60 of 60 rows" in result.output
    assert "\x1b" not in result.output  # it is no terminal
    identity = job_id(result)
    assert identity in run("list").output
    assert "pictures: 60 rendered" in run("show", identity).output
    assert json.loads(run("show", identity, "--json").output)["counts"]["succeeded"] == 60


def test_rows_come_from_standard_input_and_columns_have_other_names(server: LiveServer) -> None:
    table = "SKU;Product name\n007;Umbrella\n"
    result = run(
        "submit", "-", "--template", "card", "--column", "Product name=title", "--column", "SKU=_id",
        "--var", "count=3", "--option", "_d=2", "--format", "png", "--format", "webp", "--variant", "dark",
        "--metadata", "campaign=spring", "--expires", "30d", "--names", "{_id}.{ext}", "--watch",
        stdin=table,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    job = server.call(f"/v1/batches/{job_id(result)}").json()
    assert (job["formats"], job["variants"], job["metadata"]) == (["png", "webp"], ["dark"], {"campaign": "spring"})
    (row,) = server.call(f"/v1/batches/{job['id']}/rows").json()["rows"]
    assert row["custom_id"] == "007"
    assert {"count=3", "_d=2", "_variant=dark"} <= set(re.split("[?&]", row["url"]))
    assert "&_e=" in row["url"]


def test_failed_rows_are_told_and_are_an_exit_status(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("_id,title\na,Good\nb,\nc,Good as well\n")
    result = run("submit", "bad.csv", "--template", "card", "--watch")
    assert result.exit_code == 1
    assert "line 3: title: is required" in result.output
    identity = job_id(result)
    errors = run("errors", identity, "-o", "errors.csv")
    assert errors.exit_code == 0, errors.output
    assert "b,,title: is required" in (tmp_path / "errors.csv").read_text("utf-8-sig")
    assert run("errors", identity, "-o", "errors.csv").exit_code == 1
    assert run("errors", identity, "-o", "errors.csv", "--force").exit_code == 0
    again = run("retry", identity, "--watch")
    assert again.exit_code == 1
    assert "1 failed" in again.output


def test_results_are_files(tmp_path: Path) -> None:
    identity = job_id(run("submit", "rows.csv", "--template", "card", "--watch"))
    assert run("results", identity, "--format", "zip", "-o", "pictures.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "pictures.zip") as archive:
        assert len(archive.namelist()) == 60
    assert len(run("results", identity).stdout.splitlines()) == 61
    assert "-o" in run("results", identity, "--format", "zip").output
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_pilot_is_shown_and_waits(server: LiveServer) -> None:
    result = run("submit", "rows.csv", "--template", "card", "--pilot", "3", "--watch")
    assert result.exit_code == 0
    identity = job_id(result)
    assert result.output.count("/i/card.png?") == 3
    assert f"signet batch continue {identity}" in result.output
    assert "60 rows" in run("continue", identity).output
    assert run("watch", identity).exit_code == 0


def test_a_batch_is_cancelled_and_forgotten() -> None:
    identity = job_id(run("submit", "rows.csv", "--template", "card", "--pilot", "3", "--watch"))
    assert "cancel" in run("cancel", identity).output
    assert run("watch", identity).exit_code == 1
    assert "forgotten" in run("delete", identity).output
    missing = run("show", identity)
    assert (missing.exit_code, "There is no batch" in missing.output) == (1, True)


def test_one_request_is_one_batch() -> None:
    first = run("submit", "rows.csv", "--template", "card", "--idempotency-key", "launch")
    again = run("submit", "rows.csv", "--template", "card", "--idempotency-key", "launch")
    assert job_id(first) == job_id(again)
    other = run("submit", "rows.csv", "--template", "card", "--idempotency-key", "launch", "--dry-run")
    assert (other.exit_code, "another request" in other.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["submit", "rows.csv", "--template", "cart"], "There is no template"),
        (["submit", "rows.csv", "--template", "card", "--column", "Name=title"], "columns.Name: names a column"),
        (["submit", "rows.csv", "--template", "card", "--column", "title"], "name=value"),
        (["submit", "rows.csv", "--template", "card", "--expires", "soon"], "--expires"),
        (["submit", "none.csv", "--template", "card"], "does not exist"),
        (["submit", "rows.csv", "--template", "card", "--export-prefix", "x"], "--export-bucket"),
        (["show", "batch_none"], "There is no batch"),
        (["list", "--server", "http://127.0.0.1:1"], "can't be reached"),
        (["list", "--server", "http://[broken"], "can't be reached"),
    ],
)
def test_what_is_wrong_is_said_in_words(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output


def test_without_a_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNET_API_KEYS")
    assert "api-key.txt" in run("list").output
    monkeypatch.setenv("SIGNET_API_KEYS", "a-key-of-somebody-else")
    assert "API key" in run("list").output


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"<html>oops</html>")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


def test_another_server_is_told_from_signet() -> None:
    elsewhere = HTTPServer(("127.0.0.1", 0), _Elsewhere)
    threading.Thread(target=elsewhere.serve_forever).start()
    try:
        result = run("list", "--server", f"http://127.0.0.1:{elsewhere.server_port}")
    finally:
        elsewhere.shutdown()
        elsewhere.server_close()
    assert "no Signet server" in result.output


def _terminal(arguments: list[str], seen: str, then: signal.Signals | None = None) -> tuple[str, int]:
    """What the command writes to a terminal, and its exit status; a signal is sent once it has written `seen`."""
    leader, follower = pty.openpty()
    command = [str(Path(sys.executable).with_name("signet")), "batch", *arguments]
    process = subprocess.Popen(command, stdout=follower, stderr=follower, stdin=follower, env=os.environ.copy())
    os.close(follower)
    text, deadline = "", time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            block = os.read(leader, 4096)
        except OSError:  # what Linux says of the end
            break
        if not block:
            break
        text += block.decode(errors="replace")
        if then is not None and seen in text:
            process.send_signal(then)
            then = None
    os.close(leader)
    return text, process.wait(PATIENCE)


def test_a_terminal_has_a_line_that_moves() -> None:
    text, status = _terminal(["submit", "rows.csv", "--template", "card", "--watch"], "")
    assert status == 0
    assert "█" in text
    assert "\x1b[2K" in text
    assert text.rstrip().splitlines()[0].startswith("batch_")


def test_whoever_stops_watching_stops_nothing_else() -> None:
    identity = job_id(run("submit", "rows.csv", "--template", "card", "--pilot", "1", "--watch"))
    # A job that waits ends the watching at once: a server that says nothing is what can be left.
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\n\n")
            job = json.loads(run("show", identity, "--json").output) | {"status": "in_progress"}
            connection.sendall(f"id: 1\nevent: progress\ndata: {json.dumps(job)}\n\n".encode())
            connection.recv(1)

    thread = threading.Thread(target=answer)
    thread.start()
    text, status = _terminal(["watch", identity, "--server", address], "rows", signal.SIGINT)
    thread.join(PATIENCE)
    listener.close()
    assert status == 130, text
    assert f"signet batch watch {identity}" in text


def test_watching_goes_on_when_the_server_comes_back(tmp_path: Path, live_templates: Path) -> None:
    port = int(free_loopback_address().rpartition(":")[2])
    many = "title\n" + "".join(f"Restarted {n}\n" for n in range(1500))
    (tmp_path / "many.csv").write_text(many)
    environment = os.environ | {
        "SIGNET_PORT": str(port),
        "SIGNET_TEMPLATES_DIR": str(live_templates),
        "SIGNET_RENDERERS": "1",
    }
    program = str(Path(sys.executable).with_name("signet"))

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([program, "serve"], env=environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while run("list", "--server", f"http://127.0.0.1:{port}").exit_code:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return process

    served = start()
    try:
        address = f"http://127.0.0.1:{port}"
        identity = job_id(run("submit", "many.csv", "--template", "card", "--server", address))
        watching = subprocess.Popen(
            [program, "batch", "watch", identity, "--server", address], env=environment, stdout=subprocess.PIPE
        )
        time.sleep(0.5)
        served.kill()
        served.wait()
        served = start()
        output, _ = watching.communicate(timeout=2 * PATIENCE)
        assert b"1,500 of 1,500 rows" in output
        assert watching.returncode == 0
    finally:
        served.terminate()
        served.wait(PATIENCE)


def test_words_for_numbers() -> None:
    assert [size_text(count) for count in (0, 999, 1500, 2_500_000, 3_000_000_000)] == [
        *("0 bytes", "999 bytes", "2 kB", "2 MB", "3.0 GB")
    ]
    assert [duration_text(seconds) for seconds in (0.4, 59, 60, 200, 7500)] == [
        *("0 s", "59 s", "1 min", "3 min 20 s", "2 h 5 min")
    ]
    counts = {"total": 100, "pending": 25, "failed": 3}
    job = {"counts": counts, "status": "in_progress", "rate": 12.4, "eta_seconds": 65}
    assert bar(job, 200) == f"{'█' * 18}{'░' * 6} 75/100 rows, 12/s, 1 min 5 s left, 3 failed"
    assert len(bar(job, 30)) == 30
