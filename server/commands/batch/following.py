"""What becomes of a batch, through everything that happens to connections meanwhile.

Events are listened to as long as they come; where a proxy lets none through, the batch is asked for again and again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from server.commands.batch.answers import Job
from server.commands.batch.api import BatchApi, path_of
from server.commands.batch.event_stream import EventStream, NoEventsError
from server.commands.calls import NoAnswer, Refused

if TYPE_CHECKING:
    import httpx

_EVENTS: Final = "text/event-stream"
_PASSING: Final = (408, 425, 429)  # refusals that say nothing about the batch; so does everything from 500 on
_SECONDS: Final = 10.0  # for a connection to be made
_MOST_EMPTY: Final = 2  # streams without an event, after which none is expected


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds: before further attempts, between questions, for a sign of life of a stream
    (which servers give every 15 s), and for any answer at all before it is given up."""

    pauses: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
    question: float = 2.0
    silence: float = 45.0
    altogether: float = 900.0


PATIENT: Final = Patience()


class Follower:
    """Follows one batch."""

    def __init__(self, api: BatchApi, known: Job, trouble: Callable[[str], None], patience: Patience = PATIENT) -> None:
        """`known` is the batch as it was just now. `trouble` is told, in words, when the server is lost for a while."""
        self._api = api
        self._batch = known.id
        self._known = known
        self._trouble = trouble
        self._patience = patience
        self._seen = ""
        self._asking = False
        self._empty = 0
        self._failures = 0
        self._heard_at = time.monotonic()

    def jobs(self) -> Iterator[Job]:
        """The batch as it is known and after each change, until it is finished or waits for somebody.

        Raises:
            Refused: the server wants to tell no more of it.
            NoAnswer: the server was lost for too long.
            ClickException: the batch was deleted.
        """
        job = self._known
        yield job
        while not (job.finished or job.waits):
            self._seen = str(job.sequence)
            try:
                for job in self._asked() if self._asking else self._told():
                    self._failures, self._heard_at, self._seen = 0, time.monotonic(), str(job.sequence)
                    yield job
                    if job.finished or job.waits:
                        return
            except NoEventsError:
                self._asking = True
            except NoAnswer as error:
                self._wait(error, None)
            except Refused as refusal:
                if refusal.status < 500 and refusal.status not in _PASSING:
                    raise
                self._wait(refusal, refusal.retry_after)

    def _told(self) -> Iterator[Job]:
        """Events of one connection, which a server that stops ends. Raises NoEventsError if none are to be had."""
        import httpx

        stream, count = EventStream(self._seen), 0
        with self._api.caller.troubles():
            try:
                with self._open() as answer:
                    self._check(answer)
                    for data in answer.iter_bytes():
                        for event in stream.feed(data):
                            if event.name == "deleted":
                                raise click.ClickException(f"{self._batch} was deleted.")
                            count += 1
                            yield self._api.read_text(Job, event.data)
                        self._failures, self._heard_at = 0, time.monotonic()  # signs of life count too
            except httpx.ReadTimeout:
                raise NoEventsError("nothing comes, not even signs of life") from None
        self._empty = 0 if count else self._empty + 1
        if self._empty >= _MOST_EMPTY:
            raise NoEventsError("the stream ends at once")
        time.sleep(self._patience.pauses[0] if stream.retry is None else min(stream.retry, self._patience.pauses[-1]))

    def _open(self) -> AbstractContextManager[httpx.Response]:
        import httpx

        return self._api.caller.client.stream(
            "GET",
            path_of(self._batch, "events"),
            headers={"Accept": _EVENTS, "Last-Event-ID": self._seen},
            timeout=httpx.Timeout(_SECONDS, read=self._patience.silence),
        )

    def _check(self, answer: httpx.Response) -> None:
        """Raises NoEventsError where only events are refused: what is wrong with the batch, the next question tells."""
        if answer.status_code >= 500 or answer.status_code in _PASSING:
            self._api.caller.check(answer)
        if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith(_EVENTS):
            raise NoEventsError(f"status {answer.status_code}")

    def _asked(self) -> Iterator[Job]:
        """Answers to one question after the other."""
        while True:
            yield self._api.job(self._batch)
            time.sleep(self._patience.question)

    def _wait(self, error: click.ClickException, wanted: float | None) -> None:
        """Wait before another attempt. Raises NoAnswer if that was in vain for too long."""
        if time.monotonic() - self._heard_at > self._patience.altogether:
            raise NoAnswer(
                f"{error.message} The batch goes on without you; follow it again: signet batch watch {self._batch}"
            ) from None
        self._trouble(error.message)
        pauses = self._patience.pauses
        pause = pauses[min(self._failures, len(pauses) - 1)]
        self._failures += 1
        time.sleep(pause if wanted is None else min(max(wanted, pause), pauses[-1]))
