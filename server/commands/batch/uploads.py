"""Sending a file of rows, also over connections that break."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from server.commands.batch.answers import Job
from server.commands.batch.api import BatchApi
from server.commands.calls import NoAnswer, Refused, Unreachable

_SECONDS: Final = 600.0  # a large file takes its time to be read and checked
_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 20.0)  # between attempts; a restart takes some seconds
_LONGEST_PAUSE: Final = 30.0
_PASSING: Final = (502, 503, 504)  # what servers that start or stop say, and proxies before them
_LONGEST_NAME: Final = 200

Sent = Callable[[int, int], None]
"""Is told how many bytes of how many are sent."""


@dataclass(frozen=True, slots=True)
class RowsFile:
    """A file of rows that can be read several times, and the name it has where it comes from."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """The batch, and whether it is new."""

    job: Job
    new: bool


@contextmanager
def readable_again(path: Path) -> Iterator[RowsFile]:
    """A file, or what comes through standard input (`-`) or a pipe: that is put into a file first.

    Raises ClickException if it can't be read, or there is no room for it.
    """
    if path.is_file():
        yield RowsFile(path, path.name)
        return
    with tempfile.NamedTemporaryFile(prefix="signet-rows-") as kept:
        try:
            if str(path) == "-":
                shutil.copyfileobj(sys.stdin.buffer, kept)
            else:
                with path.open("rb") as pipe:
                    shutil.copyfileobj(pipe, kept)
            kept.flush()
        except OSError as error:
            raise click.ClickException(f"{path} can't be read into {kept.name}: {error.strerror}.") from error
        yield RowsFile(Path(kept.name), "" if str(path) == "-" else path.name)


def send(api: BatchApi, rows: RowsFile, fields: Mapping[str, str], key: str, sent: Sent) -> Submitted:
    """The batch of these rows. What breaks off is sent again with the same key, so it never becomes two.

    Raises:
        NoAnswer: nothing is there, or all attempts were in vain.
        Refused: the server does not want it.
        ClickException: the file can't be read.
    """
    reached = False
    for pause in _PAUSES:
        wanted = 0.0
        try:
            return _send_once(api, rows, fields, key, sent)
        except Unreachable:
            if not reached:
                raise
        except NoAnswer:
            reached = True
        except Refused as refusal:
            if refusal.status not in _PASSING:
                raise
            reached, wanted = True, min(refusal.retry_after or 0.0, _LONGEST_PAUSE)
        time.sleep(max(pause, wanted))
    try:
        return _send_once(api, rows, fields, key, sent)
    except NoAnswer as error:
        raise NoAnswer(f"{error.message} {taken_or_not(key)}") from None


def taken_or_not(key: str) -> str:
    """What somebody should know whose submission has ended without an answer."""
    return (
        "The server may have taken the rows all the same, as `signet batch list` shows; the same command with "
        f"--idempotency-key {key} makes no second batch."
    )


def _send_once(api: BatchApi, rows: RowsFile, fields: Mapping[str, str], key: str, sent: Sent) -> Submitted:
    import httpx

    caller = api.caller
    try:
        with _Reported(rows.path, sent) as file, caller.troubles():
            # The server goes by the name's extension, else by the first bytes.
            form = {"file": (_name(rows), file, "application/octet-stream")}
            answer = caller.client.post(
                "/v1/batches", data=dict(fields), files=form, headers={"Idempotency-Key": key}, timeout=_SECONDS
            )
            job = api.read(Job, caller.read(answer))
    except OSError as error:
        raise click.ClickException(f"{rows.path} can't be read: {error.strerror}.") from error
    return Submitted(job, answer.status_code != httpx.codes.OK)


class _Reported(io.BufferedReader):
    """A file that tells how far it was read, and that it is not the one that was announced any more."""

    def __init__(self, path: Path, sent: Sent) -> None:
        super().__init__(io.FileIO(path))
        self._path = path
        self._size = path.stat().st_size
        self._sent = sent

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        place = self.tell()
        if place > self._size or (not data and place < self._size):
            raise click.ClickException(f"{self._path} was changed while it was sent; submit it again.")
        self._sent(place, self._size)
        return data


def _name(rows: RowsFile) -> str:
    stem, dot, extension = rows.name.rpartition(".")
    short = f"{stem[:_LONGEST_NAME]}{dot}{extension}" if dot else rows.name[:_LONGEST_NAME]
    return (short or "rows").encode("utf-8", "replace").decode()  # names of files may be any bytes
