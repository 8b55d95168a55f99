"""Watching a batch through everything that servers and networks do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import click
import pytest

from server.commands.batch.api import BatchApi
from server.commands.batch.following import Patience
from server.commands.batch.watching import watch_job
from server.commands.calls import Caller, NoAnswer, Refused
from tests.server.commands.scripted_server import (
    JOB_ID,
    Asked,
    Reply,
    ScriptedServer,
    as_json,
    events,
    job,
    problem,
    scripted,
)
from tests.server.commands.terminal import on_terminal
from tests.server.live_server import API_KEY

QUICK = Patience(pauses=(0.01, 0.02), question=0.01, silence=0.3, altogether=5.0)
EVENTS = f"/v1/batches/{JOB_ID}/events"
JOB = f"/v1/batches/{JOB_ID}"
ROWS = f"/v1/batches/{JOB_ID}/rows"


class Play:
    """Answers in turn, path by path; the last one again and again."""

    def __init__(self, **turns: list[Reply]) -> None:
        self.turns = {EVENTS: turns["told"], JOB: turns.get("asked", [as_json(job())])}
        self.rows = turns.get("rows", [as_json({"rows": []})])

    def __call__(self, asked: Asked) -> Reply:
        turns = self.rows if asked.path == ROWS else self.turns[asked.path]
        return turns.pop(0) if len(turns) > 1 else turns[0]


@contextmanager
def playing(**turns: list[Reply]) -> Iterator[tuple[ScriptedServer, BatchApi]]:
    with scripted(Play(**turns)) as server:
        caller = Caller(server.url, "key", 5.0)
        try:
            yield server, BatchApi(caller)
        finally:
            caller.client.close()


def watched(api: BatchApi, patience: Patience = QUICK) -> tuple[int, str]:
    """Exit status and output."""
    stream = io.StringIO()
    return watch_job(api, JOB_ID, stream, patience=patience), stream.getvalue()


def last_ids(server: ScriptedServer) -> list[str]:
    return [asked.headers["last-event-id"] for asked in server.asked if asked.path == EVENTS]


DONE = job("completed", sequence=9, done=100)


def test_streams_that_break_go_on_where_they_were() -> None:
    told = [
        events(job(sequence=3, done=10), begin="retry: 10\n\n", cut=True),
        Reply(0),  # the connection ends without a word
        problem(503, "The server is stopping.", Retry_After="0"),
        Reply(502, b"<html>Bad gateway</html>"),
        events(job(sequence=5, done=50), begin="retry: 10\n\n: nothing new\n\n"),
        events(DONE),
    ]
    with playing(told=told) as (server, api):
        status, text = watched(api)
    assert status == 0
    assert last_ids(server) == ["1", "3", "3", "3", "3", "5"]
    assert "has broken off" in text
    assert "100 of 100 rows" in text


@pytest.mark.parametrize(
    "refusal",
    [
        problem(406, "No events."),
        Reply(200, b"<html>Log in</html>", {"Content-Type": "text/html"}),
        events(),
        Reply(302, b"", {"Location": "https://elsewhere.example/"}),
        events(held=True),
    ],
    ids=["refused", "portal", "empty", "redirect", "silence"],
)
def test_where_no_events_come_the_batch_is_asked_for(refusal: Reply) -> None:
    asked = [as_json(job()), as_json(job(sequence=2, done=5)), problem(500, "Oops."), as_json(DONE)]
    with playing(told=[refusal], asked=asked) as (server, api):
        status, _ = watched(api)
    assert status == 0
    assert server.paths().count(f"GET {JOB}") == 4


def test_a_batch_that_is_deleted_meanwhile_ends_the_watching() -> None:
    deleted = Reply(200, b'event: deleted\ndata: {"id": "x"}\n\n', {"Content-Type": "text/event-stream"})
    with playing(told=[deleted]) as (_, api), pytest.raises(click.ClickException, match="was deleted"):
        watched(api)
    gone = [as_json(job()), problem(404, "There is no batch of this id.")]
    with playing(told=[problem(404, "None.")], asked=gone) as (_, api), pytest.raises(Refused, match="There is no"):
        watched(api)


@pytest.mark.parametrize(
    "nonsense",
    [
        Reply(200, b"data: <html>\n\n", {"Content-Type": "text/event-stream"}),
        Reply(200, b'data: {"id": 5}\n\n', {"Content-Type": "text/event-stream"}),
        problem(500, "Oops."),
        Reply(0),
    ],
)
def test_a_server_that_only_talks_nonsense_is_given_up_in_the_end(nonsense: Reply) -> None:
    impatient = Patience(pauses=(0.01,), question=0.01, silence=0.3, altogether=0.05)
    if nonsense.body:
        asked = [as_json(job()), as_json({"strange": True})]
        with playing(told=[problem(406, "No.")], asked=asked) as (_, api), pytest.raises(NoAnswer, match="no batch"):
            watched(api, impatient)
    with playing(told=[nonsense]) as (_, api), pytest.raises(NoAnswer, match=f"signet batch watch {JOB_ID}"):
        watched(api, impatient)


def failed_row(index: int, message: str = "title: is required.") -> dict[str, object]:
    error = {"code": "missing-value", "message": message, "field": "title", "retryable": False}
    return {"index": index, "line": index + 2, "custom_id": f"sku-{index}", "outputs": [], "error": error}


def rows(*indices: int) -> Reply:
    return as_json({"rows": [failed_row(index) for index in indices]})


def test_failures_are_told_once_in_whatever_order_they_come() -> None:
    told = [
        events(
            *(
                job(sequence=2, done=10, failed=1),
                job(sequence=3, done=20, failed=2),
                job(sequence=4, done=30, failed=3),
            ),
            job("completed", sequence=5, done=100, failed=3),
        )
    ]
    pages = [rows(50), problem(503, "The database is away."), rows(4, 7, 50)]
    with playing(told=told, rows=pages) as (_, api):
        status, text = watched(api)
    assert status == 1
    lines = [line for line in text.splitlines() if line.startswith("line ")]
    assert lines == [f"line {n + 2} (sku-{n}): title: is required." for n in (50, 4, 7)]
    assert "and " not in text


def test_of_many_failures_the_first_are_told_and_the_others_counted() -> None:
    told = [events(job("completed", sequence=5, done=100, failed=73))]
    with playing(told=told, rows=[rows(*range(20))]) as (_, api):
        status, text = watched(api)
    assert status == 1
    assert text.count("is required") == 20
    assert f"and 53 more: signet batch errors {JOB_ID}" in text


def test_values_of_rows_command_no_terminal() -> None:
    told = [events(job("completed", sequence=5, done=100, failed=1, warnings=["\x1b[31mred"]))]
    message = "title: '\x1b]0;owned\x07\u202e' is none.\nSecond line" + "x" * 500
    with playing(told=told, rows=[as_json({"rows": [failed_row(1, message)]})]) as (_, api):
        _, text = watched(api)
    assert text.isprintable() or set(text) - {"\n"} == {each for each in text if each.isprintable()}
    assert "\\u001b]0;owned\\u0007\\u202e' is none. Second line" in text
    assert max(map(len, text.splitlines())) < 400


@pytest.mark.parametrize(("failed", "status"), [(0, 0), (1, 1)])
def test_a_pilot_shows_its_pictures_and_what_can_be_done(failed: int, status: int) -> None:
    actions = ["continue", "cancel", "delete"]
    waiting = job("awaiting_approval", sequence=4, done=2 + failed, failed=failed, actions=actions)
    pictures = [
        {"index": n, "line": n + 2, "outputs": [{"url": f"http://h/i/{n}.png", "findings": [{"code": "blank"}][:n]}]}
        for n in range(2)
    ]
    with playing(told=[events(waiting)], rows=[as_json({"rows": pictures})]) as (_, api):
        found, text = watched(api)
    assert found == status
    assert "http://h/i/0.png\nhttp://h/i/1.png  [blank]\n" in text
    assert f"next: signet batch continue {JOB_ID}" in text
    assert f"next: signet batch cancel {JOB_ID}" in text


@pytest.mark.parametrize("status", ["cancelled", "failed"])
def test_what_ended_otherwise_is_no_success(status: str) -> None:
    error = {"code": "no-rows", "message": "The upload has no rows."} if status == "failed" else None
    with playing(told=[events(job(status, sequence=2, outcome="partial", error=error))]) as (_, api):
        found, text = watched(api)
    assert found == 1
    assert (error is None) or "error: The upload has no rows." in text


def test_a_terminal_has_a_line_that_moves_and_failures_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_API_KEYS", API_KEY)
    told = [events(job(sequence=2, done=50, failed=1, rate=12.0, eta_seconds=65), begin="retry: 150\n\n"), events(DONE)]
    with playing(told=told, rows=[rows(1)]) as (server, _):
        text, status = on_terminal(["batch", "watch", JOB_ID, "--server", server.url])
    assert status == 0
    assert "░ 0%, 0/100 rows\r\x1b[K" in text
    assert "50%, 50/100 rows, 12/s, 1 min 5 s left, 1 failed" in text
    assert "\r\x1b[Kline 3 (sku-1): title: is required.\r\n" in text
    assert "█" * 5 in text
    assert text.rpartition("\x1b[K")[2].startswith(f"{JOB_ID}  completed (succeeded)  100 of 100 rows")


def test_whoever_stops_watching_stops_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_API_KEYS", API_KEY)
    told = [events(job(sequence=2, done=50), held=True)]
    with playing(told=told) as (server, _):
        text, status = on_terminal(["batch", "watch", JOB_ID, "--server", server.url], stop_at="50%")
        assert set(server.paths()) == {f"GET {JOB}", f"GET {EVENTS}"}
    assert status == 130, text
    assert f"signet batch watch {JOB_ID}" in text
