"""Following a batch in a terminal: a line that moves, failures above it, and its end as an exit status."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from server.commands.batch.telling import FINISHED, describe, duration_text
from server.commands.calls import Caller, NoAnswer, Refused

_MOST_FAILURES: Final = 20
_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)  # seconds before another connection; a restart takes some
_LINE_SECONDS: Final = 5.0  # between lines where there is no terminal
_BAR: Final = 24
_INTERRUPTED: Final = 130


def watch_job(caller: Caller, identity: str) -> int:
    """Follow a batch until it is over or waits for somebody; the exit status: 0 if all rows have their pictures."""
    display = _Display(caller, identity)
    try:
        job = _followed(caller, identity, display)
    except KeyboardInterrupt:
        display.close()
        click.echo(f"The batch goes on without you; follow it again: signet batch watch {identity}", err=True)
        return _INTERRUPTED
    display.close()
    click.echo(describe(job))
    if job["status"] == "awaiting_approval":
        _show_pilot(caller, identity)
        return 0
    return 0 if job.get("outcome") == "succeeded" else 1


class _Display:
    """What is shown while a batch runs: on a terminal one line that changes, elsewhere a line now and then."""

    def __init__(self, caller: Caller, identity: str) -> None:
        self._caller = caller
        self._identity = identity
        self._moves = sys.stdout.isatty()
        self._shown_at = -_LINE_SECONDS
        self._failures = 0
        self._seen = 0
        self._cursor = 0

    def show(self, job: Mapping[str, Any]) -> None:
        """Tell of a change."""
        if job["counts"]["failed"] > self._seen:
            self._seen = job["counts"]["failed"]
            self._show_failures()
        now = time.monotonic()
        if self._moves:
            click.echo("\r\x1b[2K" + bar(job, shutil.get_terminal_size().columns - 1), nl=False)
        elif now > self._shown_at + _LINE_SECONDS and job["status"] not in FINISHED:
            self._shown_at = now
            click.echo(progress(job))

    def close(self) -> None:
        """Leave the line."""
        if self._moves:
            click.echo("\r\x1b[2K", nl=False)

    def _show_failures(self) -> None:
        if self._failures > _MOST_FAILURES:
            return
        found = self._caller.json("GET", f"/v1/batches/{self._identity}/rows", status="failed", limit="500")["rows"]
        for row in [row for row in found if row["index"] >= self._cursor]:
            self._failures += 1
            self._cursor = row["index"] + 1
            self.close()
            if self._failures > _MOST_FAILURES:
                click.echo(f"… and more: signet batch errors {self._identity}", err=True)
                return
            field = f"{row['error']['field']}: " if row["error"].get("field") else ""
            message = row["error"]["message"].removeprefix(field)
            click.echo(f"line {row['line']}: {field}{message}", err=True)


def bar(job: Mapping[str, Any], width: int) -> str:
    """The state of a batch in one line of at most so many characters."""
    total = job["counts"]["total"]
    done = total - job["counts"]["pending"]
    filled = round(_BAR * done / total) if total else 0
    return f"{'█' * filled}{'░' * (_BAR - filled)} {progress(job)}"[:width]


def progress(job: Mapping[str, Any]) -> str:
    """The state of a batch in words."""
    counts = job["counts"]
    parts = [f"{counts['total'] - counts['pending']:,}/{counts['total']:,} rows"]
    if job["status"] != "in_progress":
        parts.append(job["status"].replace("_", " "))
    elif job["rate"]:
        parts.append(f"{job['rate']:.0f}/s")
    if "eta_seconds" in job:
        parts.append(f"{duration_text(job['eta_seconds'])} left")
    if counts["failed"]:
        parts.append(f"{counts['failed']:,} failed")
    return ", ".join(parts)


def _followed(caller: Caller, identity: str, display: _Display) -> dict[str, Any]:
    """The batch once it is over or waits. Connections that break are made again; ends after many in vain."""
    seen, failures = "", 0
    while True:
        try:
            for event, job in _events(caller, identity, seen):
                seen, failures = event, 0
                display.show(job)
                if job["status"] in FINISHED or job["status"] == "awaiting_approval":
                    return job
        except Refused as refusal:
            if refusal.status < 500:
                raise
        except NoAnswer:
            if failures == len(_PAUSES):
                raise
        failures = min(failures + 1, len(_PAUSES))
        time.sleep(_PAUSES[failures - 1])


def _events(caller: Caller, identity: str, seen: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ids and data of the events after the one that was seen."""
    headers = {"Last-Event-ID": seen} if seen else {}
    with (
        caller.troubles(),
        caller.client.stream("GET", f"/v1/batches/{identity}/events", headers=headers) as answer,
    ):
        caller.check(answer)
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
                continue
            if fields.get("event") == "deleted":
                raise click.ClickException(f"{identity} was deleted.")
            if "data" in fields:
                yield fields.get("id", seen), json.loads(fields["data"])
            fields = {}


def _show_pilot(caller: Caller, identity: str) -> None:
    """The pictures of the pilot, and what is to be done about them."""
    rows = caller.json("GET", f"/v1/batches/{identity}/rows", status="succeeded", limit="20")["rows"]
    for row in rows:
        for output in row["outputs"]:
            found = "".join(f"  [{finding['code']}]" for finding in output["findings"])
            click.echo(f"{output['url']}{found}")
    click.echo(f"Look at them, then: signet batch continue {identity}   or: signet batch cancel {identity}")
