"""Submitting rows over connections that break, and from files that are none."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.commands.batch import uploads
from tests.server.commands.scripted_server import JOB_ID, Asked, Reply, ScriptedServer, as_json, job, problem, scripted
from tests.server.commands.terminal import SIGNET, interrupted, on_terminal
from tests.server.live_server import API_KEY, PATIENCE, live_server

TAKEN = as_json(job("validating"), 202)


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGNET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIGNET_API_KEYS", API_KEY)
    monkeypatch.setattr(uploads, "_PAUSES", (0.01, 0.01, 0.01))
    (tmp_path / "rows.csv").write_text("title\nOne\n")


def submit(server: ScriptedServer | str, *arguments: str, file: str = "rows.csv", stdin: bytes | None = None) -> Result:
    address = server if isinstance(server, str) else server.url
    command = ["batch", "submit", file, "--template", "card", "--server", address, *arguments]
    return CliRunner().invoke(main, command, input=stdin)


def keys(server: ScriptedServer) -> list[str]:
    return [asked.headers["idempotency-key"] for asked in server.asked]


class Turns:
    """Answers in turn; the last one again and again."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def __call__(self, asked: Asked) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def test_what_breaks_off_is_sent_again_with_the_same_key() -> None:
    away = problem(503, "The queue is full.", Retry_After="0")
    with scripted(Turns(Reply(0), away, Reply(502, b"<html>"), TAKEN)) as server:
        result = submit(server)
        assert result.exit_code == 0, result.output
        assert len(server.asked) == 4
        assert len(set(keys(server))) == 1
        assert len({asked.body.partition(b"\r\n\r\n")[2][-300:].count(b"One") for asked in server.asked}) == 1
        submit(server)
        assert len(set(keys(server))) == 2  # once more on purpose is another batch
        submit(server, "--idempotency-key", "launch")
        assert keys(server)[-1] == "launch"


@pytest.mark.parametrize("stdin", [b"title\nOne\nTwo\n"])
def test_standard_input_can_be_sent_again_too(stdin: bytes) -> None:
    with scripted(Turns(Reply(0), TAKEN)) as server:
        result = submit(server, file="-", stdin=stdin)
        assert result.exit_code == 0, result.output
        assert all(stdin in asked.body for asked in server.asked)
    assert len(server.asked) == 2


def test_a_pipe_can_be_sent_again_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    writer = threading.Thread(target=(tmp_path / "pipe.csv").write_bytes, args=(b"title\nPiped\n",))
    writer.start()
    with scripted(Turns(Reply(0), TAKEN)) as server:
        assert submit(server, file="pipe.csv").exit_code == 0
        assert [b"Piped" in asked.body and b'filename="pipe.csv"' in asked.body for asked in server.asked] == [True] * 2
    writer.join(PATIENCE)


def test_attempts_end_and_it_is_said_what_may_have_happened() -> None:
    with scripted(Turns(Reply(0))) as server:
        result = submit(server, "--idempotency-key", "launch")
    assert result.exit_code == 1
    assert len(server.asked) == 4
    assert "--idempotency-key launch makes no second batch" in result.output


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (problem(409, "Not now."), "Error: Not now."),
        (problem(429, "Ten batches are open.", Retry_After="60"), "answered 429: Ten batches are open."),
        (Reply(404, b"<html>"), "no Signet server"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "no JSON"),
        (as_json([]), "what is no batch"),
        (as_json({"id": 7}), "what is no batch"),
        (Reply(301, b"", {"Location": "https://img.example.com/v1/batches"}), "https://img.example.com/v1/batches"),
    ],
)
def test_refusals_are_final_and_readable(reply: Reply, words: str) -> None:
    with scripted(Turns(reply)) as server:
        result = submit(server)
        # What has an answer that cannot be read may have been taken; the same key makes asking again harmless.
        assert len(set(keys(server))) == 1
    assert result.exit_code == 1
    assert words in result.output
    assert isinstance(result.exception, SystemExit)


def test_problems_are_told_one_by_one() -> None:
    problems = [
        {"name": "columns.Name", "message": "names a column that is not there.", "expected": "SKU", "got": "Na\x1bme"},
        {"name": "pilot", "message": "must be at most 1000."},
    ]
    document = {"type": "/problems/invalid-values", "status": 422, "detail": "all", "problems": problems}
    with scripted(Turns(as_json(document, 422))) as server:
        text = submit(server).output
    assert text.splitlines() == [
        "Error: 2 problems:",
        "  --column Name: names a column that is not there. Expected: SKU. Got: Na\\u001bme.",
        "  pilot: must be at most 1000.",
    ]


def test_all_options_reach_the_server() -> None:
    with scripted(Turns(as_json(job("validating"), 200))) as server:
        result = submit(
            server, "--format", "png", "--format", "webp", "--variant", "", "--variant", "dark", "--var", "count:=3",
            "--var", "title=a=b", "--repeat-every", "1h", "--repeat-on-push", "stock", "--export-bucket", "launch",
            "--export-prefix", "x/", "--checks-contrast", "--checks-max-bytes", "300kB", "--webhook-url", "https://h/",
            "--warm-edge", "--expires", "1d", "--option", "_l=de-DE", "--metadata", "a=b",
        )  # fmt: skip
    assert "came before" in result.output
    body = server.asked[0].body.decode()
    parts = [part.partition("\r\n\r\n") for part in body.split("--" + body[2:34])]
    fields = {head.partition('name="')[2].partition('"')[0]: text.strip() for head, _, text in parts}
    texts = {name: fields[name] for name in ("template", "formats", "variants", "expires_in", "_l", "warm_edge")}
    assert texts == {
        "template": "card", "formats": "png,webp", "variants": ",dark", "expires_in": "86400", "_l": "de-DE",
        "warm_edge": "true",
    }  # fmt: skip
    assert json.loads(fields["variables"]) == {"count": 3, "title": "a=b"}
    assert json.loads(fields["repeat"]) == {"every": 3600, "on_push": "stock"}
    assert json.loads(fields["export"]) == {"bucket": "launch", "prefix": "x/"}
    assert json.loads(fields["checks"]) == {"contrast": True, "max_bytes": 300_000}
    assert fields["file"] == "title\r\nOne" or fields["file"] == "title\nOne"


def test_nothing_is_waited_for_where_nobody_is() -> None:
    result = submit("http://127.0.0.1:1")
    assert result.exit_code == 1
    assert result.output.startswith("Error: http://127.0.0.1:1 can't be reached")


@pytest.mark.parametrize("size", [100, 300_000])
def test_a_file_that_changes_meanwhile_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    (tmp_path / "rows.csv").write_bytes(b"x" * 200_000)
    monkeypatch.setattr(
        "server.commands.batch.submit._progress", lambda: lambda *_: os.truncate(tmp_path / "rows.csv", size)
    )
    with scripted(Turns(TAKEN)) as server:
        result = submit(server)
    assert (result.exit_code, "was changed while it was sent" in result.output) == (1, True), repr(result.exception)


def test_names_of_files_may_be_any_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xe9" + b"x" * 220 + b".csv")
    path.write_text("title\nOne\n")
    with scripted(Turns(TAKEN)) as server:
        assert submit(server, file=str(path)).exit_code == 0
    assert b'.csv"' in server.asked[0].body


def test_large_files_are_never_held_whole(tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("wb") as file:
        file.truncate(60_000_000)
    received = 0

    def answer(asked: Asked) -> Reply:
        nonlocal received
        received = int(asked.headers["content-length"])
        return problem(413, "Too large.")

    with scripted(answer, reads=False) as server:
        tracemalloc.start()
        result = submit(server)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert "Too large." in result.output
    assert received > 60_000_000  # the server can refuse it before it comes
    assert peak < 20_000_000


def test_a_real_server_refuses_early_what_is_too_large(tmp_path: Path, live_templates: Path) -> None:
    with (tmp_path / "rows.csv").open("wb") as file:
        file.truncate(30_000_000)
    with live_server(tmp_path / "var", live_templates, batch_upload_bytes=1_000_000) as server:
        result = submit(server.url)
    assert result.exit_code == 1
    assert "may have at most 1,000,000 bytes" in result.output


def test_ctrl_c_says_what_may_have_happened() -> None:
    hanging = Reply(202, b"{", {"Content-Type": "application/json"}, held=True)
    with scripted(Turns(hanging)) as server:
        process = subprocess.Popen(
            [*SIGNET, "batch", "submit", "rows.csv", "--template", "card", "--server", server.url],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        server.wait_for(1)
        text = interrupted(process)
    assert process.returncode == 130
    assert "makes no second batch" in text
    assert keys(server)[0] in text


def test_a_terminal_shows_how_much_of_a_large_file_is_sent(tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("wb") as file:
        file.truncate(25_000_000)
    with scripted(Turns(TAKEN)) as server:
        text, status = on_terminal(["batch", "submit", "rows.csv", "--template", "card", "--server", server.url])
    assert status == 0
    assert "sending 50% of 25 MB" in text
    assert f"{JOB_ID}  validating" in text.rpartition("\x1b[K")[2]


def test_downloads_that_break_leave_nothing(tmp_path: Path) -> None:
    arguments = ["batch", "results", JOB_ID, "-o", "out.csv", "--server"]
    with scripted(Turns(Reply(200, b"half", cut=True))) as server:
        result = CliRunner().invoke(main, [*arguments, server.url])
    assert (result.exit_code, "broken off" in result.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == []
