"""What processes that share a folder tell each other to forget.

The disk is common, but every process has a memory of its own, which a purge elsewhere does not reach. Whoever purges
therefore adds a line to a file, and every memory looks at that file's size before it answers: one `stat`, three
microseconds, so that nothing forgotten is shown by any process from the moment the line is written.

A line is JSON: `{"keys": […]}`, `{"tags": […]}` or `{"everything": true}`. Memories start empty, so nobody needs the
lines from before its own start. A file that has grown too long is replaced by an empty one; a reader that finds another
file than the one it knew, or none, has missed lines and forgets everything, which costs only reads of the disk. So does
removing the folder by hand.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

JOURNAL_FILE: Final = ".purged"
"""Its name in a store's folder."""

_MOST_BYTES: Final = 1_000_000  # of the file; some ten thousand keys

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is to be forgotten: these keys, whatever has one of these tags, or everything."""

    keys: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    everything: bool = False

    def covers(self, key: str, tags: Iterable[str]) -> bool:
        """Whether an entry is meant."""
        return self.everything or key in self.keys or not self.tags.isdisjoint(tags)

    def with_(self, other: Forgotten) -> Forgotten:
        """Both together."""
        return Forgotten(self.keys | other.keys, self.tags | other.tags, self.everything or other.everything)

    def line(self) -> bytes:
        """As the file has it."""
        if self.everything:
            return b'{"everything":true}\n'
        document = {"keys": sorted(self.keys), "tags": sorted(self.tags)}
        return json.dumps({name: values for name, values in document.items() if values}).encode() + b"\n"


EVERYTHING: Final = Forgotten(everything=True)


class _Place(NamedTuple):
    """Up to where a reader has read: which file, and how many bytes of it."""

    file: int
    bytes: int


_NO_FILE: Final = _Place(0, 0)


class PurgeJournal:
    """The file, for writing. Any number of processes may write at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, forgotten: Forgotten) -> None:
        """Tell all processes; blocks. A disk that fails is logged: this process has forgotten at any rate."""
        try:
            self._append(forgotten.line())
        except OSError as error:
            logger.error("other processes may still show what was purged: %s: %s", self.path, error)  # noqa: TRY400

    def reader(self) -> JournalReader:
        """A reader of the lines that are written from now on. Makes the file, so that its removal is noticed."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(0o600)
        return JournalReader(self.path)

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked() as descriptor:
            if os.fstat(descriptor).st_size > _MOST_BYTES:
                fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
                fresh.write_bytes(EVERYTHING.line())
                fresh.replace(self.path)  # who waits for the lock of the old file takes the new one, see below
                return
            os.write(descriptor, line)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, locked, and still the one that goes by the name."""
        while True:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.fstat(descriptor).st_ino == _inode(self.path):
                    yield descriptor
                    return
            finally:
                os.close(descriptor)


class JournalReader:
    """One memory's place in the journal."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._read = self._end()

    def news(self) -> Forgotten | None:
        """What others (and oneself) have written since the last call; None if nothing was. Never raises."""
        end = self._end()
        if end == self._read:
            return None
        try:
            return self._new_lines(end)
        except (OSError, ValueError):
            self._read = end
            return EVERYTHING

    def _new_lines(self, end: _Place) -> Forgotten:
        if end.file != self._read.file and self._read.file:
            raise ValueError("another file: lines were missed")
        with open(self._path, "rb") as file:  # noqa: PTH123 - the path is a text, since stat is quicker with one
            file.seek(self._read.bytes)
            text = file.read(end.bytes - self._read.bytes)
        complete = text[: text.rfind(b"\n") + 1]  # what is being written at this moment is read the next time
        self._read = _Place(end.file, self._read.bytes + len(complete))
        forgotten = Forgotten()
        for line in complete.splitlines():
            forgotten = forgotten.with_(_parsed(line))
        return forgotten

    def _end(self) -> _Place:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - before every answer from memory: Path.stat takes twice as long
        except OSError:
            return _NO_FILE
        return _Place(status.st_ino, status.st_size)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _parsed(line: bytes) -> Forgotten:
    document: object = json.loads(line)
    if document == {"everything": True}:
        return EVERYTHING
    if isinstance(document, dict) and document and document.keys() <= {"keys", "tags"}:
        return Forgotten(_texts(document.get("keys", [])), _texts(document.get("tags", [])))
    raise ValueError("no line of a journal")


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise ValueError("no list")  # noqa: TRY004 - of what was read, like all else that is wrong with a line
    return frozenset(map(str, value))
