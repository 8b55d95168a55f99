"""Following a batch to its end: how far it is, failures as they come, and the end as an exit status."""

from __future__ import annotations

from typing import Final, TextIO

import click

from server.commands.batch.answers import Job
from server.commands.batch.api import BatchApi
from server.commands.batch.display import Display
from server.commands.batch.following import PATIENT, Follower, Patience
from server.commands.batch.telling import describe, failure_of
from server.commands.calls import NoAnswer, Refused, json_text, plain

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it."""

_MOST_FAILURES: Final = 20
_MOST_PICTURES: Final = 50


def watch_job(
    api: BatchApi, batch: str, stream: TextIO, *, known: Job | None = None, as_json: bool = False,
    patience: Patience = PATIENT,
) -> int:  # fmt: skip
    """Follow a batch until it is over or waits for somebody.

    Returns the exit status: 0 if no row has failed, 1 if rows have failed or the batch has not come to its end, 130
    after Ctrl-C, which stops the watching and nothing else. With `as_json`, the batch is printed in the end.
    """
    display = Display(stream)
    failures = _Failures(api, batch, display)
    try:
        first = job = known or api.job(batch)
        for job in Follower(api, first, display.trouble, patience).jobs():
            display.show(job)
            failures.look(job)
    except KeyboardInterrupt:
        display.close()
        click.echo(f"The batch goes on without you; follow it again: signet batch watch {batch}", err=True)
        return INTERRUPTED
    finally:
        display.close()
    failures.sum_up(job)
    if job.waits:
        _show_pilot(api, job, stream)
    click.echo(describe(job), file=stream)
    if as_json:
        click.echo(json_text(job.model_dump(exclude_unset=True)))
    return 0 if job.good else 1


class _Failures:
    """Says what is wrong with rows, with the first that come."""

    def __init__(self, api: BatchApi, batch: str, display: Display) -> None:
        self._api = api
        self._batch = batch
        self._display = display
        self._counted = 0
        self._said: set[int] = set()

    def look(self, job: Job) -> None:
        """Say what has failed since."""
        if job.counts.failed <= self._counted or len(self._said) >= _MOST_FAILURES:
            return
        # Rows fail in any order, and those that were said are among the first so many of all.
        try:
            rows = self._api.rows(self._batch, "failed", _MOST_FAILURES)
        except (NoAnswer, Refused):
            return  # the next change, or the end, is another occasion
        self._counted = job.counts.failed
        for row in rows:
            if row.index not in self._said and len(self._said) < _MOST_FAILURES:
                self._said.add(row.index)
                self._display.say(failure_of(row))

    def sum_up(self, job: Job) -> None:
        """Say how many there are beside."""
        more = job.counts.failed - len(self._said)
        if more > 0:
            self._display.say(f"and {more:,} more: signet batch errors {self._batch}")


def _show_pilot(api: BatchApi, job: Job, stream: TextIO) -> None:
    """The pictures of the pilot, to be looked at."""
    urls = [
        "  ".join([output.url, *(f"[{plain(finding.code)}]" for finding in output.findings)])
        for row in api.rows(job.id, "succeeded", _MOST_PICTURES)
        for output in row.outputs
    ]
    for url in urls[:_MOST_PICTURES]:
        click.echo(url, file=stream)
    if len(urls) > _MOST_PICTURES or job.counts.succeeded > _MOST_PICTURES:
        click.echo(f"and more: signet batch results {job.id}", file=stream)
