"""What is seen of a batch while it runs, and a batch in words."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.commands.batch.answers import BatchRow, Job
from server.commands.batch.display import Display, bar, progress
from server.commands.batch.telling import describe, duration_text, failure_of, line_of, size_text
from tests.server.commands.scripted_server import job


def made(status: str = "in_progress", **members: object) -> Job:
    return Job.model_validate(job(status, **members))  # type: ignore[arg-type]  # members of any type


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class OldTerminal(Terminal):
    encoding = "iso-8859-1"


def test_the_line_says_how_far_it_is() -> None:
    running = made(total=100, done=75, failed=3, rate=12.4, eta_seconds=65)
    assert bar(running, 79) == f"{'█' * 22}{'░' * 8} 75%, 75/100 rows, 12/s, 1 min 5 s left, 3 failed"
    assert progress(made("validating", total=3000)) == "3,000 rows read"
    assert progress(made("queued")) == "0%, 0/100 rows, queued"
    finishing = made("finalizing", done=100)
    finishing.counts.warmed = 40
    assert progress(finishing) == "100%, 100/100 rows, 40 warm at the edge, finalizing"


@given(st.integers(10, 300), st.integers(0, 10**7), st.integers(0, 10**7), st.floats(0, 1e6))
def test_the_line_fits_into_the_terminal(columns: int, total: int, done: int, rate: float) -> None:
    assert len(bar(made(total=total, done=min(done, total), rate=rate, eta_seconds=5), columns)) <= columns


def test_old_terminals_get_characters_that_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = OldTerminal()
    Display(stream).show(made(done=50))
    assert "###############--------------- 50%" in stream.getvalue()
    assert stream.getvalue().isascii()


def test_lines_stay_above_the_one_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    display = Display(stream)
    display.show(made(done=50))
    display.say("line 3: title: is required.")
    display.trouble("The server is away.")
    display.trouble("The server is away.")
    display.close()
    line = f"{'█' * 15}{'░' * 15} 50%, 50/100 rows"
    clear = "\r\x1b[K"
    assert stream.getvalue() == (
        f"{clear}{line}{clear}line 3: title: is required.\n"
        f"{line}{clear}The server is away. Trying again.\n{line}{clear}"
    )


def test_a_dumb_terminal_and_a_file_get_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    for stream in (Terminal(), io.StringIO()):
        times = iter([0.0, 0.0, 3.0, 6.0, 6.0, 20.0])
        display = Display(stream, lambda times=times: next(times))  # type: ignore[misc]  # bound early
        for done in (10, 20, 30):
            display.show(made(done=done))
        display.close()
        assert stream.getvalue() == "10%, 10/100 rows\n30%, 30/100 rows\n"


def test_a_batch_in_words() -> None:
    found = made(
        "completed", done=100, failed=2, actions=["retry", "delete"], warnings=["No picture is cached."],
        created_at="2026-01-01T00:00:00Z", newer="unknown",
    )  # fmt: skip
    assert describe(found).splitlines() == [
        f"{found.id}  completed (partial)  100 of 100 rows, 2 failed  card",
        "  pictures: 0 rendered, 0 stored before, 0 bytes",
        "  created: 2026-01-01T00:00:00Z",
        "  warning: No picture is cached.",
        f"  next: signet batch errors {found.id} -o errors.csv",
        f"  next: signet batch retry {found.id}",
        f"  next: signet batch results {found.id} -o pictures.zip",
    ]
    assert found.model_dump(exclude_unset=True)["newer"] == "unknown"
    assert line_of(made("completed", dry_run=True)).split("  ")[2] == "100 of 100 rows can be rendered"


def test_a_failure_in_words() -> None:
    row = {"index": 0, "line": 2, "custom_id": "sku\n1", "error": {"message": "title: is required.", "field": "title"}}
    assert failure_of(BatchRow.model_validate(row)) == "line 2 (sku 1): title: is required."
    crash = {"index": 0, "line": 2, "error": {"message": "The render process ended."}}
    assert failure_of(BatchRow.model_validate(crash)) == "line 2: The render process ended."
    assert failure_of(BatchRow(index=0, line=2)) == "line 2: failed"


def test_words_for_numbers() -> None:
    sizes = {
        0: "0 bytes",
        999: "999 bytes",
        1500: "1.5 kB",
        25_000_000: "25 MB",
        3 * 10**9: "3.0 GB",
        10**13: "10000 GB",
    }
    assert {count: size_text(count) for count in sizes} == sizes
    durations = {0.4: "0 s", 59: "59 s", 60: "1 min", 200: "3 min 20 s", 7500: "2 h 5 min"}
    assert {seconds: duration_text(seconds) for seconds in durations} == durations
